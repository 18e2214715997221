/**
 * What opens the store: its sealed key, in IndexedDB. Nothing here is plain: the key is sealed by PIN (Argon2id) or passkey (PRF).
 * What opens it without asking is in `lease.ts`.
 */
import { ATTEMPT_WAITS_SECONDS, FREE_ATTEMPTS } from './limits';

/** What opens the file of a lease (`lease-file.ts`), in which the store's key is. */
export interface Lease {
  /** AES-GCM, not extractable. */
  key: CryptoKey;
  iv: Uint8Array<ArrayBuffer>;
  /** Milliseconds since 1970. */
  expiresAt: number;
  /** The greatest time that was seen since it began: a clock that shows less was set back. */
  seenAt: number;
}

export interface KeyRecord {
  /** The store's folder in the origin private file system. */
  store: string;
  pin?: Uint8Array;
  passkey?: { credentialId: Uint8Array; salt: Uint8Array; sealed: Uint8Array };
  leaseHours: number;
  lease?: Lease;
  /** This device was removed and everything on it erased; only that is left to say. */
  revoked?: true;
  /** Wrong PINs in a row, and when the next one may be tried (milliseconds since 1970). */
  failed: number;
  notBefore: number;
}

const DATABASE = 'chancery';
const TABLE = 'keys';
const RECORD = 'store';

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('IndexedDB failed'));
  });
}

async function open(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(TABLE);
  return settled(request);
}

async function within<T>(mode: IDBTransactionMode, act: (table: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await open();
  try {
    const transaction = database.transaction(TABLE, mode, { durability: 'strict' });
    const done = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error ?? new Error('IndexedDB failed'));
    });
    const value = await settled(act(transaction.objectStore(TABLE)));
    await done;
    return value;
  } finally {
    database.close();
  }
}

export function readRecord(): Promise<KeyRecord | undefined> {
  return within('readonly', (table) => table.get(RECORD) as IDBRequest<KeyRecord | undefined>);
}

export async function writeRecord(record: KeyRecord): Promise<void> {
  await within('readwrite', (table) => table.put(record, RECORD));
}

export async function deleteRecord(): Promise<void> {
  await within('readwrite', (table) => table.delete(RECORD));
}

/** How long to wait after this many wrong PINs in a row, in milliseconds. */
export function attemptWait(failed: number): number {
  const beyond = failed - FREE_ATTEMPTS;
  if (beyond <= 0) return 0;
  const seconds = ATTEMPT_WAITS_SECONDS[Math.min(beyond, ATTEMPT_WAITS_SECONDS.length) - 1] ?? 0;
  return seconds * 1000;
}
