/** What was downloaded is kept as ciphertext; it is decrypted when somebody looks. */
import { Refused } from './errors';
import { type FileRequests, FileRefused, pause, verdictOn } from './file-requests';
import { Writer, isFull, listFiles, readFile, removeFile, uploadOf } from './files';
import { DOWNLOAD_PART_BYTES, FILE_CACHE_BYTES, MEDIA_PART_BYTES } from './limits';
import type { MediaPart } from './protocol';
import type { Lent } from './transfers';
import type * as Wasm from './wasm/chancery.js';

/** Files opened a moment ago are in the middle of being looked at: their ciphers stay at hand. */
const OPEN_CIPHERS = 8;

type Progress = (done: number, total: number) => void;

/** A file on its way here: it comes as long as somebody waits for it. */
interface Fetching {
  readonly waiting: Set<Progress>;
  readonly controller: AbortController;
  readonly done: Promise<File>;
}

const cancelled = () => new Refused('cancelled', 'The download was cancelled.');

export class Downloads {
  readonly #requests: FileRequests;
  readonly #lent: Lent;
  readonly #arrived: () => Promise<void>;
  readonly #downloads = new Map<string, Fetching>();
  readonly #openings = new Map<string, AbortController>();
  readonly #ciphers = new Map<string, Wasm.Download>();

  /** `arrived` is called after every file that came: the room it takes may be needed. */
  constructor(requests: FileRequests, lent: Lent, arrived: () => Promise<void>) {
    this.#requests = requests;
    this.#lent = lent;
    this.#arrived = arrived;
  }

