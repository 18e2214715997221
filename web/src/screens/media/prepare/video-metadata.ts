/** Boxes of an MP4 or QuickTime film that hold where, when and with what it was filmed. */
const PRIVATE = new Set(['udta', 'meta', 'uuid']);
const WALKED = new Set(['moov', 'trak', 'mdia']);
/** The index of a film is small; a larger one isn't read into memory. */
const INDEX_BYTES_MAX = 64_000_000;

function boxes(view: DataView, from: number, to: number): { type: string; from: number; to: number; body: number }[] {
  const list = [];
  let at = from;
  while (at + 8 <= to) {
    let size = view.getUint32(at);
    let head = 8;
    if (size === 1 && at + 16 <= to) {
      size = Number(view.getBigUint64(at + 8));
      head = 16;
    } else if (size === 0) size = to - at;
    if (size < head || at + size > to) break;
    const type = String.fromCharCode(...new Uint8Array(view.buffer, view.byteOffset + at + 4, 4));
    list.push({ type, from: at, to: at + size, body: at + head });
    at += size;
  }
  return list;
}

/** Turns the private boxes of an index into free space of zeros; lengths and places stay, so the film plays as before. */
export function blankPrivate(index: Uint8Array): void {
  const view = new DataView(index.buffer, index.byteOffset, index.byteLength);
  const walk = (from: number, to: number) => {
    for (const box of boxes(view, from, to)) {
      if (PRIVATE.has(box.type)) {
        index.set([0x66, 0x72, 0x65, 0x65], box.from + 4);
        index.fill(0, box.body, box.to);
      } else if (WALKED.has(box.type)) walk(box.body, box.to);
    }
  };
  walk(0, index.length);
}

/** The film without the place where it was filmed. What isn't understood is left as it is. */
export async function filmWithoutPlace(file: Blob): Promise<Blob> {
  const parts: Blob[] = [];
  let at = 0;
  while (at + 8 <= file.size) {
    const head = new DataView(await file.slice(at, at + 16).arrayBuffer());
    let size = head.getUint32(0);
    if (size === 1 && head.byteLength >= 16) size = Number(head.getBigUint64(8));
    else if (size === 0) size = file.size - at;
    if (size < 8 || at + size > file.size) return file;
    const type = String.fromCharCode(...new Uint8Array(head.buffer, 4, 4));
    const box = file.slice(at, at + size);
    if ((type === 'moov' || PRIVATE.has(type)) && size <= INDEX_BYTES_MAX) {
      const bytes = new Uint8Array(await box.arrayBuffer());
      blankPrivate(bytes);
      parts.push(new Blob([bytes]));
    } else parts.push(box);
    at += size;
  }
  return at === file.size ? new Blob(parts, { type: file.type }) : file;
}
