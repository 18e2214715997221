/** What the relay is asked about files, and whether it is worth asking again. */
import type { UserError } from '../api';
import { Refused, isUserError, userError } from './errors';
import { PART_MILLIS, PROGRESS_MILLIS, TRANSFER_ATTEMPTS } from './limits';
import { type Network, SignInRefused, mediaTypeOf, retryWait, statusOf, unreachable } from './network';

/** The relay's refusal of a file request. */
export class FileRefused extends Error {
  readonly status: number;
  readonly code: string;
  readonly retryAfterSeconds: number | undefined;
  constructor(status: number, code: string, message: string, retryAfterSeconds?: number) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  get isGone(): boolean {
    return this.status === 404 || this.status === 410;
  }

  /** Passes by itself. */
  get passes(): boolean {
    return this.status === 429 || this.status === 503 || this.code === 'draining' || this.code === 'internal';
  }
}

/** Something answered in the relay's place: a proxy, or the page of a network that wants somebody to sign in. */
export class NotTheRelay extends Error {
  readonly status: number;
  constructor(response: Response) {
    const status = statusOf(response);
    super(`something between here and the relay answered in its place (HTTP status ${status})`);
    this.status = status;
  }

  /** The same may work in a moment. */
  get passes(): boolean {
    return [408, 425, 429, 500, 502, 503, 504].includes(this.status);
  }

  get code(): string {
    return this.status === 413 ? 'proxy_too_large' : 'unexpected_answer';
  }
}

/** What an answer that isn't the expected one is: a refusal of the relay's, or a proxy's. HEAD is refused without a body. */
async function refusal(response: Response, hasBody = true): Promise<FileRefused | NotTheRelay> {
  if (mediaTypeOf(response) !== 'application/problem+json') return new NotTheRelay(response);
  const code = response.status >= 500 ? 'draining' : 'invalid_request';
  const message = `The relay answers with status ${response.status}.`;
  if (!hasBody) return new FileRefused(response.status, code, message);
  const body = (await response.json().catch(() => ({}))) as {
    code?: string;
    detail?: string;
    retry_after_seconds?: number;
  };
  if (typeof body.code !== 'string') return new NotTheRelay(response);
  return new FileRefused(response.status, body.code, body.detail ?? message, body.retry_after_seconds);
}

export class FileRequests {
  readonly #network: Network;

  constructor(network: Network) {
    this.#network = network;
  }

  async create(size: number, signal: AbortSignal): Promise<{ file: string; expires_at: number }> {
    const init = { method: 'POST', headers: { 'upload-length': String(size) }, signal };
    const response = await this.#network.request('/v1/files', init, PART_MILLIS);
    if (response.status !== 201 || mediaTypeOf(response) !== 'application/json') throw await refusal(response);
    return (await response.json()) as { file: string; expires_at: number };
  }

  async offset(file: string, signal: AbortSignal): Promise<number> {
    const response = await this.#network.request(`/v1/files/${file}`, { method: 'HEAD', signal }, PART_MILLIS);
    if (response.status !== 200) throw await refusal(response, false);
    return uploadOffset(response);
  }

  async append(file: string, offset: number, part: Blob, signal: AbortSignal): Promise<number> {
    const init = {
      method: 'PATCH',
      headers: { 'content-type': 'application/offset+octet-stream', 'upload-offset': String(offset) },
      body: part,
      signal,
    };
    const response = await this.#network.request(`/v1/files/${file}`, init, PART_MILLIS);
    if (response.status !== 204) throw await refusal(response);
    return uploadOffset(response);
  }

  async remove(file: string): Promise<void> {
    await this.#network.request(`/v1/files/${file}`, { method: 'DELETE' }, PART_MILLIS);
  }

  /** Ciphertext from `start` to `end` (exclusive); `progress` hears how much of it is here. */
  async fetch(
    file: string,
    start: number,
    end: number,
    signal?: AbortSignal,
    progress?: (done: number) => void,
  ): Promise<Uint8Array> {
    const init = { headers: { range: `bytes=${start}-${end - 1}` }, ...(signal && { signal }) };
    const response = await this.#network.request(`/v1/files/${file}`, init, PART_MILLIS);
    // A login page is no ciphertext.
    const isCipher = response.ok && mediaTypeOf(response) === 'application/octet-stream';
    if (!isCipher || !response.body) throw await refusal(response);
    // A proxy may ignore the range and answer 200 with everything.
    const skipped = response.status === 206 ? 0 : start;
    const part = new Uint8Array(end - start);
    const reader = response.body.getReader();
    let told = 0;
    for (let at = -skipped; at < part.length;) {
      const { value } = await reader.read();
      if (!value) throw new Error('the download was cut off');
      part.set(value.subarray(Math.max(-at, 0), part.length - at), Math.max(at, 0));
      at += value.length;
      if (at <= 0 || Date.now() - told < PROGRESS_MILLIS) continue;
      told = Date.now();
      progress?.(Math.min(at, part.length));
    }
    if (skipped > 0) await reader.cancel();
    return part;
  }
}

function uploadOffset(response: Response): number {
  const offset = Number(response.headers.get('upload-offset') ?? Number.NaN);
  if (!Number.isSafeInteger(offset)) throw new NotTheRelay(response);
  return offset;
}

/** Whether to try again after an error, and when. */
export function verdictOn(
  error: unknown,
  failures: number,
): { error: UserError } | { error?: undefined; waitMillis: number } {
  if (error instanceof FileRefused) {
    if (!error.passes && !error.isGone && error.code !== 'offset_mismatch') {
      return { error: { code: error.code, message: error.message } };
    }
  } else if (error instanceof NotTheRelay) {
    // It needs somebody to do something: to sign in, or to allow what is this large.
    if (!error.passes) return { error: { code: error.code, message: error.message } };
  } else if (isUserError(error) && !(error instanceof Error && !(error instanceof Refused))) {
    return { error: userError(error) };
  }
  if (failures >= TRANSFER_ATTEMPTS) {
    const why =
      error instanceof SignInRefused || error instanceof FileRefused || error instanceof NotTheRelay
        ? error.message
        : unreachable(error);
    const message = `The relay can’t be reached (${why}). What was transferred is kept; it goes on from there.`;
    return { error: { code: 'unreachable', message } };
  }
  const asked = error instanceof FileRefused ? error.retryAfterSeconds : undefined;
  return { waitMillis: asked === undefined ? retryWait(failures, Math.random()) : asked * 1000 };
}

/** As long as a verdict says, or until the transfer is stopped. */
export function pause(millis: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, millis);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
