/** Changes of a file that leave its length and every place in it: films and photos refer to their pixels by place. */
export interface Patch {
  readonly from: number;
  readonly to: number;
  /** What stands there then; zeros when there is nothing. */
  readonly bytes?: Uint8Array<ArrayBuffer>;
}

/** A file that isn't what it says, or is made in a way that isn't known here: nothing is promised of it. */
export class NotUnderstood extends Error {
  constructor(what: string) {
    super(what);
    this.name = 'NotUnderstood';
  }
}

/** Zeros are made of pieces of this, in bytes. */
const ZEROS = new Uint8Array(65_536);

function zeros(count: number): Blob {
  const whole: BlobPart[] = Array.from({ length: Math.floor(count / ZEROS.length) }, () => ZEROS);
  return new Blob([...whole, ZEROS.subarray(0, count % ZEROS.length)]);
}

/** The file with changes; what isn't changed isn't read. Of two changes of one place the first counts. */
export function patched(file: Blob, patches: readonly Patch[]): Blob {
  const parts: BlobPart[] = [];
  let at = 0;
  for (const { from, to, bytes } of [...patches].sort((one, two) => one.from - two.from || two.to - one.to)) {
    if (from < at) {
      if (to <= at) continue;
      parts.push(zeros(to - at));
    } else {
      parts.push(file.slice(at, from), bytes ?? zeros(to - from));
    }
    at = to;
  }
  parts.push(file.slice(at));
  return new Blob(parts, { type: file.type });
}

export async function read(file: Blob, from: number, to: number): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await file.slice(from, to).arrayBuffer());
}

export const ascii = (bytes: Uint8Array, from: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(from, from + length));

export const bytesOf = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(text, (sign) => sign.charCodeAt(0));

export const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
