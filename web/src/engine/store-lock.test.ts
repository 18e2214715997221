import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { KeyRecord } from './keystore';
import { CLOCK_BACK_MILLIS, DEFAULT_LEASE_HOURS, LEASE_CHECK_MILLIS } from './limits';
import { StoreLock } from './store-lock';

/** IndexedDB in memory. */
const kept = vi.hoisted(() => ({ record: undefined as KeyRecord | undefined }));
vi.mock('./keystore', async (original) => ({
  ...(await original<typeof import('./keystore')>()),
  readRecord: () => Promise.resolve(structuredClone(kept.record)),
  writeRecord: (record: KeyRecord) => {
    kept.record = structuredClone(record);
    return Promise.resolve();
  },
  deleteRecord: () => {
    kept.record = undefined;
    return Promise.resolve();
  },
}));

/** The file beside it. */
const file = vi.hoisted(() => ({ sealed: undefined as Uint8Array<ArrayBuffer> | undefined }));
vi.mock('./lease-file', () => ({
  readLeaseFile: () => Promise.resolve(file.sealed),
  writeLeaseFile: (sealed: Uint8Array<ArrayBuffer>) => {
    file.sealed = sealed;
    return Promise.resolve();
  },
  wipeLeaseFile: () => {
    file.sealed = undefined;
    return Promise.resolve();
  },
}));

const HOUR = 3_600_000;
const KEY = new Uint8Array(32).fill(7);
const pin = (digits: string) => ({ type: 'pin', pin: digits }) as const;
const RIGHT = pin('482913');
const WRONG = pin('000000');

type Bytes = Uint8Array | number[];

/** "Seals" by writing the PIN in front of the key. */
const sealing = {
  sealWithPin: (key: Bytes, digits: string) => new Uint8Array([...new TextEncoder().encode(digits), ...key]),
  openWithPin: (bytes: Bytes, digits: string) => {
    const sealed = new Uint8Array(bytes);
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- as the WebAssembly module throws
    if (new TextDecoder().decode(sealed.subarray(0, -32)) !== digits) throw { code: 'wrong_lock', message: '' };
    return sealed.slice(-32);
  },
  sealWithPasskey: (key: Bytes) => new Uint8Array(key),
  openWithPasskey: (sealed: Bytes) => new Uint8Array(sealed),
};

async function locked() {
  const wrongPin = vi.fn();
  const made = new StoreLock(sealing, () => undefined);
  made.make('store-1', KEY, RIGHT);
  await made.write(KEY);
  const lock = new StoreLock(sealing, wrongPin);
  await lock.read();
  return { lock, wrongPin };
}

beforeEach(() => {
  kept.record = undefined;
  file.sealed = undefined;
  vi.useFakeTimers({ toFake: ['Date', 'performance'] });
});
afterEach(() => vi.useRealTimers());

test('the PIN gives the key, and a short one is refused', async () => {
  const { lock } = await locked();
  expect(lock).toMatchObject({ store: 'store-1', methods: ['pin'], passkey: null, isRevoked: false });
  expect(await lock.keyBy(RIGHT)).toEqual(KEY);
  await expect(lock.change(RIGHT, pin('12345'))).rejects.toMatchObject({ code: 'pin_too_short' });
});

test('wrong PINs are kept count of; after four the next one waits, also when the page is loaded again', async () => {
  const { lock, wrongPin } = await locked();
  for (let n = 1; n <= 5; n += 1) {
    await expect(lock.keyBy(WRONG)).rejects.toMatchObject({ code: 'wrong_pin' });
    expect(kept.record?.failed).toBe(n);
  }
  expect(wrongPin).toHaveBeenCalledTimes(5);
  const again = new StoreLock(sealing, wrongPin);
  await again.read();
  expect(again.notBefore).toBe(Date.now() + 30_000);
  await expect(again.keyBy(RIGHT)).rejects.toMatchObject({ code: 'wait' });
  vi.setSystemTime(again.notBefore);
  expect(await again.keyBy(RIGHT)).toEqual(KEY);
  expect(kept.record).toMatchObject({ failed: 0, notBefore: 0 });
});

test('a changed PIN takes the place of the old one', async () => {
  const { lock } = await locked();
  await lock.change(RIGHT, pin('135791'));
  await expect(lock.keyBy(RIGHT)).rejects.toMatchObject({ code: 'wrong_pin' });
  expect(await lock.keyBy(pin('135791'))).toEqual(KEY);
});

