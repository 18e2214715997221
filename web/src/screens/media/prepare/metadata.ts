/**
 * Takes out of picture files what the pixels don't need: place, time, device, preview pictures. The pixels stay byte for byte.
 *
 * **Invariant:** no Exif but the orientation, no XMP, no IPTC and no comment is in what these return.
 */

function ascii(bytes: Uint8Array, from: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(from, from + length));
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Exif's orientation, 1 to 8; 1 when there is none. */
export function orientationOf(jpeg: Uint8Array): number {
  const view = new DataView(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength);
  for (const { marker, from, to } of segments(jpeg)) {
    if (marker !== 0xe1 || ascii(jpeg, from + 4, 6) !== 'Exif\0\0') continue;
    const tiff = from + 10;
    if (tiff + 8 > to) continue;
    const little = ascii(jpeg, tiff, 2) === 'II';
    const ifd = tiff + view.getUint32(tiff + 4, little);
    if (ifd + 2 > to) continue;
    const count = view.getUint16(ifd, little);
    for (let entry = 0; entry < count; entry += 1) {
      const at = ifd + 2 + entry * 12;
      if (at + 12 > to) break;
      if (view.getUint16(at, little) !== 0x0112) continue;
      const value = view.getUint16(at + 8, little);
      return value >= 1 && value <= 8 ? value : 1;
    }
  }
  return 1;
}

interface Segment {
  readonly marker: number;
  /** From its 0xFF. */
  readonly from: number;
  readonly to: number;
}

/** The segments of a JPEG, each scan with its pixels, to the end of the picture. */
function segments(jpeg: Uint8Array): Segment[] {
  const list: Segment[] = [];
  let at = 2;
  while (at + 4 <= jpeg.length && jpeg[at] === 0xff) {
    const marker = jpeg[at + 1] ?? 0;
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    if (marker === 0xd9) break;
    const length = ((jpeg[at + 2] ?? 0) << 8) | (jpeg[at + 3] ?? 0);
    let to = at + 2 + length;
    if (length < 2 || to > jpeg.length) break;
    if (marker === 0xda) to = scanEnd(jpeg, to);
    list.push({ marker, from: at, to });
    at = to;
  }
  if (jpeg[at] === 0xff && jpeg[at + 1] === 0xd9) list.push({ marker: 0xd9, from: at, to: at + 2 });
  return list;
}

/** Pixels end at a marker that neither is a stuffed byte nor starts them anew. */
function scanEnd(jpeg: Uint8Array, from: number): number {
  let at = from;
  for (;;) {
    at = jpeg.indexOf(0xff, at);
    if (at < 0) return jpeg.length;
    const next = jpeg[at + 1];
    if (next !== 0 && !(next !== undefined && next >= 0xd0 && next <= 0xd7)) return at;
    at += 2;
  }
}

/** Exif with nothing but an orientation. */
function orientationOnly(orientation: number): Uint8Array {
  const exif = new Uint8Array(36);
  exif.set([
    0xff, 0xe1, 0x00, 0x22, 0x45, 0x78, 0x69, 0x66, 0x00, 0x00, 0x4d, 0x4d, 0x00, 0x2a, 0x00, 0x00, 0x00, 0x08,
  ]);
  exif.set([0x00, 0x01, 0x01, 0x12, 0x00, 0x03, 0x00, 0x00, 0x00, 0x01, 0x00, orientation], 18);
  return exif;
}

/** Without anything behind the end of the picture either: phones put videos and depth maps there. */
function jpegWithout(jpeg: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  const all = segments(jpeg);
  if (!all.some((segment) => segment.marker === 0xda)) return undefined;
  const orientation = orientationOf(jpeg);
  const kept = all.filter(({ marker, from }) => {
    if (marker === 0xfe) return false;
    if (marker < 0xe0 || marker > 0xef) return true;
    // JFIF, ICC profile and Adobe's colour transform decide how the pixels look.
    if (marker === 0xe0) return ascii(jpeg, from + 4, 4) === 'JFIF';
    if (marker === 0xe2) return ascii(jpeg, from + 4, 11) === 'ICC_PROFILE';
    return marker === 0xee && ascii(jpeg, from + 4, 5) === 'Adobe';
  });
  return joined([
    jpeg.subarray(0, 2),
    ...(orientation === 1 ? [] : [orientationOnly(orientation)]),
    ...kept.map(({ from, to }) => jpeg.subarray(from, to)),
  ]);
}

