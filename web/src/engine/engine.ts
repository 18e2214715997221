/**
 * The seam between the engine (worker, WebAssembly, network, storage) and everything above it.
 *
 * **Invariant:** nothing above this file imports anything else of `engine/`.
 */
import type { Answers, Command, CommandResult, Event, Query, UserError } from '../api';

export type Connection = 'offline' | 'connecting' | 'catching-up' | 'online';

export type Status =
  /** Worker or WebAssembly loading. */
  | { phase: 'starting' }
  /** No store in this browser: join or link. */
  | { phase: 'new' }
  | { phase: 'locked'; methods: ('passkey' | 'pin')[]; attemptsLeft?: number; notBefore?: number }
  /** Store open; the account may still be absent while joining: query {type:'account'}. */
  | { phase: 'ready'; connection: Connection }
  | { phase: 'revoked' }
  | {
      phase: 'failed';
      error: {
        code: 'storage_full' | 'storage_damaged' | 'storage_denied' | 'unsupported' | 'crashed';
        message: string;
      };
    };

export interface Transfer {
  readonly id: string;
  readonly direction: 'up' | 'down';
  readonly state: 'waiting' | 'running' | 'paused' | 'failed' | 'done';
  readonly done: number;
  readonly total: number;
  readonly error?: UserError;
  /** Failed, and nothing is kept to try again with: the file has to be chosen again. */
  readonly isLost?: boolean;
  /** What the file is called, and the conversation it goes to or comes from. */
  readonly name?: string;
  readonly group?: string;
}

export interface OutgoingFile {
  file: Blob;
  name: string;
  mediaType: string;
  thumbnail?: Blob;
  width?: number;
  height?: number;
  durationMs?: number;
  waveform?: number[];
}

export type Lock = { passkey: true } | { pin: string };

export interface Engine {
  status(): Status;
  /** Compatible with useSyncExternalStore. */
  onStatus(listener: () => void): () => void;
  onEvent(listener: (event: Event) => void): () => void;
  /** Rejects with {@link EngineError}. */
  command(command: Command): Promise<CommandResult>;
  ask<Q extends Query>(query: Q): Promise<Answers[Q['type']]>;

  // App lock: the store's random key is wrapped by a passkey (WebAuthn PRF) or by a PIN (Argon2id); a lease keeps it usable
  // between starts (lease.ts).
  /** Makes the store on this browser. */
  create(lock: Lock): Promise<void>;
  unlock(lock: Lock): Promise<void>;
  /** Before approving a device link, showing keys and the like. */
  confirmPresence(lock: Lock): Promise<void>;
  /** What opens the store: what `confirmPresence` can ask for. */
  lockMethods(): Promise<readonly ('passkey' | 'pin')[]>;
  /** Replaces what opens the store; `current` is checked first. */
  changeLock(current: Lock, next: Lock): Promise<void>;
  /** How long the store stays usable between starts without asking; 0: asks at each start. */
  setLease(hours: number): Promise<void>;
  leaseHours(): Promise<number>;
  lock(): Promise<void>;
  /** Forgets everything on this browser. */
  erase(): Promise<void>;

  // Files: encrypted in the worker, resumable, pause and resume; the message is queued once the upload is complete.
  /** Resolves with the transfer's id. */
  sendFile(group: string, file: OutgoingFile, caption: string, replyTo?: string): Promise<string>;
  transfers(): readonly Transfer[];
  onTransfers(listener: () => void): () => void;
  pauseTransfer(id: string): void;
  resumeTransfer(id: string): void;
  cancelTransfer(id: string): void;
  /**
   * Decrypted; cached in encrypted form. Once `signal` is aborted it rejects with the code `cancelled`, and nothing more is fetched unless somebody
   * else wants the same file; what is here already stays for the next time.
   */
  openFile(message: string, onProgress?: (done: number, total: number) => void, signal?: AbortSignal): Promise<Blob>;
  thumbnail(message: string): Promise<Blob | undefined>;
  /** Same-origin URL that the service worker streams, decrypting; supports Range (video). */
  mediaUrl(message: string): string;
  storage(): Promise<{ usedBytes: number; quotaBytes: number; persisted: boolean }>;
  persist(): Promise<boolean>;
}

/** What {@link Engine} rejects with: a stable code and a sentence for people, in English. */
export class EngineError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.name = 'EngineError';
    this.code = code;
  }
}
