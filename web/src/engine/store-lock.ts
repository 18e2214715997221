/** The lock on this browser's store: who gets its key, by PIN, passkey or lease. */
import { Refused, isUserError } from './errors';
import { type KeyRecord, attemptWait, deleteRecord, readRecord, writeRecord } from './keystore';
import { dropLease, isOver, makeLease, noteTime, useLease } from './lease';
import { wipeLeaseFile } from './lease-file';
import { DEFAULT_LEASE_HOURS, LEASE_CHECK_MILLIS, LONGEST_LEASE_HOURS, MIN_PIN_CHARS } from './limits';
import type { Unlocking } from './protocol';
import type * as Wasm from './wasm/chancery.js';

const MILLIS_PER_HOUR = 3_600_000;

/** What of the WebAssembly module a lock needs. */
type Sealing = Pick<typeof Wasm, 'sealWithPin' | 'sealWithPasskey' | 'openWithPin' | 'openWithPasskey'>;

export class StoreLock {
  readonly #wasm: Sealing;
  readonly #wrongPin: () => void;
  #record: KeyRecord | undefined;
  /** When the lease's `seenAt` was written, by a clock that nobody sets. */
  #seenTick = 0;

  /** `wrongPin` is called after every wrong PIN: the next one may have to wait. */
  constructor(wasm: Sealing, wrongPin: () => void) {
    this.#wasm = wasm;
    this.#wrongPin = wrongPin;
  }

  /** Looks at what is on this device. */
  async read(): Promise<void> {
    const record = await readRecord();
    this.#record = record;
    if (!record) return;
    // A wrong PIN while the clock was ahead must not lock its owner out for years.
    const longest = Date.now() + attemptWait(record.failed);
    if (record.notBefore <= longest) return;
    record.notBefore = longest;
    await writeRecord(record);
  }

  /** The store's name; none when there is no store, an empty one when this device was removed. */
  get store(): string | undefined {
    return this.#record?.store;
  }

  get isRevoked(): boolean {
    return this.#record?.revoked ?? false;
  }

