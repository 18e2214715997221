/** The engine as a page sees it: everything is asked of the tab's worker. */
import type { Answers, Command, CommandResult, Event, Query } from '../api';
import { type Engine, EngineError, type Lock, type OutgoingFile, type Status, type Transfer } from './engine';
import { createPasskey, usePasskey } from './passkey';
import { MEDIA_PATH, type Request, type Results, type ToPage, type ToWorker, type Unlocking } from './protocol';
import { scriptUrl } from './trusted';
import workerUrl from './worker?worker&url';

interface Waiting {
  request: Request;
  resolve(value: never): void;
  reject(error: unknown): void;
  progress?: ((done: number, total: number) => void) | undefined;
}

type SendFile = Extract<Request, { type: 'send_file' }>;

const randomKey = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');

class Page implements Engine {
  #worker: Worker;
  #status: Status = { phase: 'starting' };
  #transfers: readonly Transfer[] = [];
  #last = 0;
  readonly #waiting = new Map<number, Waiting>();
  /** Files that this page sends, by transfer: the tab that reads one may be closed before it has read it. */
  readonly #sending = new Map<string, SendFile>();
  readonly #statusListeners = new Set<() => void>();
  readonly #transferListeners = new Set<() => void>();
  readonly #eventListeners = new Set<(event: Event) => void>();

