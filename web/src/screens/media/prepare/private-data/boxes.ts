import { ascii, NotUnderstood, read, viewOf } from './patches';

/** A box of the ISO base media format (MP4, QuickTime, HEIF). */
export interface Box {
  readonly type: string;
  readonly from: number;
  readonly to: number;
  readonly body: number;
}

/** Boxes on one level; a film in pieces has two for every few seconds. */
const BOXES_MAX = 200_000;

function header(view: DataView, at: number, end: number): Box {
  let size = view.getUint32(0);
  let head = 8;
  if (size === 1) {
    if (view.byteLength < 16) throw new NotUnderstood('a box without its size');
    size = Number(view.getBigUint64(8));
    head = 16;
  } else if (size === 0) size = end - at;
  if (size < head || at + size > end) throw new NotUnderstood('a box beyond its end');
  const type = ascii(new Uint8Array(view.buffer, view.byteOffset, 8), 4, 4);
  return { type, from: at, to: at + size, body: at + head };
}

/** The boxes within a part of an index that was read. */
export function boxesIn(index: Uint8Array, from: number, to: number): Box[] {
  const view = viewOf(index);
  const boxes: Box[] = [];
  let at = from;
  while (at + 8 <= to) {
    // QuickTime ends some lists with a zero of four bytes.
    const box = header(new DataView(view.buffer, view.byteOffset + at, Math.min(16, to - at)), at, to);
    boxes.push(box);
    if (boxes.length > BOXES_MAX) throw new NotUnderstood('too many boxes');
    at = box.to;
  }
  return boxes;
}

/** The boxes of a file; of each, only its head is read. */
export async function boxesOf(file: Blob): Promise<Box[]> {
  const boxes: Box[] = [];
  let at = 0;
  while (at + 8 <= file.size) {
    const box = header(viewOf(await read(file, at, Math.min(at + 16, file.size))), at, file.size);
    boxes.push(box);
    if (boxes.length > BOXES_MAX) throw new NotUnderstood('too many boxes');
    at = box.to;
  }
  if (at !== file.size) throw new NotUnderstood('bytes behind the last box');
  return boxes;
}
