import { beforeEach, expect, test, vi } from 'vitest';
import { Downloads } from './downloads';
import { FileRequests } from './file-requests';
import type { Network } from './network';
import type { Lent } from './transfers';
import type * as Wasm from './wasm/chancery.js';

/** OPFS in memory. */
const disk = vi.hoisted(() => new Map<string, Uint8Array>());
vi.mock('./files', () => ({
  isFull: () => false,
  listFiles: () => Promise.resolve([]),
  removeFile: () => Promise.resolve(),
  removeAllFiles: () => Promise.resolve(),
  renameFile: () => Promise.resolve(),
  readFile: (name: string) => {
    const bytes = disk.get(name);
    return Promise.resolve(bytes && new File([bytes as Uint8Array<ArrayBuffer>], name));
  },
  Writer: {
    open: (name: string) =>
      Promise.resolve({
        get size() {
          return disk.get(name)?.length ?? 0;
        },
        write: (bytes: Uint8Array) => disk.set(name, new Uint8Array([...(disk.get(name) ?? []), ...bytes])),
        truncate: () => disk.delete(name),
        flush: () => undefined,
        close: () => undefined,
      }),
  },
}));

const PART = 4 * 1024 * 1024;
const SIZE = PART + 10;
const MESSAGE = 'aa'.repeat(32);

interface Asked {
  range: string;
  signal: AbortSignal;
  give(bytes: number): void;
}

function setUp() {
  const asked: Asked[] = [];
  const network = {
    request: (_path: string, init: RequestInit) => {
      const signal = init.signal ?? AbortSignal.any([]);
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          signal.addEventListener('abort', () => controller.error(signal.reason));
          const range = new Headers(init.headers).get('range') ?? '';
          asked.push({ range, signal, give: (bytes) => controller.enqueue(new Uint8Array(bytes)) });
        },
      });
      const headers = { 'content-type': 'application/octet-stream' };
      return Promise.resolve(new Response(body, { status: 206, headers }));
    },
  } as unknown as Network;
  const cipher = {
    file: 'f1',
    cipherSize: SIZE,
    mediaType: 'image/jpeg',
    chunks: 1,
    genuine: true,
    cipherStart: (chunk: number) => chunk * SIZE,
    decrypt: (_chunk: number, bytes: Uint8Array) => bytes,
    hash: () => undefined,
    free: () => undefined,
  };
  const client = { openFile: () => cipher } as unknown as Wasm.Client;
  const lent: Lent = { network, guard: (act) => act(client), perform: () => undefined, changed: () => undefined };
  const downloads = new Downloads(new FileRequests(network), lent, () => Promise.resolve());
  return { downloads, asked };
}

beforeEach(() => disk.clear());

test('a download that is cancelled fetches nothing more, and the next one goes on from there', async () => {
  const { downloads, asked } = setUp();
  const progress = vi.fn();
  const first = downloads.open(MESSAGE, 'one', progress);
  await vi.waitFor(() => expect(asked).toHaveLength(1));
  asked[0]?.give(PART);
  await vi.waitFor(() => expect(asked).toHaveLength(2));
  expect(progress).toHaveBeenLastCalledWith(PART, SIZE);
  downloads.stopOpening('one');
  await expect(first).rejects.toMatchObject({ code: 'cancelled' });
  expect(asked[1]?.signal.aborted).toBe(true);

  const again = downloads.open(MESSAGE, 'two', progress);
  await vi.waitFor(() => expect(asked).toHaveLength(3));
  expect(asked[2]?.range).toBe(`bytes=${PART}-${SIZE - 1}`);
  asked[2]?.give(10);
  expect((await again).size).toBe(SIZE);
});

test('a download goes on while somebody else waits for it, who hears of its progress, too', async () => {
  const { downloads, asked } = setUp();
  const progress = vi.fn();
  const one = downloads.open(MESSAGE, 'one', () => undefined);
  const two = downloads.open(MESSAGE, 'two', progress);
  await vi.waitFor(() => expect(asked).toHaveLength(1));
  downloads.stopOpening('one');
  await expect(one).rejects.toMatchObject({ code: 'cancelled' });
  expect(asked[0]?.signal.aborted).toBe(false);
  asked[0]?.give(1000);
  await vi.waitFor(() => expect(progress).toHaveBeenLastCalledWith(1000, SIZE));
  asked[0]?.give(PART - 1000);
  await vi.waitFor(() => expect(asked).toHaveLength(2));
  asked[1]?.give(10);
  expect((await two).size).toBe(SIZE);
});

test('locking the app ends what is fetched', async () => {
  const { downloads, asked } = setUp();
  const opened = downloads.open(MESSAGE, 'one', () => undefined);
  await vi.waitFor(() => expect(asked).toHaveLength(1));
  downloads.stop();
  await expect(opened).rejects.toMatchObject({ code: 'locked' });
  expect(asked[0]?.signal.aborted).toBe(true);
});
