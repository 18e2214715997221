/// <reference lib="webworker" />
/**
 * Files as they play: `/media/<message>` is answered part by part with what the owner of the store decrypts.
 *
 * **Invariant:** what comes from here can't run in the app's origin. Only types of pictures, sound and video are named as what they are, no
 * browser may guess another, and whatever is opened as a page is refused.
 */
import { MEDIA_PATH, type MediaPart } from '../engine/protocol';
import { Nobody, askOwner } from './owner';

/** The owner may have to fetch a part from the relay first. */
const PART_MILLIS = 60_000;
/** A new tab may just be taking the store over. */
const ATTEMPTS = 3;

/** Types that hold no script. SVG isn't among them. */
const SAFE =
  /^(?:image\/(?:jpeg|png|webp|gif|avif)|video\/(?:mp4|webm|ogg|quicktime)|audio\/(?:mpeg|mp4|aac|ogg|opus|webm|wav|x-wav|flac|x-m4a))$/;

export type Ask = (message: string, start: number, end: number | undefined) => Promise<MediaPart>;

/** The type that is told, whatever the sender said. */
export function safeType(mediaType: string): string {
  const type = mediaType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return SAFE.test(type) ? type : 'application/octet-stream';
}

/** Which bytes a request wants: the first to the last, both inclusive, or so many at the end. `null`: all, also for what isn't understood (RFC 9110 section 14.2). */
export function wantedRange(header: string | null): { first: number; last?: number } | { suffix: number } | null {
  const found = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '');
  const [first = '', last = ''] = found?.slice(1) ?? [];
  if (first !== '') {
    if (last === '') return { first: Number(first) };
    return Number(last) < Number(first) ? null : { first: Number(first), last: Number(last) };
  }
  return last === '' ? null : { suffix: Number(last) };
}

const HEADERS = {
  'accept-ranges': 'bytes',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; sandbox",
  'cross-origin-resource-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
};

const failed = (status: number, more: Record<string, string> = {}) =>
  new Response('This can’t be opened here.\n', {
    status,
    headers: { ...HEADERS, 'content-type': 'text/plain; charset=utf-8', ...more },
  });

const codeOf = (error: unknown) => (error as { code?: string } | null)?.code;

/** The rest of a range, fetched as it is read. */
function stream(message: string, begun: MediaPart, end: number, ask: Ask): ReadableStream<Uint8Array> {
  let next: MediaPart | undefined = begun;
  let at = begun.start;
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          const part = next ?? (await ask(message, at, end));
          next = undefined;
          if (part.bytes.length > 0) controller.enqueue(part.bytes);
          at = part.end;
          if (at >= end) controller.close();
          else if (part.bytes.length === 0) controller.error(new Error('the file ended early'));
        } catch (error) {
          controller.error(error);
        }
      },
    },
    // One part at a time: a video that is paused fetches nothing.
    { highWaterMark: 0 },
  );
}

/** The answer to a request for a file. */
export async function respondMedia(request: Request, ask: Ask): Promise<Response> {
  const message = new URL(request.url).pathname.slice(MEDIA_PATH.length);
  if (!/^[0-9a-f]{64}$/.test(message)) return failed(404);
  if (request.method !== 'GET') return failed(405, { allow: 'GET' });
  // As a page, a frame or a script it would be more than what plays.
  if (request.mode === 'navigate' || !['', 'audio', 'image', 'video'].includes(request.destination)) return failed(403);
  const wanted = wantedRange(request.headers.get('range'));
  try {
    let start = 0;
    if (wanted && 'first' in wanted) {
      start = wanted.first;
    } else if (wanted) {
      const { size } = await ask(message, 0, 1);
      if (wanted.suffix === 0) return failed(416, { 'content-range': `bytes */${size}` });
      start = Math.max(size - wanted.suffix, 0);
    }
    const last = wanted && 'first' in wanted ? wanted.last : undefined;
    const begun = await ask(message, start, last === undefined ? undefined : last + 1);
    const { size } = begun;
    if (wanted && start >= size) return failed(416, { 'content-range': `bytes */${size}` });
    const end = Math.min(last === undefined ? size : last + 1, size);
    const type = safeType(begun.mediaType);
    const headers: Record<string, string> = {
      ...HEADERS,
      'content-type': type,
      'content-length': String(end - start),
    };
    if (type === 'application/octet-stream') headers['content-disposition'] = 'attachment';
    if (wanted) headers['content-range'] = `bytes ${start}-${end - 1}/${size}`;
    const body = size === 0 ? null : stream(message, begun, end, ask);
    return new Response(body, { status: wanted ? 206 : 200, headers });
  } catch (error) {
    if (error instanceof Nobody) return failed(503, { 'retry-after': '1' });
    return failed(codeOf(error) === 'range_not_satisfiable' ? 416 : 404);
  }
}

/** Asks the owner, and the next one when it is gone. */
export const askForPart: Ask = async (message, start, end) => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await askOwner({ type: 'media', message, start, ...(end === undefined ? {} : { end }) }, PART_MILLIS);
    } catch (error) {
      // `starting`: a tab that takes over just now.
      if (codeOf(error) !== 'starting' || attempt === ATTEMPTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
};
