/**
 * Uploads and downloads.
 *
 * An upload is encrypted chunk by chunk into a file on OPFS first; then parts of that file go to the relay, and when all of it is there, the message is queued
 * and the record of the upload removed in one transaction. So it goes on after the tab was closed, and memory stays bounded. Downloads keep the
 * ciphertext, too: it is decrypted when somebody looks.
 */
import type { UserError } from '../api';
import type { OutgoingFile, Transfer } from './engine';
import { Refused, isCrash, isUserError, userError } from './errors';
import { Writer, isFull, listFiles, readFile, removeAllFiles, removeFile, renameFile } from './files';
import {
  DOWNLOAD_PART_BYTES,
  FILE_CACHE_BYTES,
  MEDIA_PART_BYTES,
  PART_MILLIS,
  TRANSFER_ATTEMPTS,
  UPLOAD_PART_BYTES,
} from './limits';
import { type Network, SignInRefused, retryWait, unreachable } from './network';
import { nextPartBytes } from './part-size';
import type { MediaPart } from './protocol';
import type * as Wasm from './wasm/chancery.js';

/** What the owner of the store lends. */
export interface Lent {
  network: Network;
  client(): Wasm.Client;
  guard<T>(act: (client: Wasm.Client) => T): T;
  perform(effects: unknown[]): void;
  changed(): void;
}

interface UploadState {
  id: string;
  group: string;
  name: string;
  size: number;
  ciphertext_size: number;
  staged: boolean;
  file: string | null;
  paused: boolean;
}

/** Files opened a moment ago are in the middle of being looked at: their ciphers stay at hand. */
const OPEN_CIPHERS = 8;
/** Progress is told at most this often. */
const PROGRESS_MILLIS = 200;

const uploadName = (id: string) => `up-${id}`;

/** The relay's refusal of a file request. */
class FileRefused extends Error {
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

async function refusal(response: Response): Promise<FileRefused> {
  const body = (await response.json().catch(() => ({}))) as {
    code?: string;
    detail?: string;
    retry_after_seconds?: number;
  };
  const code = body.code ?? (response.status >= 500 ? 'draining' : 'invalid_request');
  const message = body.detail ?? `The relay answers with status ${response.status}.`;
  return new FileRefused(response.status, code, message, body.retry_after_seconds);
}

class Stopped extends Error {}

type Progress = (done: number, total: number) => void;

/** A file on its way here: it comes as long as somebody waits for it. */
interface Fetching {
  readonly waiting: Set<Progress>;
  readonly controller: AbortController;
  readonly done: Promise<File>;
}

const cancelled = () => new Refused('cancelled', 'The download was cancelled.');

export class Transfers {
  readonly #lent: Lent;
  /** In the order in which they were sent. */
  readonly #all = new Map<string, Transfer>();
  /** Uploads that were paused before their file was read to the end. */
  readonly #pauseSoon = new Set<string>();
  /** Uploads that wait until those before them are through. */
  readonly #turns = new Set<() => void>();
  readonly #running = new Map<string, AbortController>();
  readonly #downloads = new Map<string, Fetching>();
  readonly #openings = new Map<string, AbortController>();
  readonly #ciphers = new Map<string, Wasm.Download>();
  #announced = 0;
  #later: ReturnType<typeof setTimeout> | undefined;
  #stopped = true;

  constructor(lent: Lent) {
    this.#lent = lent;
  }

