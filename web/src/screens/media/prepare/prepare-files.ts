import type { OutgoingFile } from '../../../engine/engine';
import { cleanName, extensionOf } from '../files/names';
import { familyOf, sniffBlob, type Family } from '../files/sniff';
import { prepareFilm, soundDurationMs } from './film';
import { preparePhoto, Unreadable, type PhotoQuality } from './photo';
import type { Cleaned } from './private-data/without-private-data';

export type OutgoingKind = 'photo' | 'video' | 'audio' | 'document';

/**
 * What a file says about its maker when it goes out: `removed`, nothing but what is seen and heard; `kept`, everything, because it isn't understood;
 * `whole`, everything, because the person sends it as a document; `document`, it is none of these.
 */
export type Carries = 'removed' | 'kept' | 'whole' | 'document';

/** What prepares a file; replaced in tests, where there is no browser. */
export interface Tools {
  photo: typeof preparePhoto;
  film: typeof prepareFilm;
  soundDurationMs: typeof soundDurationMs;
  sniff: typeof sniffBlob;
  clean: (file: File) => Promise<Cleaned>;
}

export const browserTools: Tools = {
  photo: preparePhoto,
  film: prepareFilm,
  soundDurationMs,
  sniff: sniffBlob,
  clean: async (file) => (await import('./private-data/without-private-data')).withoutPrivateData(file),
};

const PHOTO_LIKE = new Set(['heic', 'heif', 'bmp', 'tif', 'tiff']);
const EXTENSION: Record<string, string> = {
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/webp': 'webp',
  'image/gif': 'gif',
  'image/avif': 'avif',
};

/** What it is, by its bytes; some photos (HEIC) can be read by one browser and not by another, so they are tried. */
export async function kindOf(file: File, tools: Tools): Promise<OutgoingKind> {
  const type = await tools.sniff(file);
  const family = type === undefined ? undefined : familyOf(type);
  const kinds: Record<Family, OutgoingKind> = { image: 'photo', video: 'video', audio: 'audio' };
  if (family !== undefined) return kinds[family];
  return PHOTO_LIKE.has(extensionOf(file.name)) ? 'photo' : 'document';
}

function renamed(name: string, mediaType: string): string {
  const extension = EXTENSION[mediaType];
  const clean = cleanName(name);
  if (extension === undefined || extensionOf(clean) === extension) return clean;
  if (extension === 'jpg' && extensionOf(clean) === 'jpeg') return clean;
  const at = clean.lastIndexOf('.');
  return `${at > 0 ? clean.slice(0, at) : clean}.${extension}`;
}

function plainFile(file: File, bytes: Blob): OutgoingFile {
  const mediaType = file.type === '' ? 'application/octet-stream' : file.type;
  return { file: bytes, name: cleanName(file.name), mediaType };
}

export interface Prepared {
  readonly kind: OutgoingKind;
  readonly outgoing: OutgoingFile;
  readonly carries: Carries;
}

/** Byte for byte; whether it is a medium, which may say more than one sees, is told. */
export async function asDocument(file: File, tools: Tools = browserTools): Promise<Prepared> {
  const family = familyOf((await tools.sniff(file)) ?? file.type);
  const isMedium = family !== undefined || PHOTO_LIKE.has(extensionOf(file.name));
  return { kind: 'document', outgoing: plainFile(file, file), carries: isMedium ? 'whole' : 'document' };
}

/**
 * A file as it goes out. A photo or film that this browser can't read goes as a document, without its data where its container is understood.
 */
export async function prepareFile(
  file: File,
  kind: OutgoingKind,
  quality: PhotoQuality,
  tools: Tools = browserTools,
): Promise<Prepared> {
  if (kind === 'photo') {
    try {
      const { blob, mediaType, width, height, thumbnail } = await tools.photo(file, quality);
      const name = renamed(file.name, mediaType);
      return {
        kind,
        outgoing: { file: blob, name, mediaType, width, height, ...(thumbnail && { thumbnail }) },
        carries: 'removed',
      };
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
    }
  }
  const cleaned = await tools.clean(file);
  const bytes = cleaned.data === 'removed' ? cleaned.blob : file;
  const known = { name: cleanName(file.name), mediaType: (await tools.sniff(file)) ?? file.type };
  const carries = cleaned.data;
  try {
    switch (kind) {
      case 'video': {
        const { width, height, durationMs, thumbnail } = await tools.film(file);
        const shown = {
          width,
          height,
          ...(durationMs !== undefined && { durationMs }),
          ...(thumbnail && { thumbnail }),
        };
        return { kind, outgoing: { file: bytes, ...known, ...shown }, carries };
      }
      case 'audio': {
        const durationMs = await tools.soundDurationMs(file);
        return { kind, outgoing: { file: bytes, ...known, ...(durationMs !== undefined && { durationMs }) }, carries };
      }
      case 'photo':
      case 'document':
        return { kind: 'document', outgoing: plainFile(file, bytes), carries };
    }
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return { kind: 'document', outgoing: plainFile(file, bytes), carries };
  }
}
