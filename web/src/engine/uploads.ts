/**
 * An upload is encrypted chunk by chunk into a file on OPFS first; then parts of that file go to the relay, and when all of it is there, the
 * message is queued and the record of the upload removed in one transaction. So it goes on after the tab was closed, and memory stays bounded.
 */
import type { UserError } from '../api';
import type { OutgoingFile, Transfer } from './engine';
import { Refused, isCrash, userError } from './errors';
import { type FileRequests, FileRefused, pause, verdictOn } from './file-requests';
import { Writer, isFull, listFiles, readFile, removeFile, renameFile, stagedName, uploadOf } from './files';
import { UPLOAD_PART_BYTES } from './limits';
import { nextPartBytes } from './part-size';
import type { Lent } from './transfers';
import { UploadList } from './upload-list';
import type * as Wasm from './wasm/chancery.js';

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

class Stopped extends Error {}

export class Uploads {
  readonly #requests: FileRequests;
  readonly #lent: Lent;
  readonly #list: UploadList;
  /** Uploads that were paused before their file was read to the end. */
  readonly #pauseSoon = new Set<string>();
  readonly #running = new Map<string, AbortController>();
  #stopped = true;

  constructor(requests: FileRequests, lent: Lent) {
    this.#requests = requests;
    this.#lent = lent;
    this.#list = new UploadList(() => lent.changed());
  }

  list(): readonly Transfer[] {
    return this.#list.all();
  }

  /** The store is open: what was cut off goes on. */
  async start(): Promise<void> {
    this.#stopped = false;
    for (const upload of this.#records()) {
      const { id, name, group } = upload;
      if (!upload.staged) {
        // Its source was with a tab that is gone.
        this.#lent.guard((client) => client.forgetUpload(id));
        await removeFile(stagedName(id));
        const error = { code: 'source_lost', message: 'The app was closed before the file was read. Choose it again.' };
        const lost = { state: 'failed', done: 0, total: upload.size, error, isLost: true } as const;
        this.#list.set({ id, name, group, direction: 'up', ...lost });
        continue;
      }
      const state = upload.paused ? 'paused' : 'waiting';
      this.#list.set({ id, name, group, direction: 'up', state, done: 0, total: upload.ciphertext_size });
      if (!upload.paused) this.#begin(upload.id);
    }
  }

