import { folded } from '../folding';

/** A piece of a text that was looked for, or that stands between. */
export interface Piece {
  readonly text: string;
  readonly hit: boolean;
}

const SNIPPET_CHARS = 120;
const BEFORE_CHARS = 36;

/** Without case and accents, with the place of every character in the original. */
function fold(text: string): { text: string; at: number[] } {
  let out = '';
  const at: number[] = [];
  let index = 0;
  // A letter with its marks: some make another letter of it.
  for (const [cluster] of text.matchAll(/\P{M}\p{M}*|\p{M}+/gu)) {
    const plain = folded(cluster);
    at.push(...Array.from<number>({ length: plain.length }).fill(index));
    out += plain;
    index += cluster.length;
  }
  at.push(text.length);
  return { text: out, at };
}

const wordsOf = (query: string): string[] =>
  folded(query)
    .split(/[^\p{L}\p{N}\p{M}]+/u)
    .filter(Boolean)
    .slice(0, 16);

const isWordSign = (char: string | undefined): boolean => char !== undefined && /[\p{L}\p{N}]/u.test(char);
/** Scripts that write without blanks: a word may begin anywhere. */
const NO_BLANKS = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;

/** Places of the words of a query, as the search of the core finds them: at the beginning of words. */
export function hits(text: string, query: string): [number, number][] {
  const folded = fold(text);
  const found: [number, number][] = [];
  for (const word of wordsOf(query)) {
    let from = 0;
    for (;;) {
      const place = folded.text.indexOf(word, from);
      if (place < 0) break;
      from = place + word.length;
      if (isWordSign(folded.text[place - 1]) && !NO_BLANKS.test(word)) continue;
      found.push([folded.at[place] ?? 0, folded.at[from] ?? text.length]);
    }
  }
  found.sort((a, b) => a[0] - b[0]);
  const joined: [number, number][] = [];
  for (const [start, end] of found) {
    const last = joined.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else joined.push([start, end]);
  }
  return joined;
}

export function pieces(text: string, query: string): Piece[] {
  const out: Piece[] = [];
  let at = 0;
  for (const [start, end] of hits(text, query)) {
    if (start > at) out.push({ text: text.slice(at, start), hit: false });
    out.push({ text: text.slice(start, end), hit: true });
    at = end;
  }
  if (at < text.length) out.push({ text: text.slice(at), hit: false });
  return out;
}

/** One line around the first hit. */
export function snippet(text: string, query: string): Piece[] {
  const line = text.replace(/\s+/g, ' ').trim();
  const first = hits(line, query)[0]?.[0] ?? 0;
  if (line.length <= SNIPPET_CHARS || first <= BEFORE_CHARS) return pieces(line.slice(0, SNIPPET_CHARS * 2), query);
  const blank = line.indexOf(' ', first - BEFORE_CHARS);
  const start = blank >= 0 && blank < first ? blank + 1 : first;
  return pieces(`…${line.slice(start, start + SNIPPET_CHARS * 2)}`, query);
}
