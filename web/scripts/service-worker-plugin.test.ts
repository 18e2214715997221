import { expect, test } from 'vitest';
import { bundleHash } from './service-worker-plugin';

test('the hash of the bundle depends on names and contents, not on their order', () => {
  const one = bundleHash(
    new Map([
      ['a.js', 'x'],
      ['b.css', 'y'],
    ]),
  );
  expect(
    bundleHash(
      new Map([
        ['b.css', 'y'],
        ['a.js', 'x'],
      ]),
    ),
  ).toBe(one);
  expect(
    bundleHash(
      new Map([
        ['a.js', 'x'],
        ['b.css', 'z'],
      ]),
    ),
  ).not.toBe(one);
  expect(
    bundleHash(
      new Map([
        ['c.js', 'x'],
        ['b.css', 'y'],
      ]),
    ),
  ).not.toBe(one);
});
