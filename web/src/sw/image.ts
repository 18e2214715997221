/// <reference lib="webworker" />
/** The file of the store, as it lies in the origin private file system. A service worker gets no handle to open it with, but may read it. */

/** Where the pool of the engine (`crates/store/src/browser.rs`) keeps its files: a name, then what SQLite wrote. */
const FOLDER = '.opaque';
const HEADER_BYTES = 4096;
const NAME_BYTES = 512;
const STORE = 'store.db';
const JOURNAL = 'store.db-journal';
/** A larger store would take too much memory for a notification. */
export const MAX_IMAGE_BYTES = 128 * 1024 * 1024;

const nameOf = (header: Uint8Array): string => {
  const end = header.indexOf(0);
  return new TextDecoder().decode(header.subarray(0, end === -1 ? NAME_BYTES : end)).replace(/^\//, '');
};

/** The encrypted file; nothing when there is none, a change of it was cut off, or it is too large. Whoever calls holds the owner's lock. */
export async function readImage(store: string): Promise<Uint8Array | undefined> {
  const root = await navigator.storage.getDirectory();
  const folder = await (await root.getDirectoryHandle(store)).getDirectoryHandle(FOLDER);
  let image: File | undefined;
  for await (const handle of folder.values()) {
    if (handle.kind !== 'file') continue;
    const file = await (handle as FileSystemFileHandle).getFile();
    const name = nameOf(new Uint8Array(await file.slice(0, NAME_BYTES).arrayBuffer()));
    // A journal with something in it has to be undone first, by whoever owns the store.
    if (name === JOURNAL && file.size > HEADER_BYTES) return undefined;
    if (name === STORE) image = file;
  }
  if (!image || image.size <= HEADER_BYTES || image.size > MAX_IMAGE_BYTES) return undefined;
  return new Uint8Array(await image.slice(HEADER_BYTES).arrayBuffer());
}
