import type { MessageView } from '../../../api';
import { EngineError, type Engine } from '../../../engine/engine';
import { familyOfShape, shapeOf, type FileBody } from '../../../models/thread/shape';
import { familyOf, passesAs, sniff, sniffBlob, type InlineType } from './sniff';

/** A file as something to show: an address of decrypted bytes under the type that the bytes have. */
export interface Shown {
  readonly url: string;
  readonly type: InlineType;
}

/** The bytes aren't what the sender said, or nothing that the app shows. */
export class NotShown extends Error {
  constructor() {
    super('The bytes are not of a type that is shown.');
    this.name = 'NotShown';
  }
}

/** Decrypted files kept as addresses after nobody shows them any more; more would be memory for nothing. */
const IDLE_MAX = 24;
const IDLE_THUMBNAILS_MAX = 200;

interface Entry {
  readonly value: Promise<Shown | undefined>;
  uses: number;
}

/**
 * Addresses of decrypted media, shared by all that show the same message; the least recently used go first.
 *
 * **Invariant:** a blob address carries the type by magic bytes and never the sender's.
 */
class Addresses {
  readonly #entries = new Map<string, Entry>();
  readonly #idleMax: number;

  constructor(idleMax: number) {
    this.#idleMax = idleMax;
  }

  /** Call `release` with the same id when it is no longer shown. */
  acquire(id: string, load: () => Promise<Blob | undefined>): Promise<Shown | undefined> {
    let entry = this.#entries.get(id);
    if (entry) this.#entries.delete(id);
    else entry = { value: load().then(address), uses: 0 };
    this.#entries.set(id, entry);
    entry.uses += 1;
    // What failed is asked for again the next time.
    entry.value.catch(() => this.#entries.delete(id));
    return entry.value;
  }

  release(id: string): void {
    const entry = this.#entries.get(id);
    if (entry) entry.uses -= 1;
    let idle = [...this.#entries.values()].filter((other) => other.uses <= 0).length;
    for (const [old, other] of this.#entries) {
      if (idle <= this.#idleMax) return;
      if (other.uses > 0) continue;
      idle -= 1;
      this.#drop(old);
    }
  }

  /** Forgets at once: the message is gone. */
  forget(id: string): void {
    this.#drop(id);
  }

  clear(): void {
    for (const id of [...this.#entries.keys()]) this.#drop(id);
  }

  #drop(id: string): void {
    const entry = this.#entries.get(id);
    this.#entries.delete(id);
    void entry?.value.then(
      (shown) => {
        if (shown) URL.revokeObjectURL(shown.url);
      },
      () => undefined,
    );
  }
}

async function address(blob: Blob | undefined): Promise<Shown | undefined> {
  if (!blob) return undefined;
  const type = await sniffBlob(blob);
  if (type === undefined) throw new NotShown();
  return { url: URL.createObjectURL(new Blob([blob], { type })), type };
}

/** Progress of a file that comes in, 0 to 1, or nothing while unknown. */
export type OnProgress = (value: number | undefined) => void;

/** What the bubbles, the viewer and the player show, of one engine. */
export class MediaStore {
  readonly #files = new Addresses(IDLE_MAX);
  readonly #thumbnails = new Addresses(IDLE_THUMBNAILS_MAX);
  readonly #progress = new Map<string, Set<OnProgress>>();
  readonly #loading = new Map<string, AbortController>();
  /** What a person doesn't want to have now: it isn't fetched by itself again. */
  readonly #cancelled = new Set<string>();
  readonly #stop: () => void;

  constructor(readonly engine: Engine) {
    this.#stop = engine.onEvent((event) => {
      const gone =
        event.type === 'message_gone'
          ? event.message
          : event.type === 'message' && event.message.body.type === 'deleted'
            ? event.message.id
            : undefined;
      if (gone === undefined) return;
      this.#files.forget(gone);
      this.#thumbnails.forget(gone);
    });
  }

  close(): void {
    this.#stop();
    this.#files.clear();
    this.#thumbnails.clear();
  }

  /** A small picture, if there is one and it is one. */
  async thumbnail(message: string): Promise<Shown | undefined> {
    const shown = await this.#thumbnails.acquire(message, () => this.engine.thumbnail(message));
    return shown && familyOf(shown.type) === 'image' ? shown : undefined;
  }

  releaseThumbnail(message: string): void {
    this.#thumbnails.release(message);
  }

  /** The file itself, as what it is shown as; rejects with {@link NotShown} when it isn't that. */
  async open(message: MessageView & { body: FileBody }, onProgress?: OnProgress): Promise<Shown> {
    const { id, body } = message;
    const shape = shapeOf(body);
    const wanted = familyOfShape(shape);
    if (wanted === undefined) throw new NotShown();
    this.#cancelled.delete(id);
    if (onProgress) this.#listen(id, onProgress);
    try {
      const shown = await this.#files.acquire(id, () => this.#load(id));
      if (!shown || !passesAs(shown.type, wanted)) throw new NotShown();
      return shown;
    } finally {
      if (onProgress) this.#progress.get(id)?.delete(onProgress);
    }
  }

  release(message: string): void {
    this.#files.release(message);
  }

  /** Whoever waits for the file hears that it was cancelled. */
  cancel(message: string): void {
    this.#cancelled.add(message);
    this.#loading.get(message)?.abort();
  }

  isCancelled(message: string): boolean {
    return this.#cancelled.has(message);
  }

  async #load(id: string): Promise<Blob> {
    const controller = new AbortController();
    this.#loading.set(id, controller);
    try {
      return await this.engine.openFile(
        id,
        (done, total) => {
          for (const listener of this.#progress.get(id) ?? []) listener(total > 0 ? done / total : undefined);
        },
        controller.signal,
      );
    } finally {
      this.#loading.delete(id);
    }
  }

  #listen(id: string, listener: OnProgress): void {
    const set = this.#progress.get(id) ?? new Set();
    set.add(listener);
    this.#progress.set(id, set);
  }

  /**
   * The address that a video is streamed from, after its first bytes were looked at. Rejects with {@link NotShown}.
   */
  async stream(message: MessageView & { body: FileBody }): Promise<string> {
    const url = this.engine.mediaUrl(message.id);
    const answer = await fetch(url, { headers: { range: 'bytes=0-511' } });
    if (!answer.ok || !answer.body) throw new EngineError('unavailable', 'The video is not available.');
    const reader = answer.body.getReader();
    const { value } = await reader.read();
    void reader.cancel();
    const type = sniff(value ?? new Uint8Array());
    if (!passesAs(type, 'video')) throw new NotShown();
    return url;
  }
}
