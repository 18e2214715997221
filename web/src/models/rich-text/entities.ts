/**
 * Named characters of HTML in Markdown. Stands in (vite.config.ts) for a package that, in a browser, lets `innerHTML` decode them, which Trusted
 * Types refuse.
 */
const NAMED = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
  ['nbsp', '\u00A0'],
]);

/** The character, or false: then what was written stays. */
export function decodeNamedCharacterReference(name: string): string | false {
  return NAMED.get(name) ?? false;
}
