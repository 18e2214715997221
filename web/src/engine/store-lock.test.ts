import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { KeyRecord } from './keystore';
import { DEFAULT_LEASE_HOURS } from './limits';
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
  const made = new StoreLock(sealing, 'first', () => undefined);
  await made.make('store-1', KEY, RIGHT);
  await made.write();
  const lock = new StoreLock(sealing, 'second', wrongPin);
  await lock.read();
  return { lock, wrongPin };
}

beforeEach(() => {
  kept.record = undefined;
  vi.useFakeTimers({ toFake: ['Date'] });
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
  const again = new StoreLock(sealing, 'third', wrongPin);
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

test('a lease gives the key for its time, to tabs of the same run also after it, and not once it was ended', async () => {
  const { lock } = await locked();
  expect(await lock.keyByLease(undefined)).toEqual(KEY);
  vi.setSystemTime(Date.now() + DEFAULT_LEASE_HOURS * 3_600_000);
  expect(await lock.keyByLease(undefined)).toBeUndefined();
  expect(await lock.keyByLease('first')).toEqual(KEY);
  await lock.setLease(1, KEY);
  expect(await lock.keyByLease(undefined)).toEqual(KEY);
  await lock.endLease();
  expect(await lock.keyByLease('second')).toBeUndefined();
  expect(kept.record).not.toHaveProperty('lease');
});

test('of a removed device only that is kept', async () => {
  const { lock } = await locked();
  await lock.revoke();
  expect(lock).toMatchObject({ isRevoked: true, store: '', methods: [] });
  expect(kept.record).toEqual({ store: '', leaseHours: 0, failed: 0, notBefore: 0, revoked: true });
});
