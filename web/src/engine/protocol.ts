/**
 * Who talks to whom, all of it.
 *
 * ```text
 *   page  --ToWorker-->  its worker  --Channel: request-->  the worker that owns the store  <--request--  service worker
 *         <--ToPage---               <--Channel: response--
 * ```
 *
 * **Invariant:** exactly one worker of this browser owns the store: the one that holds the Web Lock. The others pass requests on; when the owner
 * dies they give what was not answered to the next one, marked as given before, so that nothing is carried out twice.
 */
import type { Command, CommandResult, Event, Query, UserError } from '../api';
import type { OutgoingFile, Status, Transfer } from './engine';

/** What opens the store: a PIN, or what a passkey gave on the page. */
export type Unlocking =
  { type: 'pin'; pin: string } | { type: 'passkey'; secret: Uint8Array; credentialId?: Uint8Array; salt?: Uint8Array };

/** What a page, or the service worker, asks of the owner of the store. */
export type Request =
  | { type: 'command'; command: Command; key: string }
  | { type: 'ask'; query: Query }
  | { type: 'create'; unlocking: Unlocking }
  | { type: 'unlock'; unlocking: Unlocking }
  | { type: 'confirm'; unlocking: Unlocking }
  | { type: 'passkey' }
  | { type: 'methods' }
  | { type: 'change_lock'; current: Unlocking; next: Unlocking }
  | { type: 'lease' }
  | { type: 'set_lease'; hours: number }
  | { type: 'lock' }
  | { type: 'erase' }
  | { type: 'send_file'; group: string; file: OutgoingFile; caption: string; replyTo?: string }
  | { type: 'pause'; transfer: string }
  | { type: 'resume'; transfer: string }
  | { type: 'cancel'; transfer: string }
  /** `opening` names this wish, for `stop_opening`. */
  | { type: 'open_file'; message: string; opening: string }
  | { type: 'stop_opening'; opening: string }
  | { type: 'media'; message: string; start: number; end?: number }
  | { type: 'storage' }
  | { type: 'hurry' }
  /** Whether the browser says that there is a network. */
  | { type: 'network'; online: boolean };

/** A part of a file's plaintext, for the service worker: `end` is exclusive. */
export interface MediaPart {
  bytes: Uint8Array;
  start: number;
  end: number;
  size: number;
  mediaType: string;
  name: string;
}

/** The answer to each request. */
export interface Results {
  command: CommandResult;
  ask: unknown;
  create: null;
  unlock: null;
  confirm: null;
  passkey: { credentialId: Uint8Array; salt: Uint8Array } | null;
  methods: readonly ('passkey' | 'pin')[];
  change_lock: null;
  lease: number;
  set_lease: null;
  lock: null;
  erase: null;
  send_file: string;
  pause: null;
  resume: null;
  cancel: null;
  open_file: Blob;
  stop_opening: null;
  media: MediaPart;
  storage: { filesBytes: number };
  hurry: null;
  network: null;
}

export type Outcome = { ok: true; value: Results[keyof Results] } | { ok: false; error: UserError };

/** An open store's name and key. */
export interface HeldKey {
  store: string;
  key: Uint8Array;
}

/** What everybody sees. */
export interface State {
  status: Status;
  transfers: readonly Transfer[];
}

/** From a page to its worker. */
export type ToWorker = { type: 'request'; id: number; request: Request };

/** From a worker to its page. */
export type ToPage =
  | { type: 'outcome'; id: number; outcome: Outcome }
  | { type: 'progress'; id: number; done: number; total: number }
  | { type: 'state'; state: State }
  | { type: 'events'; events: Event[] }
  /** This worker crashed and somebody wants to go on: make another one. */
  | { type: 'respawn' };

/** Between workers, and from the service worker. Nobody hears itself. */
export type Channel =
  /** A worker is new: the owner answers with `state`. */
  | { type: 'hello'; from: string }
  | { type: 'state'; owner: string; state: State }
  /** For the next owner, should this one end. It goes from memory to memory, between tabs of this origin that are open; nothing is no more. */
  | { type: 'key'; held: HeldKey | undefined }
  | { type: 'request'; from: string; id: number; again: boolean; request: Request }
  | { type: 'outcome'; to: string; id: number; outcome: Outcome }
  | { type: 'progress'; to: string; id: number; done: number; total: number }
  | { type: 'events'; events: Event[] };

/** Name of the BroadcastChannel. */
export const CHANNEL = 'chancery-engine';
/** Name of the Web Lock that the owner of the store holds. */
export const OWNER_LOCK = 'chancery-store-owner';
/** Path of the URLs that the service worker streams: `/media/<message id>`. */
export const MEDIA_PATH = '/media/';
