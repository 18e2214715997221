/**
 * Folding for searches, as the core and the relay do it (`crates/wire/src/text/fold.rs`): the letters are theirs, and the tests hold both against
 * the same examples.
 */
import { letters } from '../api/generated/folding.json';

/** Marks that people leave out when they search; those of Indic scripts and of kana make other letters. */
const ACCENTS =
  // eslint-disable-next-line no-misleading-character-class -- the marks themselves are meant
  /[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0640\u064b-\u065f\u0670]/gu;
/** They shape letters and part no words. */
// eslint-disable-next-line no-misleading-character-class -- the joiners themselves are meant
const JOINERS = /[\u200c\u200d\u00ad]/gu;

const table = new Map<string, string>(Object.entries(letters));

/** A text for comparing: without accents, in small letters. */
export function folded(text: string): string {
  let out = '';
  // One by one: a small letter must not depend on its place in the word, as the last sigma does.
  for (const char of text.normalize('NFKD').replace(ACCENTS, '').normalize('NFC'))
    out += table.get(char) ?? char.toLowerCase();
  return out.replace(JOINERS, '');
}

/** Whether each word of a query is in the text. */
export function finds(query: string, text: string): boolean {
  const where = folded(text);
  return folded(query)
    .split(/\s+/u)
    .every((word) => where.includes(word));
}
