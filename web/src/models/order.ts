/** The order of names, by the language that the reader has chosen. */
let collator = new Intl.Collator();

export function orderBy(locale: string): void {
  collator = new Intl.Collator(locale);
}

export const byName = (one: { readonly name: string }, two: { readonly name: string }): number =>
  collator.compare(one.name, two.name);
