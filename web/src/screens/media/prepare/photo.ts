import { sniff } from '../files/sniff';
import { encode, sizeWithin, thumbnailOf } from './draw';
import { isAnimated, withoutMetadata } from './metadata';

export type PhotoQuality = 'standard' | 'hd' | 'original';

/** Larger pictures aren't read into memory. */
export const PICTURE_BYTES_MAX = 256_000_000;
const LONGEST = { standard: 1600, hd: 4096 } as const;
const QUALITY = { standard: 0.78, hd: 0.86 } as const;

export interface Picture {
  readonly blob: Blob;
  readonly mediaType: string;
  readonly width: number;
  readonly height: number;
  readonly thumbnail: Blob | undefined;
}

/** This browser can't read the picture. */
export class Unreadable extends Error {
  constructor() {
    super('The file can’t be read as what it is.');
    this.name = 'Unreadable';
  }
}

/** A photo as it goes out: at the chosen quality, upright, without metadata. */
export async function preparePhoto(file: Blob, quality: PhotoQuality): Promise<Picture> {
  if (file.size > PICTURE_BYTES_MAX) throw new Unreadable();
  const bytes = new Uint8Array(await file.arrayBuffer());
  const type = sniff(bytes.subarray(0, 512));
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' });
  } catch {
    throw new Unreadable();
  }
  try {
    const { width, height } = bitmap;
    const thumbnail = await thumbnailOf(bitmap, width, height);
    const kept =
      type === 'image/jpeg' || type === 'image/png' || type === 'image/webp' || type === 'image/gif'
        ? withoutMetadata(bytes, type)
        : undefined;
    if (type !== undefined && kept && (quality === 'original' || isAnimated(bytes, type)))
      return { blob: new Blob([kept], { type }), mediaType: type, width, height, thumbnail };
    const step = quality === 'original' ? undefined : quality;
    const size = sizeWithin(width, height, step === undefined ? Math.max(width, height) : LONGEST[step]);
    const blob = await encode(bitmap, size.width, size.height, step === undefined ? 0.95 : QUALITY[step]);
    // A small picture may grow by being drawn anew.
    if (kept && type !== undefined && kept.length <= blob.size && size.width === width)
      return { blob: new Blob([kept], { type }), mediaType: type, width, height, thumbnail };
    return { blob, mediaType: blob.type, ...size, thumbnail };
  } finally {
    bitmap.close();
  }
}