  get methods(): ('passkey' | 'pin')[] {
    const methods: ('passkey' | 'pin')[] = [];
    if (this.#record?.passkey) methods.push('passkey');
    if (this.#record?.pin) methods.push('pin');
    return methods;
  }

  /** When the next PIN may be tried, in milliseconds since 1970. */
  get notBefore(): number {
    return this.#record?.notBefore ?? 0;
  }

  get passkey(): { credentialId: Uint8Array; salt: Uint8Array } | null {
    const passkey = this.#record?.passkey;
    return passkey ? { credentialId: passkey.credentialId, salt: passkey.salt } : null;
  }

  /** How long the store stays open without asking. */
  get leaseHours(): number {
    return this.#record?.leaseHours ?? DEFAULT_LEASE_HOURS;
  }

  /** For a store that is made now; `write` keeps it. */
  make(store: string, key: Uint8Array, unlocking: Unlocking): void {
    checkPin(unlocking);
    this.#record = {
      store,
      leaseHours: DEFAULT_LEASE_HOURS,
      failed: 0,
      notBefore: 0,
      ...this.#seal(key, unlocking),
    };
  }

  async write(key: Uint8Array): Promise<void> {
    if (!this.#record) return;
    await writeRecord(this.#record);
    await this.renewLease(key);
  }

  /** The store could not be made. */
  forget(): void {
    this.#record = undefined;
  }

  #seal(key: Uint8Array, unlocking: Unlocking): Pick<KeyRecord, 'pin' | 'passkey'> {
    if (unlocking.type === 'pin') return { pin: this.#wasm.sealWithPin(key, unlocking.pin) };
    const { credentialId, salt, secret } = unlocking;
    if (!credentialId || !salt) throw new Refused('invalid_request', 'A new passkey comes with its id and salt.');
    return { passkey: { credentialId, salt, sealed: this.#wasm.sealWithPasskey(key, secret) } };
  }

  /** The store's key, if the PIN or passkey is right. Wrong PINs are counted, and each further one waits longer. */
  async keyBy(unlocking: Unlocking): Promise<Uint8Array> {
    const record = this.#record;
    if (!record) throw new Refused('no_store', 'There is no store in this browser.');
    if (unlocking.type === 'passkey') {
      if (!record.passkey) throw new Refused('no_passkey', 'This store has no passkey; use the PIN.');
      return this.#wasm.openWithPasskey(record.passkey.sealed, unlocking.secret);
    }
    if (!record.pin) throw new Refused('no_pin', 'This store has no PIN; use the passkey.');
    const wait = record.notBefore - Date.now();
    if (wait > 0) {
      throw new Refused('wait', `Too many wrong PINs. Try again in ${Math.ceil(wait / 1000)} seconds.`);
    }
    // Counted before the attempt, so that closing the tab in between doesn't save it.
    record.failed += 1;
    record.notBefore = Date.now() + attemptWait(record.failed);
    await writeRecord(record);
    try {
      const key = this.#wasm.openWithPin(record.pin, unlocking.pin);
      record.failed = 0;
      record.notBefore = 0;
      await writeRecord(record);
      return key;
    } catch (error) {
      if (isUserError(error) && error.code === 'wrong_lock') {
        this.#wrongPin();
        throw new Refused('wrong_pin', 'This is not the PIN.');
      }
      throw error;
    }
  }

  async change(current: Unlocking, next: Unlocking): Promise<void> {
    checkPin(next);
    const key = await this.keyBy(current);
    if (!this.#record) return;
    const record = { ...this.#record };
    delete record.pin;
    delete record.passkey;
    Object.assign(record, this.#seal(key, next));
    key.fill(0);
    await writeRecord(record);
    this.#record = record;
  }

  /** The key, while a lease is good; one that isn't goes from the disk. */
  async keyByLease(): Promise<Uint8Array | undefined> {
    const key = this.#record && (await useLease(this.#record, Date.now()));
    this.#seenTick = performance.now();
    return key;
  }

  /** When the lease has to be looked at; nothing without one. */
  get checkInMillis(): number | undefined {
    const lease = this.#record?.lease;
    return lease && Math.min(Math.max(lease.expiresAt - this.#time(lease.seenAt), 0), LEASE_CHECK_MILLIS);
  }

  /** Takes note of the time, so that no clock can be set back behind it; a lease that is over goes from the disk. */
  async checkLease(): Promise<void> {
    const record = this.#record;
    if (!record?.lease) return;
    const now = this.#time(record.lease.seenAt);
    if (isOver(record.lease, Date.now()) || isOver(record.lease, now)) return dropLease(record);
    this.#seenTick = performance.now();
    await noteTime(record, now);
  }

  /** Goes on, whatever happens to the clock. */
  #time(seenAt: number): number {
    return Math.max(Date.now(), seenAt + performance.now() - this.#seenTick);
  }

  async setLease(hours: number, key: Uint8Array | undefined): Promise<void> {
    if (!this.#record) throw new Refused('no_store', 'There is no store in this browser.');
    if (!(hours >= 0 && hours <= LONGEST_LEASE_HOURS)) {
      throw new Refused('invalid_request', `A lease lasts up to ${LONGEST_LEASE_HOURS} hours.`);
    }
    this.#record.leaseHours = hours;
    await writeRecord(this.#record);
    if (key) await this.renewLease(key);
  }

  /** A lease from now on, or none. */
  async renewLease(key: Uint8Array): Promise<void> {
    const record = this.#record;
    if (!record) return;
    if (record.leaseHours === 0) return dropLease(record);
    const now = Date.now();
    record.lease = await makeLease(key, now, now + record.leaseHours * MILLIS_PER_HOUR);
    this.#seenTick = performance.now();
    await writeRecord(record);
  }

  async endLease(): Promise<void> {
    if (this.#record) await dropLease(this.#record);
  }

  async erase(): Promise<void> {
    try {
      await wipeLeaseFile();
    } finally {
      await deleteRecord();
      this.#record = undefined;
    }
  }

  /** This device was removed: nothing is left but that. */
  async revoke(): Promise<void> {
    this.#record = { store: '', leaseHours: 0, failed: 0, notBefore: 0, revoked: true };
    try {
      await wipeLeaseFile();
    } finally {
      await writeRecord(this.#record);
    }
  }
}

function checkPin(unlocking: Unlocking): void {
  if (unlocking.type === 'pin' && Array.from(unlocking.pin).length < MIN_PIN_CHARS) {
    throw new Refused('pin_too_short', `A PIN has at least ${MIN_PIN_CHARS} characters.`);
  }
}
