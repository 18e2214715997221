import { expect, test } from 'vitest';
import { initials, toneOf } from './identity';
import { digitsOnly } from './field';

test.each([
  ['Ana Ruiz', 'AR'],
  ['jean-luc picard', 'JP'],
  ['Zoë', 'Z'],
  ['李雷', '李'],
  ['محمد علي', 'مع'],
  ['👩‍👩‍👧 Family', '👩‍👩‍👧F'],
  ['(Ops) Team', 'OT'],
  ['  ', '?'],
])('initials of %s are %s', (name, expected) => {
  expect(initials(name)).toBe(expected);
});

test('a tone depends on the id only and all tones are used', () => {
  const tones = Array.from({ length: 400 }, (_, n) => toneOf(`user${n}@example.org`, 8));
  expect(tones).toEqual(Array.from({ length: 400 }, (_, n) => toneOf(`user${n}@example.org`, 8)));
  for (let tone = 0; tone < 8; tone += 1) expect(tones.filter((t) => t === tone).length).toBeGreaterThan(25);
});

test('digits of other scripts count, anything else falls away', () => {
  expect(digitsOnly('12 a٣۴५６-')).toBe('123456');
});
