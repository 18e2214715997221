import { ascii, bytesOf, NotUnderstood, patched, read, viewOf, type Patch } from './patches';

/** Parts of one file. */
const PARTS_MAX = 10_000;
/** How far into an Ogg file its comments are looked for, in bytes. */
const OGG_HEAD_BYTES = 65_536;

const WAV_KEPT = new Set(['fmt ', 'fact', 'data', 'cue ', 'smpl', 'PEAK', 'JUNK', 'ds64']);

/** WAV: everything but the sound becomes junk of the same length. */
export async function wavWithout(file: Blob): Promise<Blob> {
  const patches: Patch[] = [];
  let at = 12;
  for (let count = 0; at + 8 <= file.size; count += 1) {
    if (count > PARTS_MAX) throw new NotUnderstood('too many parts');
    const head = await read(file, at, at + 8);
    const length = viewOf(head).getUint32(4, true);
    const end = at + 8 + length + (length % 2);
    if (at + 8 + length > file.size) throw new NotUnderstood('a part beyond its end');
    if (!WAV_KEPT.has(ascii(head, 0, 4)))
      patches.push({ from: at, to: at + 4, bytes: bytesOf('JUNK') }, { from: at + 8, to: at + 8 + length });
    at = end;
  }
  return patched(file, patches);
}

/** MP3: without the tags before and behind the sound. */
export async function mp3Without(file: Blob): Promise<Blob> {
  let from = 0;
  for (let count = 0; count < PARTS_MAX; count += 1) {
    const head = await read(file, from, from + 10);
    if (ascii(head, 0, 3) !== 'ID3') break;
    const [a = 0, b = 0, c = 0, d = 0] = head.subarray(6, 10);
    from += 10 + ((a << 21) | (b << 14) | (c << 7) | d) + (((head[5] ?? 0) & 0x10) === 0 ? 0 : 10);
    if (from > file.size) throw new NotUnderstood('a tag beyond its end');
  }
  let to = file.size;
  for (let count = 0; count < PARTS_MAX; count += 1) {
    const tail = await read(file, Math.max(from, to - 128), to);
    if (tail.length === 128 && ascii(tail, 0, 3) === 'TAG') to -= 128;
    else if (tail.length >= 32 && ascii(tail, tail.length - 32, 8) === 'APETAGEX') {
      const foot = viewOf(tail.subarray(tail.length - 32));
      const withHead = (foot.getUint32(20, true) & 0x80000000) !== 0;
      const size = foot.getUint32(12, true) + (withHead ? 32 : 0);
      if (size < 32 || size > to - from) throw new NotUnderstood('a tag beyond its beginning');
      to -= size;
    } else break;
  }
  return file.slice(from, to, file.type);
}

/** FLAC: comments, pictures and data of programs become padding of the same length. */
export async function flacWithout(file: Blob): Promise<Blob> {
  const patches: Patch[] = [];
  let at = 4;
  for (let count = 0; count < PARTS_MAX; count += 1) {
    const head = await read(file, at, at + 4);
    if (head.length < 4) throw new NotUnderstood('no sound');
    const [flags = 0, a = 0, b = 0, c = 0] = head;
    const end = at + 4 + ((a << 16) | (b << 8) | c);
    if (end > file.size) throw new NotUnderstood('a part beyond its end');
    // What the sound is, where to find a time in it, and padding stay.
    if (![0, 3].includes(flags & 0x7f))
      patches.push({ from: at, to: at + 1, bytes: Uint8Array.of((flags & 0x80) | 1) }, { from: at + 4, to: end });
    if ((flags & 0x80) !== 0) return patched(file, patches);
    at = end;
  }
  throw new NotUnderstood('too many parts');
}

/** Ogg: as it is when its comments name nothing but the program that made it; every page has a sum over its bytes. */
export async function oggWithout(file: Blob): Promise<Blob> {
  const head = await read(file, 0, Math.min(file.size, OGG_HEAD_BYTES));
  const text = new TextDecoder('latin1').decode(head);
  const opus = text.indexOf('OpusTags');
  const vorbis = text.indexOf('\x03vorbis');
  let at = opus >= 0 ? opus + 8 : vorbis >= 0 ? vorbis + 7 : -1;
  const view = viewOf(head);
  const number = () => {
    if (at < 0 || at + 4 > head.length) throw new NotUnderstood('no comments where they should be');
    at += 4;
    return view.getUint32(at - 4, true);
  };
  const maker = number();
  at += maker;
  const count = number();
  for (let comment = 0; comment < count; comment += 1) {
    const length = number();
    if (!/^encoder/i.test(text.slice(at, at + length))) throw new NotUnderstood('comments');
    at += length;
  }
  return file;
}
