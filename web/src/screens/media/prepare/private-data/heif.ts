import { boxesIn, boxesOf, type Box } from './boxes';
import { ascii, bytesOf, NotUnderstood, patched, read, viewOf, type Patch } from './patches';

/** The index of a photo, in bytes. */
const INDEX_BYTES_MAX = 4_000_000;
const KEPT = new Set(['ftyp', 'meta', 'mdat', 'moov']);
/** Exif without entries; readers that insist on one find it. The picture's orientation isn't taken from it. */
const EMPTY_EXIF = new Uint8Array([0, 0, 0, 0, ...bytesOf('MM\0*'), 0, 0, 0, 8, 0, 0, 0, 0, 0, 0]);

/** Reads numbers one after the other. */
class Cursor {
  readonly #view: DataView;
  constructor(
    index: Uint8Array,
    public at: number,
    readonly end: number,
  ) {
    this.#view = viewOf(index);
  }
  /** A number of 0, 1, 2, 4 or 8 bytes. */
  take(bytes: number): number {
    if (this.at + bytes > this.end) throw new NotUnderstood('a table beyond its end');
    const from = this.at;
    this.at += bytes;
    switch (bytes) {
      case 0:
        return 0;
      case 1:
        return this.#view.getUint8(from);
      case 2:
        return this.#view.getUint16(from);
      case 4:
        return this.#view.getUint32(from);
      case 8:
        return Number(this.#view.getBigUint64(from));
      default:
        throw new NotUnderstood('a number of odd length');
    }
  }
}

/** The ids of items that are no pictures, and their kinds. */
function privateItems(index: Uint8Array, iinf: Box): Map<number, string> {
  const version = index[iinf.body] ?? 0;
  const items = new Map<number, string>();
  for (const infe of boxesIn(index, iinf.body + (version === 0 ? 6 : 8), iinf.to)) {
    const cursor = new Cursor(index, infe.body, infe.to);
    const entry = cursor.take(1);
    cursor.take(1);
    cursor.take(2);
    if (infe.type !== 'infe' || entry < 2) throw new NotUnderstood('an item of an old kind');
    const id = cursor.take(entry === 2 ? 2 : 4);
    cursor.take(2);
    const type = ascii(index, cursor.at, 4);
    if (type === 'Exif' || type === 'mime' || type === 'uri ') items.set(id, type);
  }
  return items;
}

/** Where items lie in the file; `idat` is where the index keeps small ones. */
function extentsOf(
  index: Uint8Array,
  iloc: Box,
  idat: number | undefined,
  wanted: ReadonlyMap<number, string>,
): Patch[] {
  const cursor = new Cursor(index, iloc.body, iloc.to);
  const version = cursor.take(1);
  cursor.take(1);
  cursor.take(2);
  const sizes = cursor.take(2);
  const [offsetBytes, lengthBytes, baseBytes] = [sizes >> 12, (sizes >> 8) & 15, (sizes >> 4) & 15];
  const indexBytes = version === 0 ? 0 : sizes & 15;
  const found: Patch[] = [];
  const count = cursor.take(version < 2 ? 2 : 4);
  for (let item = 0; item < count; item += 1) {
    const id = cursor.take(version < 2 ? 2 : 4);
    const method = version === 0 ? 0 : cursor.take(2) & 15;
    const elsewhere = cursor.take(2);
    const base = cursor.take(baseBytes);
    const extents = cursor.take(2);
    for (let extent = 0; extent < extents; extent += 1) {
      cursor.take(indexBytes);
      const offset = cursor.take(offsetBytes);
      const length = cursor.take(lengthBytes);
      const type = wanted.get(id);
      if (type === undefined) continue;
      const start = method === 0 ? 0 : method === 1 ? idat : undefined;
      if (start === undefined || length === 0 || elsewhere !== 0) throw new NotUnderstood('an item elsewhere');
      const from = start + base + offset;
      const bytes = new Uint8Array(length).fill(type === 'Exif' ? 0 : 0x20);
      if (type === 'Exif' && extent === 0 && length >= EMPTY_EXIF.length) bytes.set(EMPTY_EXIF);
      found.push({ from, to: from + length, bytes });
    }
  }
  return found;
}

/** A HEIC or AVIF photo with its Exif and XMP emptied; the pixels stay byte for byte. */
export async function heifWithout(file: Blob): Promise<Blob> {
  const boxes = await boxesOf(file);
  const meta = boxes.find((box) => box.type === 'meta');
  if (!meta || meta.to - meta.from > INDEX_BYTES_MAX) throw new NotUnderstood('no index');
  if (boxes.some((box) => box.type === 'moov')) throw new NotUnderstood('a photo that moves');
  const index = await read(file, meta.from, meta.to);
  const inside = boxesIn(index, meta.body - meta.from + 4, index.length);
  const one = (type: string) => inside.find((box) => box.type === type);
  const [iinf, iloc, idat] = [one('iinf'), one('iloc'), one('idat')];
  if (!iinf || !iloc) throw new NotUnderstood('an index without items');
  const items = privateItems(index, iinf);
  const patches = extentsOf(index, iloc, idat && meta.from + idat.body, items);
  if (patches.some((patch) => patch.to > file.size)) throw new NotUnderstood('an item beyond the file');
  const free = bytesOf('free');
  for (const box of inside)
    if (box.type === 'uuid' || box.type === 'udta')
      patches.push(
        { from: meta.from + box.from + 4, to: meta.from + box.from + 8, bytes: free },
        { from: meta.from + box.body, to: meta.from + box.to },
      );
  for (const box of boxes)
    if (!KEPT.has(box.type))
      patches.push({ from: box.from + 4, to: box.from + 8, bytes: free }, { from: box.body, to: box.to });
  return patched(file, patches);
}
