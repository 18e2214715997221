// Writes src/screens/composer/emoji/{en,es,fr}.json from emojibase-data: only what the picker shows and searches.
import { readFileSync, writeFileSync } from 'node:fs';

const root = new URL('..', import.meta.url).pathname;
const read = (path) => JSON.parse(readFileSync(`${root}node_modules/emojibase-data/${path}`, 'utf8'));
/** Version of Unicode's emoji that devices of the last years show. */
const VERSION_MAX = 15;
/** Group 2 are parts: skin tones and hair. */
const GROUPS = [0, 1, 3, 4, 5, 6, 7, 8, 9];

for (const locale of ['en', 'es', 'fr']) {
  const groups = GROUPS.map(() => []);
  const all = read(`${locale}/data.json`)
    .filter((one) => GROUPS.includes(one.group) && one.version <= VERSION_MAX)
    .sort((a, b) => a.order - b.order);
  for (const one of all) {
    const tags = [...new Set((one.tags ?? []).filter((tag) => !one.label.toLowerCase().includes(tag.toLowerCase())))];
    // One tone per skin, only where a single one applies.
    const skins = (one.skins ?? []).filter((skin) => typeof skin.tone === 'number').map((skin) => skin.emoji);
    // A sign that asks for colour is only kept where it is needed: the same emoji must be the same text everywhere.
    const emoji = one.emoji.replace(/^(\p{Emoji_Presentation})\uFE0F$/u, '$1');
    const row = [emoji, one.label, tags.join(' ')];
    if (skins.length === 5) row.push(skins.join(' '));
    groups[GROUPS.indexOf(one.group)].push(row);
  }
  writeFileSync(`${root}src/screens/composer/emoji/${locale}.json`, `${JSON.stringify(groups)}\n`);
}
