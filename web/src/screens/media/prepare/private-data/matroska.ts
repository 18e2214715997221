import { NotUnderstood, patched, read, type Patch } from './patches';

/** Parts of one level. */
const PARTS_MAX = 200_000;
/** The head of a film, in bytes. */
const INFO_BYTES_MAX = 1_000_000;

const SEGMENT = 0x18538067;
const INFO = 0x1549a966;
/** Tags, and files beside the film. */
const PRIVATE = new Set([0x1254c367, 0x1941a469]);
/** Title, date and the names of other files; and the sum over them, which would be wrong. */
const PRIVATE_INFO = new Set([0xbf, 0x7ba9, 0x4461, 0x7384, 0x3c83ab, 0x3e83bb]);

interface Part {
  readonly id: number;
  readonly from: number;
  readonly body: number;
  readonly to: number;
}

async function partAt(file: Blob, at: number, end: number): Promise<Part> {
  const head = await read(file, at, Math.min(at + 12, end));
  const idBytes = Math.clz32(head[0] ?? 0) - 23;
  const sizeBytes = Math.clz32(head[idBytes] ?? 0) - 23;
  if (idBytes > 4 || sizeBytes > 8 || head.length < idBytes + sizeBytes) throw new NotUnderstood('no part');
  const id = head.subarray(0, idBytes).reduce((sum, byte) => sum * 256 + byte, 0);
  const digits = head.subarray(idBytes, idBytes + sizeBytes);
  const mask = 2 ** (8 - sizeBytes) - 1;
  const size = digits.reduce((sum, byte, n) => sum * 256 + (n === 0 ? byte & mask : byte), 0);
  const body = at + idBytes + sizeBytes;
  // A recording that was never finished doesn't say how long it is.
  const unknown = digits.every((byte, n) => (n === 0 ? (byte & mask) === mask : byte === 255));
  if (unknown && id === SEGMENT) return { id, from: at, body, to: end };
  if (unknown || body + size > end) throw new NotUnderstood('a part without its end');
  return { id, from: at, body, to: body + size };
}

async function partsOf(file: Blob, from: number, to: number): Promise<Part[]> {
  const parts: Part[] = [];
  for (let at = from; at < to; at = parts.at(-1)?.to ?? to) {
    parts.push(await partAt(file, at, to));
    if (parts.length > PARTS_MAX) throw new NotUnderstood('too many parts');
  }
  return parts;
}

/** A `Void` of the same length. */
function voided({ from, to }: Part): Patch[] {
  const size = to - from - 9;
  if (size < 0)
    return [{ from, to, bytes: Uint8Array.of(0xec, 0x80 | (to - from - 2), ...Array<number>(to - from - 2).fill(0)) }];
  const head = new Uint8Array(9);
  head[0] = 0xec;
  new DataView(head.buffer).setBigUint64(1, BigInt(size) | (1n << 56n));
  return [
    { from, to: from + 9, bytes: head },
    { from: from + 9, to },
  ];
}

/** A WebM or Matroska film without tags, title and date. */
export async function matroskaWithout(file: Blob): Promise<Blob> {
  const patches: Patch[] = [];
  for (const top of await partsOf(file, 0, file.size)) {
    if (top.id !== SEGMENT) continue;
    for (const part of await partsOf(file, top.body, top.to)) {
      if (PRIVATE.has(part.id)) patches.push(...voided(part));
      if (part.id !== INFO) continue;
      if (part.to - part.from > INFO_BYTES_MAX) throw new NotUnderstood('a head that is too large');
      for (const field of await partsOf(file, part.body, part.to))
        if (PRIVATE_INFO.has(field.id)) patches.push(...voided(field));
    }
  }
  return patched(file, patches);
}
