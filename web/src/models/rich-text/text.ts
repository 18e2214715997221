import { isEveryone, mentionedUser } from './links';

const MENTION = /\[@((?:\\.|[^\]\\\n]){0,300})\]\((mimi:\/\/[^\s)]{1,400})\)/g;
const PICTOGRAPH = /\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3/u;
/** More than this and they are words rather than a sign. */
const BIG_EMOJI_MAX = 6;

/** A message's text as one writes it: mentions as `@name` that the core understands. */
export function editable(text: string, name: (user: string) => string): string {
  return text.replace(MENTION, (all: string, _words: string, url: string) => {
    const user = mentionedUser(url);
    if (user !== undefined) return `@${name(user)}`;
    return isEveryone(url) ? '@all' : all;
  });
}

/** A message's text for the clipboard: mentions as one reads them. */
export function readable(text: string): string {
  return text.replace(MENTION, (_all: string, words: string) => `@${words.replace(/\\(.)/g, '$1')}`);
}

/** How many emoji a text is made of; 0 when there is anything else in it. */
export function emojiOnly(text: string): number {
  const trimmed = text.trim();
  if (trimmed.length === 0 || trimmed.length > 80) return 0;
  let count = 0;
  for (const { segment } of new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(trimmed)) {
    if (/^\s+$/.test(segment)) continue;
    if (!PICTOGRAPH.test(segment) || /^[©®™]$/u.test(segment)) return 0;
    count += 1;
    if (count > BIG_EMOJI_MAX) return 0;
  }
  return count;
}