  stop(): void {
    for (const cipher of this.#ciphers.values()) cipher.free();
    this.#ciphers.clear();
    for (const { controller } of this.#downloads.values())
      controller.abort(new Refused('locked', 'The app was locked.'));
  }

  #cipher(message: string): Wasm.Download {
    const known = this.#ciphers.get(message);
    if (known) return known;
    const cipher = this.#lent.guard((client) => client.openFile(message));
    this.#ciphers.set(message, cipher);
    for (const [old, each] of this.#ciphers) {
      if (this.#ciphers.size <= OPEN_CIPHERS) break;
      this.#ciphers.delete(old);
      each.free();
    }
    return cipher;
  }

  /** The whole file, decrypted; until `stopOpening` is called with the same `opening`. */
  async open(message: string, opening: string, progress: Progress): Promise<Blob> {
    const controller = new AbortController();
    this.#openings.set(opening, controller);
    try {
      const { file, cipherSize, mediaType } = this.#cipher(message);
      const kept = await this.#whole(message, file, cipherSize, progress, controller.signal);
      const cipher = this.#cipher(message);
      const parts: Blob[] = [];
      for (let chunk = 0; chunk < cipher.chunks; chunk += 1) {
        const bytes = new Uint8Array(
          await kept.slice(cipher.cipherStart(chunk), cipher.cipherStart(chunk + 1)).arrayBuffer(),
        );
        controller.signal.throwIfAborted();
        parts.push(new Blob([this.#lent.guard(() => cipher.decrypt(chunk, bytes)) as Uint8Array<ArrayBuffer>]));
      }
      return new Blob(parts, { type: mediaType });
    } finally {
      this.#openings.delete(opening);
    }
  }

  stopOpening(opening: string): void {
    this.#openings.get(opening)?.abort(cancelled());
  }

  /** All of the ciphertext, downloaded if need be. Whoever comes while it is downloaded waits for it, too; when nobody does any more, it ends. */
  async #whole(message: string, file: string, size: number, progress: Progress, signal: AbortSignal): Promise<File> {
    let fetching = this.#downloads.get(file);
    while (fetching?.controller.signal.aborted) {
      // It still has the file open.
      await fetching.done.catch(() => undefined);
      fetching = this.#downloads.get(file);
    }
    signal.throwIfAborted();
    fetching ??= this.#fetching(message, file, size);
    const { done, waiting, controller } = fetching;
    waiting.add(progress);
    try {
      return await unlessAborted(done, signal);
    } finally {
      waiting.delete(progress);
      if (waiting.size === 0) controller.abort(cancelled());
    }
  }

  #fetching(message: string, file: string, size: number): Fetching {
    const waiting = new Set<Progress>();
    const controller = new AbortController();
    const tell: Progress = (have, all) => {
      for (const progress of waiting) progress(have, all);
    };
    const done = readFile(file)
      .then((kept) => (kept?.size === size ? kept : this.#download(message, file, size, tell, controller.signal)))
      .finally(() => this.#downloads.delete(file));
    // Whoever waited may have left.
    done.catch(() => undefined);
    const fetching = { waiting, controller, done };
    this.#downloads.set(file, fetching);
    return fetching;
  }

  async #download(message: string, file: string, size: number, progress: Progress, signal: AbortSignal): Promise<File> {
    const writer = await Writer.open(file);
    const fresh = this.#lent.guard((client) => client.openFile(message));
    try {
      if (writer.size > size) writer.truncate(0);
      // What is there already enters the hash.
      const there = writer.size > 0 ? await readFile(file) : undefined;
      for (let at = 0; there && at < there.size; at += DOWNLOAD_PART_BYTES) {
        fresh.hash(new Uint8Array(await there.slice(at, at + DOWNLOAD_PART_BYTES).arrayBuffer()));
      }
      let failures = 0;
      while (writer.size < size) {
        const have = writer.size;
        try {
          const end = Math.min(have + DOWNLOAD_PART_BYTES, size);
          const bytes = await this.#requests.fetch(file, have, end, signal, (more) => progress(have + more, size));
          fresh.hash(bytes);
          writer.write(bytes);
          writer.flush();
          failures = 0;
          progress(writer.size, size);
        } catch (error) {
          if (isFull(error)) {
            throw new Refused('storage_full', 'There is not enough room in this browser for this file.');
          }
          signal.throwIfAborted();
          failures += 1;
          if (error instanceof FileRefused && error.isGone) {
            throw new Refused('file_gone', 'This file is no longer at the relay. Ask for it again.');
          }
          const verdict = verdictOn(error, failures);
          if (verdict.error) throw new Refused(verdict.error.code, verdict.error.message);
          await pause(verdict.waitMillis, signal);
        }
      }
      if (!fresh.genuine) {
        writer.truncate(0);
        throw new Refused(
          'file_damaged',
          'The file was changed on its way or at the relay, so it was thrown away. Ask for it again.',
        );
      }
    } finally {
      fresh.free();
      writer.close();
    }
    const kept = await readFile(file);
    if (!kept) throw new Refused('file_gone', 'The file vanished from this browser.');
    await this.#arrived();
    return kept;
  }

  /** A part of the plaintext, for playing: from the ciphertext that is here, else from the relay. `end` is exclusive. */
  async media(message: string, start: number, end: number | undefined): Promise<MediaPart> {
    const cipher = this.#cipher(message);
    const { size, file, mediaType, name } = cipher;
    if (start < 0 || start > size || (start === size && size > 0)) {
      throw new Refused('range_not_satisfiable', 'This file ends before that.');
    }
    const stop = Math.min(end ?? size, start + MEDIA_PART_BYTES, size);
    const first = cipher.chunkAt(start) ?? 0;
    const last = cipher.chunkAt(Math.max(stop - 1, 0)) ?? 0;
    const [from, to] = [cipher.cipherStart(first), cipher.cipherStart(last + 1)];
    const kept = await readFile(file);
    const bytes =
      kept?.size === cipher.cipherSize
        ? new Uint8Array(await kept.slice(from, to).arrayBuffer())
        : await this.#requests.fetch(file, from, to);
    const again = this.#cipher(message);
    const plain = new Uint8Array(stop - start);
    for (let chunk = first; chunk <= last; chunk += 1) {
      const part = bytes.subarray(again.cipherStart(chunk) - from, again.cipherStart(chunk + 1) - from);
      const clear = this.#lent.guard(() => again.decrypt(chunk, part));
      const at = again.plainStart(chunk) - start;
      const wanted = clear.subarray(Math.max(-at, 0), Math.max(Math.min(clear.length, plain.length - at), 0));
      plain.set(wanted, Math.max(at, 0));
    }
    return { bytes: plain, start, end: stop, size, mediaType, name };
  }

  /** Removes the oldest when too much is kept; never what waits to be sent. */
  async trim(): Promise<void> {
    const kept = (await listFiles())
      .filter(({ name }) => uploadOf(name) === undefined)
      .sort((a, b) => a.modified - b.modified);
    let total = kept.reduce((sum, { size }) => sum + size, 0);
    for (const { name, size } of kept) {
      if (total <= FILE_CACHE_BYTES) break;
      if (this.#downloads.has(name)) continue;
      await removeFile(name);
      total -= size;
    }
  }
}

/** What a promise gives, or the signal's reason as soon as it is aborted. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    promise.then(resolve, reject);
  });
}
