/** Models are tested where there is no browser. */
const languages = (): readonly string[] => ('navigator' in globalThis ? navigator.languages : []);

/**
 * The language of the app as the person's region writes it: English with a British clock where the browser says `en-GB`. Dates and numbers
 * follow it; words don't.
 */
export function regional(language: string, browser = languages()): string {
  return browser.find((tag) => tag === language || tag.startsWith(`${language}-`)) ?? language;
}
