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

const FENCE = /^[ \t]*(?:`{3,}|~{3,})[\w+-]*[ \t]*$/gm;
const LINE_START = /^[ \t]*(?:>[ \t]?)*(?:[-*+][ \t]+)?/gm;
/** What stays as it is (an escaped sign, code, an address), and what has words inside of it. Bounded: a text made to hurt takes no long time. */
const FORMATTED =
  /\\(?<sign>[!-/:-@[-`{-~])|(?<tick>`+)(?!`)(?<code>[^]{1,2000}?)(?<!`)\k<tick>(?!`)|(?<url>https?:\/\/\S+)|\[(?<link>(?:\\.|[^\]\\\n]){1,300})\]\((?:mimi:|https?:|mailto:)[^\s)]{1,2000}\)|(?<![*~])(?<mark>\*{1,3}|~~)(?![\s*~])(?<strong>.{1,500}?)(?<![\s*~\\])\k<mark>(?![*~])|(?<![\p{L}\p{N}_])(?<line>_{1,3})(?=\S)(?<em>.{1,500}?)(?<=\S)\k<line>(?![\p{L}\p{N}_])/gu;

const unformatted = (text: string): string =>
  text.replace(FORMATTED, (...found: unknown[]) => {
    const { sign, code, url, link, strong, em } = found.at(-1) as Record<string, string | undefined>;
    return sign ?? code ?? url ?? unformatted(link ?? strong ?? em ?? '');
  });

/** A message's text as one line of plain words: for lists and search, where the parser isn't worth loading. */
export function plainLine(text: string): string {
  const words = text.replace(FENCE, '```').replace(LINE_START, (start) => (/[-*+]/.test(start) ? '• ' : ''));
  return unformatted(words).replace(/\s+/g, ' ').trim();
}

/** A message's text for the clipboard: mentions as one reads them. */
export function readable(text: string): string {
  return text.replace(MENTION, (_all: string, words: string) => `@${words.replace(/\\(.)/g, '$1')}`);
}

/** Any of these, and a text isn't made of emoji alone: nearly every text has one, and needn't be taken apart. */
const LETTER = /\p{L}/u;
const GRAPHEMES = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** How many emoji a text is made of; 0 when there is anything else in it. */
export function emojiOnly(text: string): number {
  const trimmed = text.trim();
  if (trimmed.length === 0 || trimmed.length > 80 || LETTER.test(trimmed)) return 0;
  let count = 0;
  for (const { segment } of GRAPHEMES.segment(trimmed)) {
    if (/^\s+$/.test(segment)) continue;
    if (!PICTOGRAPH.test(segment) || /^[©®™]$/u.test(segment)) return 0;
    count += 1;
    if (count > BIG_EMOJI_MAX) return 0;
  }
  return count;
}
