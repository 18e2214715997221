import { expect, test } from 'vitest';
import { keep, loadEmoji, readKept, searchEmoji, withTone } from './data';

function storage() {
  const map = new Map<string, string>();
  return {
    getItem: (key: string) => map.get(key) ?? null,
    setItem: (key: string, value: string) => void map.set(key, value),
  };
}

test.each([
  ['en', 'thumbs', '👍'],
  ['es', 'corazon', '❤️'],
  ['fr', 'fete', '🎉'],
])('in %s %j finds %s', async (locale, query, emoji) => {
  const found = searchEmoji(await loadEmoji(locale), query).map((one) => one.emoji);
  expect(found).toContain(emoji);
});

test('every language has the same emoji, and those of people have five tones', async () => {
  const [en, es, fr] = await Promise.all(['en', 'es', 'fr'].map(loadEmoji));
  const all = (groups: typeof en) => groups?.flat().map((one) => one.emoji);
  expect(all(es)).toEqual(all(en));
  expect(all(fr)).toEqual(all(en));
  expect(all(en)?.length).toBeGreaterThan(1500);
  const wave = en?.flat().find((one) => one.emoji === '👋');
  expect(wave && withTone(wave, 5)).toBe('👋🏿');
  const dog = en?.flat().find((one) => one.emoji === '🐶');
  expect(dog && withTone(dog, 5)).toBe('🐶');
});

test('the last used come first, once, and damaged storage is ignored', () => {
  const place = storage();
  for (const emoji of ['👍', '🎉', '👍']) keep(place, { used: emoji });
  keep(place, { tone: 3 });
  expect(readKept(place)).toEqual({ recent: ['👍', '🎉'], tone: 3 });
  place.setItem('emoji', '{"recent":7,"tone":99}');
  expect(readKept(place)).toEqual({ recent: [], tone: 0 });
  place.setItem('emoji', '[');
  expect(readKept(place)).toEqual({ recent: [], tone: 0 });
});
