import { expect, test, vi } from 'vitest';
import { shellPath, shellRequest } from './shell-cache';

const build = { version: '1', hash: 'h', precache: ['/', '/assets/app-1.js'] };
const origin = 'https://chat.example.org';
const request = (path: string, more: { mode?: RequestMode; method?: string } = {}) =>
  ({ url: new URL(path, origin).href, method: more.method ?? 'GET', mode: more.mode ?? 'cors' }) as Request;

test.each([
  ['/assets/app-1.js', {}, '/assets/app-1.js'],
  ['/c/abc', { mode: 'navigate' }, '/'],
  ['/i', { mode: 'navigate' }, '/'],
  ['/assets/app-0.js', {}, undefined],
  ['/build.json', {}, undefined],
  ['/v1/groups', {}, undefined],
  ['/v1/groups', { mode: 'navigate' }, undefined],
  ['/assets/app-1.js', { method: 'POST' }, undefined],
  ['https://elsewhere.example/assets/app-1.js', {}, undefined],
] as const)('%s %o is answered from %s', (path, more, expected) => {
  expect(shellPath(request(path, more), build, origin)).toBe(expected);
});

test('what the page has loaded already is not fetched again, the index is', () => {
  // Outside of a browser a request needs a whole address.
  vi.stubGlobal(
    'Request',
    class {
      constructor(
        readonly url: string,
        readonly init: RequestInit,
      ) {}
    },
  );
  const mode = (path: string) => (shellRequest(path) as unknown as { init: RequestInit }).init.cache;
  expect(mode('/assets/app-1.js')).toBe('default');
  expect(mode('/')).toBe('reload');
  expect(mode('/manifest.webmanifest')).toBe('reload');
  vi.unstubAllGlobals();
});