  list(): readonly Transfer[] {
    return [...this.#all.values()];
  }

  /** The store is open: what was cut off goes on. */
  async start(): Promise<void> {
    this.#stopped = false;
    for (const upload of this.#uploads()) {
      const { id, name, group } = upload;
      if (!upload.staged) {
        // Its source was with a tab that is gone.
        this.#lent.guard((client) => client.forgetUpload(id));
        await removeFile(uploadName(id));
        const error = { code: 'source_lost', message: 'The app was closed before the file was read. Choose it again.' };
        const lost = { state: 'failed', done: 0, total: upload.size, error, isLost: true } as const;
        this.#set({ id, name, group, direction: 'up', ...lost });
        continue;
      }
      const state = upload.paused ? 'paused' : 'waiting';
      this.#set({ id, name, group, direction: 'up', state, done: 0, total: upload.ciphertext_size });
      if (!upload.paused) this.#begin(upload.id);
    }
    await this.#trim();
  }

  stop(): void {
    this.#stopped = true;
    for (const controller of this.#running.values()) controller.abort(new Stopped());
    this.#running.clear();
    this.#pauseSoon.clear();
    for (const cipher of this.#ciphers.values()) cipher.free();
    this.#ciphers.clear();
    for (const { controller } of this.#downloads.values())
      controller.abort(new Refused('locked', 'The app was locked.'));
    this.#all.clear();
    this.#moved();
    clearTimeout(this.#later);
  }

  async erase(): Promise<void> {
    this.stop();
    await removeAllFiles();
  }

  /** The network is back. */
  hurry(): void {
    for (const [id, transfer] of this.#all) {
      if (transfer.direction === 'up' && transfer.state === 'failed' && transfer.error?.code === 'unreachable') {
        this.resume(id);
      }
    }
  }

  #uploads(): UploadState[] {
    return JSON.parse(this.#lent.guard((client) => client.uploads())) as UploadState[];
  }

  // ---- uploads

  async send(group: string, outgoing: OutgoingFile, caption: string, replyTo: string | undefined): Promise<string> {
    const thumbnail = outgoing.thumbnail && {
      media_type: outgoing.thumbnail.type,
      bytes: base64(new Uint8Array(await outgoing.thumbnail.arrayBuffer())),
    };
    const request = {
      group,
      name: outgoing.name,
      media_type: outgoing.mediaType,
      size: outgoing.file.size,
      caption,
      reply_to: replyTo ?? null,
      thumbnail: thumbnail ?? null,
      width: outgoing.width ?? null,
      height: outgoing.height ?? null,
      duration_ms: outgoing.durationMs === undefined ? null : Math.round(outgoing.durationMs),
      waveform: outgoing.waveform ?? null,
    };
    const upload = this.#lent.guard((client) => client.beginUpload(JSON.stringify(request)));
    const id = upload.id;
    const { name, file } = outgoing;
    this.#set({ id, name, group, direction: 'up', state: 'waiting', done: 0, total: file.size });
    void this.#stage(upload, file);
    return id;
  }

  /** Encrypts the whole into a file, a chunk at a time. */
  async #stage(upload: Wasm.Upload, source: Blob): Promise<void> {
    const id = upload.id;
    const controller = new AbortController();
    this.#running.set(id, controller);
    let writer: Writer | undefined;
    try {
      writer = await Writer.open(uploadName(id));
      writer.truncate(0);
      for (let chunk = 0; chunk < upload.chunks; chunk += 1) {
        controller.signal.throwIfAborted();
        const [start, end] = [upload.plainStart(chunk), upload.plainStart(chunk + 1)];
        const plain = new Uint8Array(await source.slice(start, end).arrayBuffer());
        writer.write(this.#lent.guard(() => upload.encryptNext(plain)));
      }
      writer.close();
      writer = undefined;
      this.#lent.guard((client) => client.uploadStaged(upload));
      this.#running.delete(id);
      if (this.#pauseSoon.delete(id)) this.pause(id);
      else this.#begin(id);
    } catch (error) {
      writer?.close();
      this.#running.delete(id);
      await removeFile(uploadName(id));
      if (this.#stopped || error instanceof Stopped || isCrash(error)) return;
      this.#lent.guard((client) => client.forgetUpload(id));
      if (this.#all.has(id)) this.#fail(id, this.#readable(error), true);
    } finally {
      upload.free();
    }
  }

  /** Why a file could not be read or written, for people. */
  #readable(error: unknown): UserError {
    if (isFull(error)) {
      return {
        code: 'storage_full',
        message: 'There is not enough room in this browser to send this file. Make room, then try again.',
      };
    }
    if (error instanceof DOMException) {
      return { code: 'source_changed', message: 'The file was changed or removed while it was read. Choose it again.' };
    }
    return userError(error);
  }

  #begin(id: string): void {
    if (this.#running.has(id) || this.#stopped) return;
    const controller = new AbortController();
    this.#running.set(id, controller);
    void this.#upload(id, controller.signal).finally(() => {
      if (this.#running.get(id) === controller) this.#running.delete(id);
    });
  }

  /** Sends a staged upload's parts, again and again until all are there. */
  async #upload(id: string, signal: AbortSignal): Promise<void> {
    let failures = 0;
    const over = () => signal.aborted || this.#stopped;
    while (!over() && !this.#isTurn(id)) await this.#nextMove(signal);
    while (!over()) {
      const before = this.#all.get(id)?.done ?? 0;
      try {
        await this.#uploadOnce(id, signal);
        return;
      } catch (error) {
        if (over() || isCrash(error)) return;
        if ((this.#all.get(id)?.done ?? 0) > before) failures = 0;
        failures += 1;
        const verdict = this.#verdict(error, failures);
        if (verdict.error) {
          this.#fail(id, verdict.error, !this.#uploads().some((upload) => upload.id === id));
          return;
        }
        this.#patch(id, { state: 'waiting' });
        await pause(verdict.waitMillis, signal);
      }
    }
  }

  /** Files of one conversation go out one after the other, so that they arrive in the order in which they were chosen. */
  #isTurn(id: string): boolean {
    const group = this.#all.get(id)?.group;
    for (const [other, { state, ...transfer }] of this.#all) {
      if (other === id) return true;
      if (transfer.direction === 'up' && transfer.group === group && (state === 'waiting' || state === 'running'))
        return false;
    }
    return true;
  }

  #nextMove(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#turns.add(resolve);
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  #moved(): void {
    const waiting = [...this.#turns];
    this.#turns.clear();
    for (const resolve of waiting) resolve();
  }

  /** Whether to try again after an error, and when. */
  #verdict(error: unknown, failures: number): { error: UserError } | { error?: undefined; waitMillis: number } {
    if (error instanceof FileRefused) {
      if (!error.passes && !error.isGone && error.code !== 'offset_mismatch') {
        return { error: { code: error.code, message: error.message } };
      }
    } else if (isUserError(error) && !(error instanceof Error && !(error instanceof Refused))) {
      return { error: userError(error) };
    }
    if (failures >= TRANSFER_ATTEMPTS) {
      const why = error instanceof SignInRefused || error instanceof FileRefused ? error.message : unreachable(error);
      const message = `The relay can’t be reached (${why}). What was transferred is kept; it goes on from there.`;
      return { error: { code: 'unreachable', message } };
    }
    const asked = error instanceof FileRefused ? error.retryAfterSeconds : undefined;
    return { waitMillis: asked === undefined ? retryWait(failures, Math.random()) : asked * 1000 };
  }

  async #uploadOnce(id: string, signal: AbortSignal): Promise<void> {
    const upload = this.#uploads().find((each) => each.id === id);
    if (!upload) throw new Refused('no_such_upload', 'There is no such upload; it was sent or given up.');
    const staged = await readFile(uploadName(id));
    if (staged?.size !== upload.ciphertext_size) {
      this.#lent.guard((client) => client.forgetUpload(id));
      throw new Refused('source_lost', 'The file is no longer in this browser. Choose it again.');
    }
    let file = upload.file;
    let offset = 0;
    if (file) {
      try {
        offset = await this.#offset(file, signal);
      } catch (error) {
        if (!(error instanceof FileRefused && error.isGone)) throw error;
        file = null;
      }
    }
    if (!file) {
      const created = await this.#create(upload.ciphertext_size, signal);
      this.#lent.guard((client) => client.uploadCreated(id, created.file, created.expires_at));
      file = created.file;
    }
    this.#patch(id, { state: 'running', done: offset });
    let bytes: number = UPLOAD_PART_BYTES.first;
    while (offset < upload.ciphertext_size) {
      const end = Math.min(offset + bytes, upload.ciphertext_size);
      const started = performance.now();
      const next = await this.#append(file, offset, staged.slice(offset, end), signal);
      if (next <= offset || next > end) throw new Error('the relay took something else than it was sent');
      offset = next;
      bytes = nextPartBytes(bytes, performance.now() - started);
      this.#patch(id, { done: offset });
    }
    const effects = this.#lent.guard((client) => client.finishUpload(id) as unknown[]);
    await renameFile(uploadName(id), file).catch(() => removeFile(uploadName(id)));
    this.#patch(id, { state: 'done' });
    this.#lent.perform(effects);
    // Everybody has seen it at the end; the message says the rest.
    this.#all.delete(id);
    this.#moved();
    this.#announce(true);
  }

  async #create(size: number, signal: AbortSignal): Promise<{ file: string; expires_at: number }> {
    const init = { method: 'POST', headers: { 'upload-length': String(size) }, signal };
    const response = await this.#lent.network.request('/v1/files', init, PART_MILLIS);
    if (!response.ok) throw await refusal(response);
    return (await response.json()) as { file: string; expires_at: number };
  }

  async #offset(file: string, signal: AbortSignal): Promise<number> {
    const response = await this.#lent.network.request(`/v1/files/${file}`, { method: 'HEAD', signal }, PART_MILLIS);
    if (!response.ok) throw await refusal(response);
    return uploadOffset(response);
  }

  async #append(file: string, offset: number, part: Blob, signal: AbortSignal): Promise<number> {
    const init = {
      method: 'PATCH',
      headers: { 'content-type': 'application/offset+octet-stream', 'upload-offset': String(offset) },
      body: part,
      signal,
    };
    const response = await this.#lent.network.request(`/v1/files/${file}`, init, PART_MILLIS);
    if (!response.ok) throw await refusal(response);
    return uploadOffset(response);
  }

  pause(id: string): void {
    const transfer = this.#all.get(id);
    if (transfer?.direction !== 'up' || transfer.state === 'done') return;
    const upload = this.#uploads().find((each) => each.id === id);
    if (!upload) return;
    if (!upload.staged) {
      // The file is still being read: it stops after that.
      this.#pauseSoon.add(id);
      this.#patch(id, { state: 'paused' });
      return;
    }
    this.#lent.guard((client) => client.pauseUpload(id, true));
    this.#running.get(id)?.abort(new Stopped());
    this.#running.delete(id);
    this.#patch(id, { state: 'paused' });
  }

  resume(id: string): void {
    const upload = this.#uploads().find((each) => each.id === id);
    if (!upload) return;
    const { name, group, ciphertext_size: total } = upload;
    const done = this.#all.get(id)?.done ?? 0;
    this.#set({ id, name, group, direction: 'up', state: 'waiting', done, total });
    if (this.#pauseSoon.delete(id) || !upload.staged) return;
    this.#lent.guard((client) => client.pauseUpload(id, false));
    this.#begin(id);
  }

  async cancel(id: string): Promise<void> {
    this.#running.get(id)?.abort(new Stopped());
    this.#running.delete(id);
    this.#pauseSoon.delete(id);
    this.#all.delete(id);
    this.#moved();
    this.#announce(true);
    const file = this.#lent.guard((client) => client.forgetUpload(id));
    await removeFile(uploadName(id));
    // Otherwise it stays at the relay until its time is over.
    if (file) {
      await this.#lent.network.request(`/v1/files/${file}`, { method: 'DELETE' }, PART_MILLIS).catch(() => undefined);
    }
  }

  // ---- downloads

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
          const bytes = await this.#fetch(file, have, end, signal, (more) => progress(have + more, size));
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
          const verdict = this.#verdict(error, failures);
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
    await this.#trim(file);
    return kept;
  }

  /** Ciphertext from `start` to `end` (exclusive); `progress` hears how much of it is here. */
  async #fetch(
    file: string,
    start: number,
    end: number,
    signal?: AbortSignal,
    progress?: (done: number) => void,
  ): Promise<Uint8Array> {
    const init = { headers: { range: `bytes=${start}-${end - 1}` }, ...(signal && { signal }) };
    const response = await this.#lent.network.request(`/v1/files/${file}`, init, PART_MILLIS);
    if (!response.ok || !response.body) throw await refusal(response);
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
        : await this.#fetch(file, from, to);
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

  /** Bytes of files that are kept here. */
  async cachedBytes(): Promise<number> {
    return (await listFiles()).reduce((sum, { size }) => sum + size, 0);
  }

  /** Removes the oldest when too much is kept; never what waits to be sent. */
  async #trim(except?: string): Promise<void> {
    const known = new Set(this.#uploads().map((upload) => uploadName(upload.id)));
    const files = await listFiles();
    for (const { name } of files) {
      if (name.startsWith(uploadName('')) && !known.has(name) && !this.#running.has(name.slice(3)))
        await removeFile(name);
    }
    const kept = files.filter(({ name }) => !name.startsWith(uploadName(''))).sort((a, b) => a.modified - b.modified);
    let total = kept.reduce((sum, { size }) => sum + size, 0);
    for (const { name, size } of kept) {
      if (total <= FILE_CACHE_BYTES) break;
      if (name === except || this.#downloads.has(name)) continue;
      await removeFile(name);
      total -= size;
    }
  }

  // ---- what is shown

  #set(transfer: Transfer): void {
    this.#all.set(transfer.id, transfer);
    this.#announce(true);
  }

  #patch(id: string, change: Partial<Transfer>): void {
    const transfer = this.#all.get(id);
    if (!transfer) return;
    this.#all.set(id, { ...transfer, ...change });
    if (change.state !== undefined) this.#moved();
    this.#announce(change.state !== undefined);
  }

  #fail(id: string, error: UserError, isLost: boolean): void {
    this.#patch(id, { state: 'failed', error, ...(isLost ? { isLost } : {}) });
  }

  #announce(now: boolean): void {
    clearTimeout(this.#later);
    const wait = now ? 0 : this.#announced + PROGRESS_MILLIS - Date.now();
    if (wait <= 0) {
      this.#announced = Date.now();
      this.#lent.changed();
    } else {
      this.#later = setTimeout(() => this.#announce(true), wait);
    }
  }
}

function uploadOffset(response: Response): number {
  const offset = Number(response.headers.get('upload-offset') ?? Number.NaN);
  if (!Number.isSafeInteger(offset)) throw new Error('the relay doesn’t tell the upload’s offset');
  return offset;
}

function base64(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** What a promise gives, or the signal's reason as soon as it is aborted. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    promise.then(resolve, reject);
  });
}

function pause(millis: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, millis);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
