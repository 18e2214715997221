/**
 * Ciphertext of files on OPFS: what waits to be uploaded, and what was downloaded. One folder, one file each, named by the file's id at the relay or
 * by the upload's id.
 *
 * **Invariant:** only ciphertext is written here.
 */
const FOLDER = 'files';
const UPLOAD_PREFIX = 'up-';

/** The name of what waits to be uploaded. */
export const stagedName = (upload: string): string => `${UPLOAD_PREFIX}${upload}`;

/** The upload that a file waits for; none for what was downloaded. */
export const uploadOf = (name: string): string | undefined =>
  name.startsWith(UPLOAD_PREFIX) ? name.slice(UPLOAD_PREFIX.length) : undefined;

async function folder(): Promise<FileSystemDirectoryHandle> {
  const root = await navigator.storage.getDirectory();
  return root.getDirectoryHandle(FOLDER, { create: true });
}

/** A full disk is worth its own sentence. */
export function isFull(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'QuotaExceededError';
}

/** Appends to a file. */
export class Writer {
  readonly #handle: FileSystemSyncAccessHandle;
  size: number;

  private constructor(handle: FileSystemSyncAccessHandle) {
    this.#handle = handle;
    this.size = handle.getSize();
  }

  static async open(name: string): Promise<Writer> {
    const file = await (await folder()).getFileHandle(name, { create: true });
    return new Writer(await file.createSyncAccessHandle());
  }

  write(bytes: Uint8Array): void {
    let written = 0;
    while (written < bytes.length) {
      const rest = bytes.subarray(written) as Uint8Array<ArrayBuffer>;
      const step = this.#handle.write(rest, { at: this.size });
      if (step === 0) throw new DOMException('no room', 'QuotaExceededError');
      written += step;
      this.size += step;
    }
  }

  truncate(size: number): void {
    this.#handle.truncate(size);
    this.size = size;
  }

  flush(): void {
    this.#handle.flush();
  }

  close(): void {
    this.#handle.flush();
    this.#handle.close();
  }
}

/** The file, for reading; nothing when it isn't there. */
export async function readFile(name: string): Promise<File | undefined> {
  try {
    return await (await (await folder()).getFileHandle(name)).getFile();
  } catch {
    return undefined;
  }
}

export async function removeFile(name: string): Promise<void> {
  await (await folder()).removeEntry(name).catch(() => undefined);
}

/** An upload's ciphertext becomes what is kept of the file. */
export async function renameFile(from: string, to: string): Promise<void> {
  const handle = (await (await folder()).getFileHandle(from)) as FileSystemFileHandle & {
    move?: (name: string) => Promise<void>;
  };
  if (handle.move) await handle.move(to);
  else await removeFile(from);
}

export interface Kept {
  name: string;
  size: number;
  modified: number;
}

export async function listFiles(): Promise<Kept[]> {
  const kept: Kept[] = [];
  for await (const [name, handle] of (await folder()).entries()) {
    if (handle.kind !== 'file') continue;
    const file = await (handle as FileSystemFileHandle).getFile();
    kept.push({ name, size: file.size, modified: file.lastModified });
  }
  return kept;
}

export async function removeAllFiles(): Promise<void> {
  const root = await navigator.storage.getDirectory();
  await root.removeEntry(FOLDER, { recursive: true }).catch(() => undefined);
}
