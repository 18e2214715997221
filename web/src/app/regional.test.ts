import { expect, test } from 'vitest';
import { regional } from './regional';

test('dates follow the region of the browser where it speaks the language of the app', () => {
  expect(regional('en', ['fr-CH', 'en-GB', 'en'])).toBe('en-GB');
  expect(regional('es', ['en-GB'])).toBe('es');
  expect(regional('fr', ['fr'])).toBe('fr');
  expect(regional('en', ['eng-x'])).toBe('en');
});