const PNG_KEPT = new Set(
  'IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP bKGD pHYs hIST sPLT acTL fcTL fdAT'.split(' '),
);

function pngWithout(png: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  const parts = [png.subarray(0, 8)];
  let at = 8;
  while (at + 12 <= png.length) {
    const length = view.getUint32(at);
    const end = at + 12 + length;
    if (end > png.length) return undefined;
    const type = ascii(png, at + 4, 4);
    if (PNG_KEPT.has(type)) parts.push(png.subarray(at, end));
    at = end;
    if (type === 'IEND') return joined(parts);
  }
  return undefined;
}

const WEBP_KEPT = new Set(['VP8 ', 'VP8L', 'VP8X', 'ALPH', 'ANIM', 'ANMF', 'ICCP']);

function webpWithout(webp: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  const view = new DataView(webp.buffer, webp.byteOffset, webp.byteLength);
  const parts: Uint8Array[] = [];
  let at = 12;
  while (at + 8 <= webp.length) {
    const type = ascii(webp, at, 4);
    const length = view.getUint32(at + 4, true);
    const end = at + 8 + length + (length % 2);
    if (at + 8 + length > webp.length) return undefined;
    if (WEBP_KEPT.has(type)) {
      const chunk = webp.slice(at, Math.min(end, webp.length));
      // The flags of VP8X that announce Exif and XMP.
      if (type === 'VP8X') chunk[8] = (chunk[8] ?? 0) & ~0x0c;
      parts.push(chunk);
    }
    at = end;
  }
  const whole = joined([webp.subarray(0, 12), ...parts]);
  new DataView(whole.buffer).setUint32(4, whole.length - 8, true);
  return whole;
}

/** Programs' blocks that decide how a GIF moves and looks. */
const GIF_KEPT = new Set(['NETSCAPE2.0', 'ANIMEXTS1.0', 'ICCRGBG1012']);

function gifWithout(gif: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  const table = (flags: number) => ((flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1));
  /** Behind blocks of up to 255 bytes. */
  const blocksEnd = (from: number) => {
    let at = from;
    while (at < gif.length && gif[at] !== 0) at += 1 + (gif[at] ?? 0);
    return at + 1;
  };
  let at = 13 + table(gif[10] ?? 0);
  const parts = [gif.subarray(0, at)];
  while (at < gif.length) {
    const kind = gif[at];
    let end: number;
    let kept = true;
    if (kind === 0x3b) return joined([...parts, gif.subarray(at, at + 1)]);
    if (kind === 0x2c) end = blocksEnd(at + 10 + table(gif[at + 9] ?? 0) + 1);
    else if (kind === 0x21) {
      const label = gif[at + 1];
      end = blocksEnd(at + 2);
      kept = label === 0xf9 || (label === 0xff && GIF_KEPT.has(ascii(gif, at + 3, 11)));
    } else return undefined;
    if (end > gif.length) return undefined;
    if (kept) parts.push(gif.subarray(at, end));
    at = end;
  }
  return undefined;
}

/** The same picture without metadata; `undefined` when the format isn't one of these or the file is broken: draw it anew then. */
export function withoutMetadata(
  bytes: Uint8Array,
  type: 'image/jpeg' | 'image/png' | 'image/webp' | 'image/gif',
): Uint8Array<ArrayBuffer> | undefined {
  switch (type) {
    case 'image/jpeg':
      return jpegWithout(bytes);
    case 'image/png':
      return pngWithout(bytes);
    case 'image/webp':
      return webpWithout(bytes);
    case 'image/gif':
      return gifWithout(bytes);
  }
}

/** Whether it moves: drawn anew, only its first frame would be left. */
export function isAnimated(bytes: Uint8Array, type: string): boolean {
  if (type === 'image/gif') return true;
  if (type === 'image/webp') return ascii(bytes, 12, 4) === 'VP8X' && ((bytes[20] ?? 0) & 0x02) !== 0;
  if (type === 'image/png') {
    const head = ascii(bytes, 0, Math.min(bytes.length, 4096));
    const at = head.indexOf('acTL');
    return at >= 0 && (!head.includes('IDAT') || at < head.indexOf('IDAT'));
  }
  return false;
}
