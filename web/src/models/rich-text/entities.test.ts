import { expect, test } from 'vitest';
import { decodeNamedCharacterReference } from './entities';

test('named characters are looked up, not parsed as HTML', () => {
  expect(decodeNamedCharacterReference('lt')).toBe('<');
  expect(decodeNamedCharacterReference('constructor')).toBe(false);
});
