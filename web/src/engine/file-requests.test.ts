/** What counts as the relay's answer to a file request, and what is a proxy's. */
import { expect, test } from 'vitest';
import { FileRefused, FileRequests, NotTheRelay, verdictOn } from './file-requests';
import type { Network } from './network';

const HTML = { 'content-type': 'text/html; charset=utf-8' };
const signal = AbortSignal.any([]);

/** Asks somebody who answers everything with this. */
function answeredBy(body: string | null, status: number, headers: Record<string, string> = {}) {
  const network = { request: () => Promise.resolve(new Response(body, { status, headers })) };
  return new FileRequests(network as unknown as Network);
}

const thrown = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

test('a page where the answer should be is no answer, whatever its status', async () => {
  for (const status of [200, 201, 206, 401, 403, 404, 413, 502]) {
    const proxy = answeredBy('<html>', status, HTML);
    for (const asked of [
      proxy.create(1, signal),
      proxy.append('f', 0, new Blob(['x']), signal),
      proxy.offset('f', signal),
      proxy.fetch('f', 0, 1),
    ]) {
      expect(await thrown(asked), String(status)).toBeInstanceOf(NotTheRelay);
    }
  }
});

test('what a proxy says is told as a proxy’s, and is tried again only where that may help', async () => {
  const verdict = async (status: number) =>
    verdictOn(await thrown(answeredBy('<html>', status, HTML).create(1, signal)), 1);
  expect(await verdict(413)).toMatchObject({ error: { code: 'proxy_too_large' } });
  expect(await verdict(403)).toMatchObject({ error: { code: 'unexpected_answer' } });
  expect(await verdict(200)).toMatchObject({ error: { code: 'unexpected_answer' } });
  for (const status of [429, 502, 503, 504]) expect((await verdict(status)).error, String(status)).toBeUndefined();
});

test('problem details with a code are the relay’s refusal, to HEAD without a body', async () => {
  const headers = { 'content-type': 'application/problem+json' };
  const body = JSON.stringify({ code: 'quota_exceeded', detail: 'used up' });
  const refused = await thrown(answeredBy(body, 403, headers).create(1, signal));
  expect(refused).toBeInstanceOf(FileRefused);
  expect(refused).toMatchObject({ code: 'quota_exceeded', message: 'used up' });
  expect(await thrown(answeredBy(null, 404, headers).offset('f', signal))).toMatchObject({ isGone: true });
  // Another server's problem details have no code of ours.
  const other = answeredBy(JSON.stringify({ title: 'Forbidden' }), 403, headers);
  expect(await thrown(other.create(1, signal))).toBeInstanceOf(NotTheRelay);
});
