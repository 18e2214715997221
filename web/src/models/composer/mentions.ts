import type { MemberView } from '../../api';
import { folded } from '../folding';
import { byName } from '../order';
import { insert, type Field } from './formatting';

export const EVERYONE = 'all';
const SHOWN_MAX = 8;

export interface MentionChoice {
  /** User id, or {@link EVERYONE}. */
  readonly id: string;
  readonly name: string;
  /** What is written into the text. */
  readonly handle: string;
  readonly picture: string | null;
}

/** The beginning of a mention right before the caret. */
export function mentionAt(field: Field): { query: string; start: number } | null {
  if (field.start !== field.end) return null;
  const match = /(?:^|[\s([{"'])@([\p{L}\p{M}\p{N}._-]{0,40})$/u.exec(field.text.slice(0, field.start));
  if (!match) return null;
  const query = match[1] ?? '';
  return { query, start: field.start - query.length - 1 };
}

/** How to write a person: the short name where it is enough. */
export function handleOf(user: string, members: readonly MemberView[]): string {
  const local = user.split('@')[0] ?? user;
  const namesakes = members.filter((member) => member.user.split('@')[0] === local);
  return namesakes.length > 1 || local === EVERYONE ? user : local;
}

/** Whose handle it is comes first: names are chosen, a handle is one person's. */
function rankOf(part: string, name: string, id: string): number {
  if (id === part || id.split('@')[0] === part) return 0;
  if (name.startsWith(part)) return 1;
  return name.split(/\s+/).some((word) => word.startsWith(part)) ? 2 : 3;
}

export function mentionChoices(
  query: string,
  members: readonly MemberView[],
  me: string | null,
  everyone: string,
): MentionChoice[] {
  const part = folded(query);
  const people = members
    .filter((member) => member.user !== me)
    .map((member) => {
      const name = folded(member.name);
      const id = folded(member.user);
      return { member, rank: rankOf(part, name, id), fits: id.startsWith(part) || name.includes(part) };
    })
    .filter((one) => one.fits)
    .sort((a, b) => a.rank - b.rank || byName(a.member, b.member))
    .slice(0, SHOWN_MAX)
    .map(({ member }): MentionChoice => ({
      id: member.user,
      name: member.name,
      handle: handleOf(member.user, members),
      picture: member.picture,
    }));
  const mayCall = members.some((member) => member.user === me && member.role === 'admin') && members.length > 2;
  if (mayCall && (EVERYONE.startsWith(part) || folded(everyone).startsWith(part)))
    people.push({ id: EVERYONE, name: everyone, handle: EVERYONE, picture: null });
  return people;
}

export function insertMention(field: Field, start: number, choice: MentionChoice): Field {
  return insert({ ...field, start }, `@${choice.handle} `);
}