  stop(): void {
    this.#stopped = true;
    for (const controller of this.#running.values()) controller.abort(new Stopped());
    this.#running.clear();
    this.#pauseSoon.clear();
    this.#list.clear();
  }

  /** The network is back. */
  hurry(): void {
    for (const transfer of this.#list.all()) {
      if (transfer.direction === 'up' && transfer.state === 'failed' && transfer.error?.code === 'unreachable') {
        this.resume(transfer.id);
      }
    }
  }

  #records(): UploadState[] {
    return JSON.parse(this.#lent.guard((client) => client.uploads())) as UploadState[];
  }

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
    this.#list.set({ id, name, group, direction: 'up', state: 'waiting', done: 0, total: file.size });
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
      writer = await Writer.open(stagedName(id));
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
      await removeFile(stagedName(id));
      if (this.#stopped || error instanceof Stopped || isCrash(error)) return;
      this.#lent.guard((client) => client.forgetUpload(id));
      if (this.#list.get(id)) this.#list.fail(id, this.#readable(error), true);
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
    while (!over() && !this.#list.isTurn(id)) await this.#list.nextMove(signal);
    while (!over()) {
      const before = this.#list.get(id)?.done ?? 0;
      try {
        await this.#uploadOnce(id, signal);
        return;
      } catch (error) {
        if (over() || isCrash(error)) return;
        if ((this.#list.get(id)?.done ?? 0) > before) failures = 0;
        failures += 1;
        const verdict = verdictOn(error, failures);
        if (verdict.error) {
          this.#list.fail(id, verdict.error, !this.#records().some((upload) => upload.id === id));
          return;
        }
        this.#list.patch(id, { state: 'waiting' });
        await pause(verdict.waitMillis, signal);
      }
    }
  }

  async #uploadOnce(id: string, signal: AbortSignal): Promise<void> {
    const upload = this.#records().find((each) => each.id === id);
    if (!upload) throw new Refused('no_such_upload', 'There is no such upload; it was sent or given up.');
    const staged = await readFile(stagedName(id));
    if (staged?.size !== upload.ciphertext_size) {
      this.#lent.guard((client) => client.forgetUpload(id));
      throw new Refused('source_lost', 'The file is no longer in this browser. Choose it again.');
    }
    let file = upload.file;
    let offset = 0;
    if (file) {
      try {
        offset = await this.#requests.offset(file, signal);
      } catch (error) {
        if (!(error instanceof FileRefused && error.isGone)) throw error;
        file = null;
      }
    }
    if (!file) {
      const created = await this.#requests.create(upload.ciphertext_size, signal);
      this.#lent.guard((client) => client.uploadCreated(id, created.file, created.expires_at));
      file = created.file;
    }
    this.#list.patch(id, { state: 'running', done: offset });
    let bytes: number = UPLOAD_PART_BYTES.first;
    while (offset < upload.ciphertext_size) {
      const end = Math.min(offset + bytes, upload.ciphertext_size);
      const started = performance.now();
      const next = await this.#requests.append(file, offset, staged.slice(offset, end), signal);
      if (next <= offset || next > end) throw new Error('the relay took something else than it was sent');
      offset = next;
      bytes = nextPartBytes(bytes, performance.now() - started);
      this.#list.patch(id, { done: offset });
    }
    const effects = this.#lent.guard((client) => client.finishUpload(id) as unknown[]);
    await renameFile(stagedName(id), file).catch(() => removeFile(stagedName(id)));
    this.#list.patch(id, { state: 'done' });
    this.#lent.perform(effects);
    // Everybody has seen it at the end; the message says the rest.
    this.#list.remove(id);
  }

  pause(id: string): void {
    const transfer = this.#list.get(id);
    if (transfer?.direction !== 'up' || transfer.state === 'done') return;
    const upload = this.#records().find((each) => each.id === id);
    if (!upload) return;
    if (!upload.staged) {
      // The file is still being read: it stops after that.
      this.#pauseSoon.add(id);
      this.#list.patch(id, { state: 'paused' });
      return;
    }
    this.#lent.guard((client) => client.pauseUpload(id, true));
    this.#running.get(id)?.abort(new Stopped());
    this.#running.delete(id);
    this.#list.patch(id, { state: 'paused' });
  }

  resume(id: string): void {
    const upload = this.#records().find((each) => each.id === id);
    if (!upload) return;
    const { name, group, ciphertext_size: total } = upload;
    const done = this.#list.get(id)?.done ?? 0;
    this.#list.set({ id, name, group, direction: 'up', state: 'waiting', done, total });
    if (this.#pauseSoon.delete(id) || !upload.staged) return;
    this.#lent.guard((client) => client.pauseUpload(id, false));
    this.#begin(id);
  }

  async cancel(id: string): Promise<void> {
    this.#running.get(id)?.abort(new Stopped());
    this.#running.delete(id);
    this.#pauseSoon.delete(id);
    this.#list.remove(id);
    const file = this.#lent.guard((client) => client.forgetUpload(id));
    await removeFile(stagedName(id));
    // Otherwise it stays at the relay until its time is over.
    if (file) await this.#requests.remove(file).catch(() => undefined);
  }

  /** Removes what a cut off upload left. */
  async removeStray(): Promise<void> {
    const known = new Set(this.#records().map((upload) => upload.id));
    for (const { name } of await listFiles()) {
      const id = uploadOf(name);
      if (id !== undefined && !known.has(id) && !this.#running.has(id)) await removeFile(name);
    }
  }
}

function base64(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
