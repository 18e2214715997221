/**
 * Takes out of media files what nobody sees or hears: place, time, camera, owner, titles.
 *
 * **Invariant:** what is said to be clean was understood from its beginning to its end; whatever isn't is said to keep its data.
 */
import { withoutMetadata } from '../metadata';
import { PICTURE_BYTES_MAX } from '../photo';
import { documentIcon } from '../../files/names';
import { filmWithout } from './film';
import { heifWithout } from './heif';
import { matroskaWithout } from './matroska';
import { ascii, NotUnderstood, read } from './patches';
import { flacWithout, mp3Without, oggWithout, wavWithout } from './sound';

export type Cleaned =
  /** A file of a kind that is sent as it is. */
  | { readonly data: 'document' }
  /** What it held beside pixels and sound is gone. */
  | { readonly data: 'removed'; readonly blob: Blob }
  /** A medium that isn't understood: what it holds goes with it. */
  | { readonly data: 'kept' };

const HEIF_BRANDS = new Set(['heic', 'heix', 'heim', 'heis', 'hevc', 'mif1', 'mif2', 'msf1', 'avif', 'avis']);

async function picture(file: Blob, type: 'image/jpeg' | 'image/png' | 'image/webp' | 'image/gif'): Promise<Blob> {
  if (file.size > PICTURE_BYTES_MAX) throw new NotUnderstood('a picture that is too large');
  const clean = withoutMetadata(await read(file, 0, file.size), type);
  if (!clean) throw new NotUnderstood('a broken picture');
  return new Blob([clean], { type });
}

function cleaner(head: Uint8Array): ((file: Blob) => Promise<Blob>) | undefined {
  const start = ascii(head, 0, 16);
  const [first = 0, second = 0, third = 0] = head;
  if (first === 0xff && second === 0xd8 && third === 0xff) return (file) => picture(file, 'image/jpeg');
  if (start.startsWith('\x89PNG\r\n\x1a\n')) return (file) => picture(file, 'image/png');
  if (/^GIF8[79]a/.test(start)) return (file) => picture(file, 'image/gif');
  if (/^RIFF[^]{4}WEBP/.test(start)) return (file) => picture(file, 'image/webp');
  if (/^(?:RIFF|RF64)[^]{4}WAVE/.test(start)) return wavWithout;
  if (start.startsWith('fLaC')) return flacWithout;
  if (start.startsWith('OggS')) return oggWithout;
  if (start.startsWith('ID3') || (first === 0xff && (second & 0xe6) === 0xe2)) return mp3Without;
  if (start.startsWith('\x1a\x45\xdf\xa3')) return matroskaWithout;
  if (start.slice(4, 8) === 'ftyp') return HEIF_BRANDS.has(start.slice(8, 12)) ? heifWithout : filmWithout;
  // QuickTime films of old begin with their index or their pixels.
  if (['moov', 'mdat', 'wide', 'free', 'skip'].includes(start.slice(4, 8))) return filmWithout;
  return undefined;
}

/** A file as it may leave, when it is no document. */
export async function withoutPrivateData(file: File): Promise<Cleaned> {
  const head = await read(file, 0, 16);
  const clean = cleaner(head);
  const isMedium =
    /^(?:image|video|audio)\//.test(file.type) || ['image', 'video', 'audio'].includes(documentIcon(file.name));
  // A bitmap holds pixels only: `BM`.
  if (isMedium && head[0] === 0x42 && head[1] === 0x4d) return { data: 'removed', blob: file };
  if (!clean) return { data: isMedium ? 'kept' : 'document' };
  try {
    return { data: 'removed', blob: await clean(file) };
  } catch (error) {
    if (error instanceof NotUnderstood) return { data: 'kept' };
    throw error;
  }
}