test('a wrong PIN while the clock was ahead keeps nobody out for longer than its wait', async () => {
  const { lock } = await locked();
  const now = Date.now();
  vi.setSystemTime(now + 365 * 24 * HOUR);
  for (let n = 1; n <= 5; n += 1) await expect(lock.keyBy(WRONG)).rejects.toMatchObject({ code: 'wrong_pin' });
  vi.setSystemTime(now);
  const again = await started();
  expect(again.notBefore).toBe(now + 30_000);
});

/** As after the next start of the app. */
async function started(): Promise<StoreLock> {
  const lock = new StoreLock(sealing, () => undefined);
  await lock.read();
  return lock;
}

/** Nothing on the disk opens the store without asking. */
function nothingIsLeft() {
  expect(kept.record).not.toHaveProperty('lease');
  expect(file.sealed).toBeUndefined();
}

test('a lease gives the key for its time, and what has ended is gone from the disk', async () => {
  const { lock } = await locked();
  expect(await lock.keyByLease()).toEqual(KEY);
  vi.setSystemTime(Date.now() + DEFAULT_LEASE_HOURS * HOUR);
  expect(await (await started()).keyByLease()).toBeUndefined();
  nothingIsLeft();
  await lock.setLease(1, KEY);
  expect(await (await started()).keyByLease()).toEqual(KEY);
  await lock.endLease();
  nothingIsLeft();
});

test('neither half of a lease opens anything alone', async () => {
  const { lock } = await locked();
  expect(JSON.stringify(kept.record)).not.toContain('sealed');
  file.sealed = undefined;
  expect(await lock.keyByLease()).toBeUndefined();
  nothingIsLeft();
});

test('who is asked at every start has no lease, from when it is chosen', async () => {
  const { lock } = await locked();
  await lock.setLease(0, KEY);
  nothingIsLeft();
  expect((await started()).leaseHours).toBe(0);
  await (await started()).renewLease(await lock.keyBy(RIGHT));
  nothingIsLeft();
  expect(lock.checkInMillis).toBeUndefined();
});

test('a lease ends while the app is in use, whatever the clock shows', async () => {
  const { lock } = await locked();
  const start = Date.now();
  await lock.setLease(1, KEY);
  expect(lock.checkInMillis).toBe(LEASE_CHECK_MILLIS);
  vi.advanceTimersByTime(HOUR - 1000);
  await lock.checkLease();
  expect(lock.checkInMillis).toBe(1000);
  // Held back a little, and again, it gains nothing.
  vi.setSystemTime(start + HOUR - CLOCK_BACK_MILLIS);
  vi.advanceTimersByTime(1000);
  expect(lock.checkInMillis).toBe(0);
  await lock.checkLease();
  nothingIsLeft();
});

test('a clock that is set back ends the lease, at a start and in use; one that is put right doesn’t', async () => {
  const { lock } = await locked();
  const start = Date.now();
  await lock.keyByLease();
  vi.advanceTimersByTime(2 * HOUR);
  await lock.checkLease();
  vi.setSystemTime(start + 2 * HOUR - CLOCK_BACK_MILLIS);
  expect(await (await started()).keyByLease()).toEqual(KEY);
  vi.setSystemTime(start + HOUR);
  expect(await (await started()).keyByLease()).toBeUndefined();
  nothingIsLeft();
  // And so it stays when the clock is put right.
  vi.setSystemTime(start + 2 * HOUR);
  expect(await (await started()).keyByLease()).toBeUndefined();

  await lock.setLease(8, KEY);
  vi.setSystemTime(start);
  await lock.checkLease();
  nothingIsLeft();
});

test('a lease of an earlier version, with the key beside it, is dropped', async () => {
  await locked();
  const lease = kept.record?.lease as unknown as Record<string, unknown>;
  delete lease['seenAt'];
  Object.assign(lease, { sealed: file.sealed?.buffer, session: 'first' });
  expect(await (await started()).keyByLease()).toBeUndefined();
  nothingIsLeft();
});

test('of a removed device only that is kept', async () => {
  const { lock } = await locked();
  await lock.revoke();
  nothingIsLeft();
  expect(lock).toMatchObject({ isRevoked: true, store: '', methods: [] });
  expect(kept.record).toEqual({ store: '', leaseHours: 0, failed: 0, notBefore: 0, revoked: true });
});
