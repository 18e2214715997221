/**
 * What a file is, by its first bytes. The sender's word for it counts for nothing: it decides at most how a bubble is laid out
 * before the file is here.
 *
 * **Invariant:** only what this recognises is ever shown inside the app; everything else is saved, never opened.
 */
export type InlineType =
  | 'image/jpeg'
  | 'image/png'
  | 'image/webp'
  | 'image/gif'
  | 'image/avif'
  | 'video/mp4'
  | 'video/webm'
  | 'video/ogg'
  | 'audio/ogg'
  | 'audio/mpeg'
  | 'audio/mp4'
  | 'audio/wav';

/** So many bytes decide. */
export const HEAD_BYTES = 512;

const AVIF_BRANDS = ['avif', 'avis'];
const AUDIO_BRANDS = ['M4A ', 'M4B '];
const VIDEO_BRANDS = [
  'isom',
  'iso2',
  'iso3',
  'iso4',
  'iso5',
  'iso6',
  'iso8',
  'iso9',
  'mp41',
  'mp42',
  'avc1',
  'dash',
  'MSNV',
  'M4V ',
  'mmp4',
];

function ascii(bytes: Uint8Array, from: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(from, from + length));
}

function begins(bytes: Uint8Array, ...signature: number[]): boolean {
  return signature.every((byte, index) => bytes[index] === byte);
}

/** A frame header of MPEG audio layer III: sync, a bit rate and a sampling rate that exist. */
function isMp3Frame(bytes: Uint8Array): boolean {
  const [first = 0, second = 0, third = 0] = bytes;
  const version = (second >> 3) & 3;
  const layer = (second >> 1) & 3;
  const bitRate = third >> 4;
  return (
    first === 0xff &&
    second >= 0xe0 &&
    version !== 1 &&
    layer === 1 &&
    bitRate !== 0 &&
    bitRate !== 15 &&
    ((third >> 2) & 3) !== 3
  );
}

function isoFile(head: Uint8Array): InlineType | undefined {
  const size = ((head[0] ?? 0) << 24) | ((head[1] ?? 0) << 16) | ((head[2] ?? 0) << 8) | (head[3] ?? 0);
  if (size < 16 || size % 4 !== 0) return undefined;
  const brands = [ascii(head, 8, 4)];
  for (let at = 16; at + 4 <= Math.min(size, head.length); at += 4) brands.push(ascii(head, at, 4));
  const [major = ''] = brands;
  if (AVIF_BRANDS.includes(major)) return 'image/avif';
  if (AUDIO_BRANDS.includes(major)) return 'audio/mp4';
  if (VIDEO_BRANDS.includes(major)) return 'video/mp4';
  // A major brand that nobody knows: another one may say that it can be read all the same.
  if (['heic', 'heix', 'mif1', 'qt  ', 'jp2 '].includes(major)) {
    return brands.some((brand) => AVIF_BRANDS.includes(brand)) ? 'image/avif' : undefined;
  }
  return brands.some((brand) => VIDEO_BRANDS.includes(brand)) ? 'video/mp4' : undefined;
}

/** The type by magic bytes, if it is one that the app shows; `undefined` for everything else. */
export function sniff(head: Uint8Array): InlineType | undefined {
  if (begins(head, 0xff, 0xd8, 0xff)) return 'image/jpeg';
  if (begins(head, 0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return 'image/png';
  const start = ascii(head, 0, 12);
  if (start.startsWith('GIF87a') || start.startsWith('GIF89a')) return 'image/gif';
  if (start.startsWith('RIFF') && start.endsWith('WEBP')) return 'image/webp';
  if (start.startsWith('RIFF') && start.endsWith('WAVE')) return 'audio/wav';
  if (start.slice(4, 8) === 'ftyp') return isoFile(head);
  if (begins(head, 0x1a, 0x45, 0xdf, 0xa3)) {
    // Matroska and WebM differ by the DocType element (0x4282) in the head.
    return ascii(head, 0, 64).includes('\x42\x82\x84webm') ? 'video/webm' : undefined;
  }
  if (start.startsWith('OggS')) return ascii(head, 0, 128).includes('theora') ? 'video/ogg' : 'audio/ogg';
  if (start.startsWith('ID3') || isMp3Frame(head)) return 'audio/mpeg';
  return undefined;
}

export type Family = 'image' | 'video' | 'audio';

export function familyOf(type: string): Family | undefined {
  const family = type.slice(0, type.indexOf('/'));
  return family === 'image' || family === 'video' || family === 'audio' ? family : undefined;
}

/**
 * Whether bytes of a sniffed type may be shown as what the sender called them. Containers that hold either sound or pictures
 * (WebM, MP4, Ogg) pass as both.
 */
export function passesAs(sniffed: InlineType | undefined, wanted: Family): boolean {
  if (sniffed === undefined) return false;
  const family = familyOf(sniffed);
  if (family === wanted) return true;
  return wanted === 'audio' && family === 'video';
}

export async function sniffBlob(blob: Blob): Promise<InlineType | undefined> {
  return sniff(new Uint8Array(await blob.slice(0, HEAD_BYTES).arrayBuffer()));
}
