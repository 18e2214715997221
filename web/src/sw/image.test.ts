import { afterEach, expect, test, vi } from 'vitest';
import { MAX_IMAGE_BYTES, readImage } from './image';

afterEach(() => vi.unstubAllGlobals());

/** A file of the pool: its name in the first 512 bytes of a header of 4096, then what SQLite wrote. */
function slot(name: string, content: string, size?: number): File {
  const bytes = new Uint8Array(content === '' ? 4096 : 4096 + content.length);
  new TextEncoder().encodeInto(name, bytes);
  bytes.set([0, 0, 1, 0], 512);
  new TextEncoder().encodeInto(content, bytes.subarray(4096));
  const file = new File([bytes], 'x7f3');
  return size === undefined ? file : Object.defineProperty(file, 'size', { value: size });
}

/** An origin private file system with one store, `store-1`. */
function disk(...files: File[]): void {
  const opaque = {
    values: () => files.map((file) => ({ kind: 'file', getFile: () => Promise.resolve(file) })),
  };
  const folder = (found: Record<string, object>) => ({
    getDirectoryHandle: (name: string) =>
      found[name] ? Promise.resolve(found[name]) : Promise.reject(new DOMException('none', 'NotFoundError')),
  });
  const root = folder({ 'store-1': folder({ '.opaque': opaque }) });
  vi.stubGlobal('navigator', { storage: { getDirectory: () => Promise.resolve(root) } });
}

const text = (bytes: Uint8Array | undefined) => bytes && new TextDecoder().decode(bytes);

test('the store is found among the files of the pool, without their header', async () => {
  disk(slot('', ''), slot('/store.db-journal', ''), slot('/store.db', 'pages'));
  expect(text(await readImage('store-1'))).toBe('pages');
  disk(slot('store.db', 'pages'));
  expect(text(await readImage('store-1'))).toBe('pages');
});

test('a store in the middle of a change, an empty one and one that is too large are left alone', async () => {
  disk(slot('/store.db', 'pages'), slot('/store.db-journal', 'to be undone'));
  expect(await readImage('store-1')).toBeUndefined();
  disk(slot('/store.db', ''));
  expect(await readImage('store-1')).toBeUndefined();
  disk(slot('/store.db', 'pages', MAX_IMAGE_BYTES + 1));
  expect(await readImage('store-1')).toBeUndefined();
});

test('without the store there is nothing', async () => {
  disk();
  await expect(readImage('store-2')).rejects.toThrow();
});
