import type { OutgoingFile } from '../../../engine/engine';
import { cleanName, extensionOf } from '../files/names';
import { familyOf, sniffBlob, type Family } from '../files/sniff';
import { prepareFilm, soundDurationMs } from './film';
import { preparePhoto, Unreadable, type PhotoQuality } from './photo';

export type OutgoingKind = 'photo' | 'video' | 'audio' | 'document';

/** What prepares a file; replaced in tests, where there is no browser. */
export interface Tools {
  photo: typeof preparePhoto;
  film: typeof prepareFilm;
  soundDurationMs: typeof soundDurationMs;
  sniff: typeof sniffBlob;
}

export const browserTools: Tools = { photo: preparePhoto, film: prepareFilm, soundDurationMs, sniff: sniffBlob };

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

function asDocument(file: File): OutgoingFile {
  return { file, name: cleanName(file.name), mediaType: file.type === '' ? 'application/octet-stream' : file.type };
}

/**
 * A file as it goes out. A photo or video that this browser can't read goes as a document, untouched.
 */
export async function prepareFile(
  file: File,
  kind: OutgoingKind,
  quality: PhotoQuality,
  tools: Tools = browserTools,
): Promise<{ kind: OutgoingKind; outgoing: OutgoingFile }> {
  try {
    switch (kind) {
      case 'photo': {
        const picture = await tools.photo(file, quality);
        return {
          kind,
          outgoing: {
            file: picture.blob,
            name: renamed(file.name, picture.mediaType),
            mediaType: picture.mediaType,
            width: picture.width,
            height: picture.height,
            ...(picture.thumbnail && { thumbnail: picture.thumbnail }),
          },
        };
      }
      case 'video': {
        const film = await tools.film(file);
        return {
          kind,
          outgoing: {
            file: film.blob,
            name: cleanName(file.name),
            mediaType: (await tools.sniff(file)) ?? file.type,
            width: film.width,
            height: film.height,
            ...(film.durationMs !== undefined && { durationMs: film.durationMs }),
            ...(film.thumbnail && { thumbnail: film.thumbnail }),
          },
        };
      }
      case 'audio': {
        const durationMs = await tools.soundDurationMs(file);
        return {
          kind,
          outgoing: {
            file,
            name: cleanName(file.name),
            mediaType: (await tools.sniff(file)) ?? file.type,
            ...(durationMs !== undefined && { durationMs }),
          },
        };
      }
      case 'document':
        return { kind, outgoing: asDocument(file) };
    }
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return { kind: 'document', outgoing: asDocument(file) };
  }
}
