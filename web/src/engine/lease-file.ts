/// <reference lib="webworker" />
/**
 * The sealed key of a lease, in a file of its own. What is deleted from IndexedDB stays in the database's log for a while; a file can be
 * overwritten where it lies. Without it, the `CryptoKey` that a log may still hold opens nothing.
 */

const NAME = 'lease';

async function find(): Promise<FileSystemFileHandle | undefined> {
  const root = await navigator.storage.getDirectory();
  try {
    return await root.getFileHandle(NAME);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'NotFoundError') return undefined;
    throw error;
  }
}

export async function writeLeaseFile(sealed: Uint8Array): Promise<void> {
  const root = await navigator.storage.getDirectory();
  const file = await root.getFileHandle(NAME, { create: true });
  const access = await file.createSyncAccessHandle();
  try {
    access.truncate(sealed.length);
    access.write(sealed, { at: 0 });
    access.flush();
  } finally {
    access.close();
  }
}

export async function readLeaseFile(): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const file = await find();
  return file && new Uint8Array(await (await file.getFile()).arrayBuffer());
}

export async function wipeLeaseFile(): Promise<void> {
  const file = await find();
  if (!file) return;
  // A service worker has no such handle: there the file only goes.
  const { createSyncAccessHandle } = file as Partial<FileSystemFileHandle>;
  const access = await createSyncAccessHandle?.call(file);
  if (access) {
    try {
      access.write(new Uint8Array(access.getSize()), { at: 0 });
      access.flush();
    } finally {
      access.close();
    }
  }
  const root = await navigator.storage.getDirectory();
  await root.removeEntry(NAME);
}
