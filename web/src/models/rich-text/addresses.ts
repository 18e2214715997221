/**
 * Where addresses begin and end in a text. Follows the idea of Unicode's draft UTS #58 (an address ends at hard signs, goes through soft ones only
 * when something follows, and closes the brackets that it opened), and is stricter where people write without blanks: punctuation of Chinese,
 * Japanese, Arabic … texts ends it always, and so does such a text right after a name in ASCII.
 *
 * addresses.json has an example for each rule.
 */
export interface Address {
  readonly start: number;
  /** After its last sign. */
  readonly end: number;
  /** With its scheme. */
  readonly url: string;
}

/** Longer ones aren't for clicking. */
const ADDRESS_MAX_CHARS = 4096;
const START = /https?:\/\/|www\.(?=[\p{L}\p{N}])/giu;
const MAIL =
  /(?:mailto:)?[a-z0-9](?:[a-z0-9._+-]{0,63})@(?:[a-z0-9](?:[a-z0-9-]{0,62})\.){1,8}[a-z][a-z0-9-]{0,61}[a-z0-9]/gi;

/** Ends an address wherever it stands. What turns the direction of text, or isn't seen, too. */
const HARD = /[\s\p{Cc}\p{Cf}\p{Cs}\p{Cn}\p{Co}<>"`\\—―]/u;
const FOREIGN_MARK =
  /[\p{Terminal_Punctuation}\p{Quotation_Mark}\p{Ps}\p{Pe}\p{Pi}\p{Pf}]|[\u3000-\u3004\u3008-\u3020\u3030]/u;
/** Ends an address when nothing of it follows. */
const SOFT = /[.,:;!?'*…’([{]/u;
const CLOSING = new Map([
  ['(', ')'],
  ['[', ']'],
  ['{', '}'],
]);
const CLOSERS = new Set(CLOSING.values());
/** Scripts whose texts stand without blanks beside an address. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}ー]/u;
const HOST_SIGN = /[\p{L}\p{M}\p{N}._~%!$&'+,;=:@-]/u;

function isHard(sign: string): boolean {
  if (HARD.test(sign)) return true;
  // An apostrophe of typesetters stands in names of pages.
  return sign > '\u007f' && sign !== '’' && FOREIGN_MARK.test(sign);
}

/** From the beginning of the host to its end: before a path, or where something stands that no host has. */
function hostEnd(text: string, from: number): number {
  if (text[from] === '[') {
    const end = /^\[[0-9a-f:.]{2,45}\](?::\d{1,5})?/i.exec(text.slice(from, from + 64));
    return end ? from + end[0].length : from;
  }
  let at = from;
  const end = Math.min(text.length, from + ADDRESS_MAX_CHARS);
  while (at < end) {
    const sign = String.fromCodePoint(text.codePointAt(at) ?? 0);
    if (isHard(sign) || !HOST_SIGN.test(sign)) break;
    at += sign.length;
  }
  return beforeText(text.slice(from, at), from);
}

/** "example.comを見て": no last label has both ASCII and other letters, so the text begins where they change. */
function beforeText(host: string, from: number): number {
  const name = host.slice(host.lastIndexOf('@') + 1);
  const start = from + host.length - name.length;
  const last = name.lastIndexOf('.') + 1;
  const mixed = /^(?:xn--[a-z0-9-]+|[a-z]{2,63}|\d{1,3}|[a-z]{2,63}:\d{1,5}|\d{1,3}:\d{1,5})(?=[^\0-\x7f])/i.exec(
    name.slice(last),
  );
  return mixed ? start + last + mixed[0].length : from + host.length;
}

function addressEnd(text: string, from: number, host: number): number {
  let at = host;
  const stop = Math.min(text.length, from + ADDRESS_MAX_CHARS);
  // After the host: a path, a question or a fragment, or it is over.
  if (!'/?#'.includes(text[at] ?? ' ')) return trimmed(text, from, at);
  const open: string[] = [];
  let before = '/';
  while (at < stop) {
    const sign = String.fromCodePoint(text.codePointAt(at) ?? 0);
    if (isHard(sign)) break;
    // "/pathを見て" ends before the text; "/wiki/日本" is a path.
    if (UNSPACED.test(sign) && /[a-z0-9]/i.test(before)) break;
    const closing = CLOSING.get(sign);
    if (closing !== undefined) open.push(closing);
    else if (CLOSERS.has(sign) && open.pop() !== sign) break;
    before = sign;
    at += sign.length;
  }
  return trimmed(text, from, at);
}

/** Without the signs at its end that belong to the sentence, or to the formatting around it. */
function trimmed(text: string, from: number, end: number): number {
  let at = end;
  for (;;) {
    const around = text[from - 1];
    const last = text[at - 1] ?? '';
    if (at > from && (SOFT.test(last) || ((last === '_' || last === '~') && last === around))) at -= 1;
    else return at;
  }
}

/** The addresses of a text, in order; none is within another. The time rises with the text's length only. */
export function addressesOf(text: string): readonly Address[] {
  const found: Address[] = [];
  let past = 0;
  for (const { 0: scheme, index: start } of text.matchAll(START)) {
    const before = text[start - 1] ?? ' ';
    const isWww = !scheme.includes('/');
    if (start < past || /[a-z0-9]/i.test(before) || (isWww && /[/.@:-]/.test(before))) continue;
    const from = isWww ? start : start + scheme.length;
    const host = hostEnd(text, from);
    const end = host > from ? addressEnd(text, start, host) : from;
    if (end <= from || !/^(?:\[|[^@]*@)?[\p{L}\p{N}]/u.test(text.slice(from, end))) continue;
    const words = text.slice(start, end);
    found.push({ start, end, url: isWww ? `http://${words}` : words });
    past = end;
  }
  for (const { 0: words, index: start } of text.matchAll(MAIL)) {
    const end = start + words.length;
    if (/[a-z0-9/.+_-]/i.test(text[start - 1] ?? ' ') || found.some((one) => start < one.end && one.start < end))
      continue;
    found.push({ start, end, url: /^mailto:/i.test(words) ? words : `mailto:${words}` });
  }
  return found.sort((one, two) => one.start - two.start);
}