  constructor() {
    this.#worker = this.#spawn();
    // A tab that comes to the front wants to be connected now.
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') void this.#ask({ type: 'hurry' }).catch(() => undefined);
    });
    // Workers aren't told everywhere.
    const tell = () => void this.#ask({ type: 'network', online: navigator.onLine }).catch(() => undefined);
    addEventListener('online', tell);
    addEventListener('offline', tell);
    if (!navigator.onLine) tell();
  }

  #spawn(): Worker {
    const worker = new Worker(scriptUrl(workerUrl), { type: 'module', name: 'chancery' });
    worker.onmessage = ({ data }: MessageEvent<ToPage>) => this.#receive(data);
    worker.onerror = () => {
      if (this.#status.phase === 'starting') {
        const message = 'The app could not be started. Load the page again.';
        this.#setStatus({ phase: 'failed', error: { code: 'crashed', message } });
      }
    };
    return worker;
  }

  #receive(message: ToPage): void {
    switch (message.type) {
      case 'outcome': {
        const waiting = this.#waiting.get(message.id);
        this.#waiting.delete(message.id);
        const { outcome } = message;
        if (outcome.ok) waiting?.resolve(outcome.value as never);
        else waiting?.reject(new EngineError(outcome.error.code, outcome.error.message));
        break;
      }
      case 'progress':
        this.#waiting.get(message.id)?.progress?.(message.done, message.total);
        break;
      case 'state':
        if (JSON.stringify(message.state.transfers) !== JSON.stringify(this.#transfers)) {
          this.#transfers = message.state.transfers;
          this.#sendLostAgain();
          for (const listener of this.#transferListeners) listener();
        }
        this.#setStatus(message.state.status);
        break;
      case 'events':
        for (const event of message.events) for (const listener of this.#eventListeners) listener(event);
        break;
      case 'respawn':
        this.#worker.terminate();
        this.#worker = this.#spawn();
        break;
    }
  }

  #setStatus(status: Status): void {
    if (JSON.stringify(status) === JSON.stringify(this.#status)) return;
    this.#status = status;
    for (const listener of this.#statusListeners) listener();
  }

  #ask<R extends Request>(request: R, progress?: (done: number, total: number) => void): Promise<Results[R['type']]> {
    return new Promise((resolve, reject) => {
      this.#last += 1;
      this.#waiting.set(this.#last, { request, resolve, reject, progress });
      const message: ToWorker = { type: 'request', id: this.#last, request };
      this.#worker.postMessage(message);
    });
  }

  readonly status = (): Status => {
    return this.#status;
  };

  readonly onStatus = (listener: () => void): (() => void) => {
    this.#statusListeners.add(listener);
    return () => this.#statusListeners.delete(listener);
  };

  readonly onEvent = (listener: (event: Event) => void): (() => void) => {
    this.#eventListeners.add(listener);
    return () => this.#eventListeners.delete(listener);
  };

  command(command: Command): Promise<CommandResult> {
    return this.#ask({ type: 'command', command, key: randomKey() });
  }

  ask<Q extends Query>(query: Q): Promise<Answers[Q['type']]> {
    return this.#ask({ type: 'ask', query }) as Promise<Answers[Q['type']]>;
  }

  async create(lock: Lock): Promise<void> {
    const unlocking: Unlocking = 'pin' in lock ? { type: 'pin', pin: lock.pin } : await createPasskey();
    await this.#ask({ type: 'create', unlocking });
  }

  async #unlocking(lock: Lock): Promise<Unlocking> {
    if ('pin' in lock) return { type: 'pin', pin: lock.pin };
    const passkey = await this.#ask({ type: 'passkey' });
    if (!passkey) throw new EngineError('no_passkey', 'This store has no passkey; use the PIN.');
    return usePasskey(passkey.credentialId, passkey.salt);
  }

  async unlock(lock: Lock): Promise<void> {
    await this.#ask({ type: 'unlock', unlocking: await this.#unlocking(lock) });
  }

  async confirmPresence(lock: Lock): Promise<void> {
    await this.#ask({ type: 'confirm', unlocking: await this.#unlocking(lock) });
  }

  lockMethods(): Promise<readonly ('passkey' | 'pin')[]> {
    return this.#ask({ type: 'methods' });
  }

  async changeLock(current: Lock, next: Lock): Promise<void> {
    const checked = await this.#unlocking(current);
    const unlocking: Unlocking = 'pin' in next ? { type: 'pin', pin: next.pin } : await createPasskey();
    await this.#ask({ type: 'change_lock', current: checked, next: unlocking });
  }

  async setLease(hours: number): Promise<void> {
    await this.#ask({ type: 'set_lease', hours });
  }

  leaseHours(): Promise<number> {
    return this.#ask({ type: 'lease' });
  }

  async lock(): Promise<void> {
    await this.#ask({ type: 'lock' });
  }

  async erase(): Promise<void> {
    await this.#ask({ type: 'erase' });
  }

  sendFile(group: string, file: OutgoingFile, caption: string, replyTo?: string): Promise<string> {
    return this.#send({ type: 'send_file', group, file, caption, ...(replyTo === undefined ? {} : { replyTo }) });
  }

  async #send(request: SendFile): Promise<string> {
    const id = await this.#ask(request);
    this.#sending.set(id, request);
    this.#sendLostAgain();
    return id;
  }

  /** What was lost with another tab is still here. */
  #sendLostAgain(): void {
    for (const { id, state, error } of this.#transfers) {
      const request = this.#sending.get(id);
      const isLost = error?.code === 'source_lost';
      if (!request || !(isLost || state === 'done')) continue;
      this.#sending.delete(id);
      if (!isLost) continue;
      this.cancelTransfer(id);
      void this.#send(request).catch(() => undefined);
    }
  }

  readonly transfers = (): readonly Transfer[] => {
    return this.#transfers;
  };

  readonly onTransfers = (listener: () => void): (() => void) => {
    this.#transferListeners.add(listener);
    return () => this.#transferListeners.delete(listener);
  };

  pauseTransfer(id: string): void {
    void this.#ask({ type: 'pause', transfer: id }).catch(() => undefined);
  }

  resumeTransfer(id: string): void {
    void this.#ask({ type: 'resume', transfer: id }).catch(() => undefined);
  }

  cancelTransfer(id: string): void {
    void this.#ask({ type: 'cancel', transfer: id }).catch(() => undefined);
  }

  openFile(message: string, onProgress?: (done: number, total: number) => void, signal?: AbortSignal): Promise<Blob> {
    if (signal?.aborted) return Promise.reject(new EngineError('cancelled', 'The download was cancelled.'));
    const opening = randomKey();
    signal?.addEventListener('abort', () => void this.#ask({ type: 'stop_opening', opening }).catch(() => undefined), {
      once: true,
    });
    return this.#ask({ type: 'open_file', message, opening }, onProgress);
  }

  async thumbnail(message: string): Promise<Blob | undefined> {
    const found = await this.ask({ type: 'thumbnail', message });
    if (!found) return undefined;
    const text = found.bytes.replaceAll('-', '+').replaceAll('_', '/');
    const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
    return new Blob([bytes], { type: safeImage(found.media_type) });
  }

  mediaUrl(message: string): string {
    return `${MEDIA_PATH}${message}`;
  }

  async storage(): Promise<{ usedBytes: number; quotaBytes: number; persisted: boolean }> {
    const { usage, quota } = await navigator.storage.estimate();
    return { usedBytes: usage ?? 0, quotaBytes: quota ?? 0, persisted: await navigator.storage.persisted() };
  }

  persist(): Promise<boolean> {
    return navigator.storage.persist();
  }
}

/** A picture's type, if it is one that can't run anything. */
function safeImage(type: string): string {
  return ['image/jpeg', 'image/png', 'image/webp', 'image/gif', 'image/avif'].includes(type)
    ? type
    : 'application/octet-stream';
}

/** Starts the engine of this tab. */
export function startEngine(): Engine {
  return new Page();
}
