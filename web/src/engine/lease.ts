/**
 * A lease: what opens the store without asking, for as long as the person chose. One half is in the key record, the other in a file of its own.
 *
 * **Invariant:** it is on this device only while it is good; what has ended is gone, whatever the clock shows afterwards.
 */
import { type KeyRecord, type Lease, writeRecord } from './keystore';
import { readLeaseFile, wipeLeaseFile, writeLeaseFile } from './lease-file';
import { CLOCK_BACK_MILLIS } from './limits';

/** Seals the store's key for some time. */
export async function makeLease(key: Uint8Array, now: number, expiresAt: number): Promise<Lease> {
  const wrapping = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, wrapping, new Uint8Array(key));
  await writeLeaseFile(new Uint8Array(sealed));
  return { key: wrapping, iv, expiresAt, seenAt: now };
}

/** Whether the time of a lease is over, or can't be known any more because the clock was set back. */
export function isOver({ expiresAt, seenAt }: Lease, now: number): boolean {
  // A lease of an earlier version has seen no time.
  return !(now < expiresAt && now >= seenAt - CLOCK_BACK_MILLIS);
}

/** The key of a lease that is still good. */
export async function openLease(lease: Lease, now: number): Promise<Uint8Array | undefined> {
  if (isOver(lease, now)) return undefined;
  try {
    const sealed = await readLeaseFile();
    if (!sealed) return undefined;
    return new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv: lease.iv }, lease.key, sealed));
  } catch {
    return undefined;
  }
}

/** Takes the lease from this device: the key first, so that nothing is left of it when this is cut off. */
export async function dropLease(record: KeyRecord): Promise<void> {
  await wipeLeaseFile();
  if (!record.lease) return;
  delete record.lease;
  await writeRecord(record);
}

/** The key, while the record's lease is good; what isn't is dropped. */
export async function useLease(record: KeyRecord, now: number): Promise<Uint8Array | undefined> {
  const key = record.lease && (await openLease(record.lease, now));
  if (!key) await dropLease(record);
  return key;
}

/** Takes note of the time, so that no clock can be set back behind it. */
export async function noteTime(record: KeyRecord, now: number): Promise<void> {
  if (!record.lease) return;
  record.lease.seenAt = Math.max(record.lease.seenAt, now);
  await writeRecord(record);
}
