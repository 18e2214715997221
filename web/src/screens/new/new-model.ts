import type { PersonView } from '../../api';
import type { Engine } from '../../engine/engine';
import { Model } from '../../models/model';
import { toBase64Url } from '../../models/profile';
import { sentenceOf } from '../media/files/sentence';

export interface NewState {
  readonly step: 'choose' | 'members' | 'details';
  readonly members: readonly PersonView[];
  readonly name: string;
  readonly purpose: string;
  readonly picture: Blob | undefined;
  readonly busy: boolean;
  readonly error: string | undefined;
}

/** crates/wire, limits.rs: a longer name is refused. */
const NAME_BYTES_MAX = 128;
/** crates/mls, group_data.rs. */
export const PURPOSE_BYTES_MAX = 1024;

/** As much of a name or another text as is allowed, without half a character. */
export function nameWithin(name: string, bytesMax = NAME_BYTES_MAX): string {
  const encoder = new TextEncoder();
  let kept = '';
  let bytes = 0;
  for (const char of name) {
    bytes += encoder.encode(char).length;
    if (bytes > bytesMax) break;
    kept += char;
  }
  return kept;
}

/** Starting a conversation: somebody, or a group in two steps. */
export class NewModel extends Model<NewState> {
  constructor(private readonly engine: Engine) {
    super({
      step: 'choose',
      members: [],
      name: '',
      purpose: '',
      picture: undefined,
      busy: false,
      error: undefined,
    });
  }

  goTo(step: NewState['step']): void {
    this.set({ step, error: undefined });
  }

  toggle(person: PersonView): void {
    const { members } = this.getSnapshot();
    const without = members.filter((one) => one.user !== person.user);
    this.set({ members: without.length < members.length ? without : [...members, person] });
  }

  setName(name: string): void {
    this.set({ name: nameWithin(name) });
  }

  setPurpose(purpose: string): void {
    this.set({ purpose: nameWithin(purpose, PURPOSE_BYTES_MAX) });
  }

  setPicture(picture: Blob | undefined): void {
    this.set({ picture });
  }

  /** Resolves with the conversation, new or the one there is. */
  async startDirect(user: string): Promise<string | undefined> {
    return this.#start(async () => {
      const result = await this.engine.command({ type: 'start_direct', user });
      return result.type === 'conversation' ? result.group : undefined;
    });
  }

  async startGroup(): Promise<string | undefined> {
    const { name, purpose, members, picture } = this.getSnapshot();
    if (name.trim() === '') return undefined;
    return this.#start(async () => {
      const result = await this.engine.command({
        type: 'start_group',
        name: name.trim(),
        users: members.map((person) => person.user),
        purpose: purpose.trim(),
      });
      if (result.type !== 'conversation') return undefined;
      if (picture) {
        // The group is there; without its picture it is still the group.
        await this.engine
          .command({
            type: 'set_group_picture',
            group: result.group,
            picture: toBase64Url(new Uint8Array(await picture.arrayBuffer())),
          })
          .catch(() => undefined);
      }
      return result.group;
    });
  }

  async #start(begin: () => Promise<string | undefined>): Promise<string | undefined> {
    if (this.getSnapshot().busy) return undefined;
    this.set({ busy: true, error: undefined });
    try {
      const group = await begin();
      this.set({ busy: false });
      return group;
    } catch (error) {
      this.set({ busy: false, error: sentenceOf(error) });
      return undefined;
    }
  }
}
