import { expect, test } from 'vitest';
import type { MediaPart } from '../engine/protocol';
import { type Ask, respondMedia, safeType, wantedRange } from './media';
import { Nobody } from './owner';

const MESSAGE = 'ab'.repeat(32);
const FILE = Uint8Array.from({ length: 1000 }, (_, n) => n % 251);
const PART = 300;

/** An owner that gives at most 300 bytes at a time, as the engine gives at most a part. */
const owner =
  (mediaType: string, asked: [number, number | undefined][] = []): Ask =>
  (message, start, end) => {
    asked.push([start, end]);
    if (message !== MESSAGE) return Promise.reject(Object.assign(new Error(), { code: 'no_such_message' }));
    if (start >= FILE.length) return Promise.reject(Object.assign(new Error(), { code: 'range_not_satisfiable' }));
    const stop = Math.min(end ?? FILE.length, start + PART, FILE.length);
    const bytes = FILE.slice(start, stop);
    return Promise.resolve({ bytes, start, end: stop, size: FILE.length, mediaType, name: 'x' } satisfies MediaPart);
  };

/** Requests with a mode or destination of their own can't be made by scripts. */
function request(
  range?: string,
  more: Partial<Pick<Request, 'mode' | 'destination' | 'method' | 'url'>> = {},
): Request {
  return {
    url: `https://chat.example.org/media/${MESSAGE}`,
    method: 'GET',
    mode: 'no-cors',
    destination: 'video',
    headers: new Headers(range === undefined ? {} : { range }),
    ...more,
  } as Request;
}

const bytesOf = async (response: Response) => new Uint8Array(await response.arrayBuffer());

test.each([
  ['bytes=0-', 0, 999],
  ['bytes=0-0', 0, 0],
  ['bytes=10-299', 10, 299],
  ['bytes=250-949', 250, 949],
  ['bytes=900-5000', 900, 999],
  ['bytes=-100', 900, 999],
  ['bytes=-5000', 0, 999],
])('%s is answered exactly', async (range, first, last) => {
  const response = await respondMedia(request(range), owner('video/mp4'));
  expect(response.status).toBe(206);
  expect(response.headers.get('content-range')).toBe(`bytes ${first}-${last}/1000`);
  expect(response.headers.get('content-length')).toBe(String(last - first + 1));
  expect(await bytesOf(response)).toEqual(FILE.slice(first, last + 1));
});

test('without a range, or with one that is not understood, everything comes', async () => {
  for (const range of [undefined, 'bytes=5-2', 'bytes=1-2,4-5', 'lines=1-2', 'bytes=-']) {
    const response = await respondMedia(request(range), owner('audio/ogg; codecs=opus'));
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'audio/ogg']);
    expect(await bytesOf(response)).toEqual(FILE);
  }
});

test('a range beyond the end is refused', async () => {
  for (const range of ['bytes=1000-', 'bytes=5000-6000', 'bytes=-0']) {
    expect((await respondMedia(request(range), owner('video/mp4'))).status).toBe(416);
  }
});

test('what is not read is not fetched', async () => {
  const asked: [number, number | undefined][] = [];
  const response = await respondMedia(request('bytes=0-'), owner('video/mp4', asked));
  const reader = response.body?.getReader();
  await reader?.read();
  await reader?.cancel();
  expect(asked).toEqual([[0, undefined]]);
});

test('a file that a browser would run is only ever bytes', async () => {
  for (const type of [
    'text/html',
    'image/svg+xml',
    'application/xhtml+xml',
    'text/javascript',
    'application/pdf',
    '',
  ]) {
    const response = await respondMedia(request(), owner(type));
    expect(response.headers.get('content-type')).toBe('application/octet-stream');
    expect(response.headers.get('content-disposition')).toBe('attachment');
  }
  const { headers } = await respondMedia(request(), owner('video/mp4'));
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('content-security-policy')).toBe("default-src 'none'; sandbox");
  expect(headers.get('cache-control')).toBe('no-store');
  expect([safeType('VIDEO/MP4 ; x=1'), safeType('video/mp4\r\nx')]).toEqual(['video/mp4', 'application/octet-stream']);
});

test('it is no page, no frame, no script', async () => {
  for (const more of [
    { mode: 'navigate', destination: 'document' },
    { destination: 'iframe' },
    { destination: 'script' },
    { destination: 'worker' },
    { destination: 'style' },
    { destination: 'object' },
  ] as const) {
    expect((await respondMedia(request(undefined, more), owner('video/mp4'))).status).toBe(403);
  }
  expect((await respondMedia(request(undefined, { method: 'POST' }), owner('video/mp4'))).status).toBe(405);
  const url = 'https://chat.example.org/media/../etc';
  expect((await respondMedia(request(undefined, { url }), owner('video/mp4'))).status).toBe(404);
});

test('without a window that has the store it says to come back', async () => {
  expect((await respondMedia(request(), () => Promise.reject(new Nobody()))).status).toBe(503);
  const refused = () => Promise.reject(Object.assign(new Error(), { code: 'locked' }));
  expect((await respondMedia(request(), refused)).status).toBe(404);
});

test('ranges are read as RFC 9110 says', () => {
  expect(wantedRange('bytes=1-2')).toEqual({ first: 1, last: 2 });
  expect(wantedRange(' bytes=7- ')).toEqual({ first: 7 });
  expect(wantedRange('bytes=-7')).toEqual({ suffix: 7 });
  for (const wrong of [null, '', 'bytes=', 'bytes=-', 'bytes=a-b', `bytes=${'9'.repeat(30)}-`])
    expect(wantedRange(wrong)).toBeNull();
});
