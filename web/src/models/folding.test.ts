import { expect, test } from 'vitest';
import { examples } from '../api/generated/folding.json';
import { finds, folded } from './folding';

test('the app folds as the core and the relay do', () => {
  for (const [text, expected] of Object.entries(examples)) expect(folded(text), text).toBe(expected);
});

test('people are found by what is typed', () => {
  for (const [query, text] of [
    ['lukas', 'Łukasiewicz'],
    ['strauss', 'Strauß'],
    ['jose', 'Jose\u0301'],
    ['bauer renate', 'Renate Bauer'],
    ['', 'anybody'],
  ] as const)
    expect(finds(query, text), query).toBe(true);
  expect(finds('lukas', 'Lucas')).toBe(false);
});
