import { thumbnailOf } from './draw';
import { Unreadable } from './photo';

export interface Film {
  readonly width: number;
  readonly height: number;
  readonly durationMs: number | undefined;
  readonly thumbnail: Blob | undefined;
}

/** A browser that hasn't read the beginning of a local file by then won't. */
const LOAD_MS_MAX = 15_000;
const POSTER_AT_S = 0.8;

function happens(element: HTMLMediaElement, event: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Unreadable()), LOAD_MS_MAX);
    element.addEventListener(
      event,
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
    element.addEventListener(
      'error',
      () => {
        clearTimeout(timer);
        reject(new Unreadable());
      },
      { once: true },
    );
  });
}

/** Recordings of browsers don't say how long they are until one has looked at their end. */
async function durationMs(element: HTMLMediaElement): Promise<number | undefined> {
  if (element.duration === Infinity) {
    const known = happens(element, 'durationchange');
    element.currentTime = 1e7;
    await known.catch(() => undefined);
  }
  return Number.isFinite(element.duration) && element.duration > 0 ? Math.round(element.duration * 1000) : undefined;
}

/** A picture of a video, its size and length. */
export async function prepareFilm(file: Blob): Promise<Film> {
  const video = document.createElement('video');
  const url = URL.createObjectURL(file);
  try {
    video.muted = true;
    video.playsInline = true;
    video.preload = 'auto';
    const ready = happens(video, 'loadeddata');
    video.src = url;
    await ready;
    const length = await durationMs(video);
    const drawn = happens(video, 'seeked');
    video.currentTime = Math.min(POSTER_AT_S, (length ?? 0) / 2000);
    await drawn;
    const { videoWidth: width, videoHeight: height } = video;
    const thumbnail = width > 0 && height > 0 ? await thumbnailOf(video, width, height) : undefined;
    return { width, height, durationMs: length, thumbnail };
  } finally {
    video.removeAttribute('src');
    video.load();
    URL.revokeObjectURL(url);
  }
}

export async function soundDurationMs(file: Blob): Promise<number | undefined> {
  const audio = new Audio();
  const url = URL.createObjectURL(file);
  try {
    const ready = happens(audio, 'loadedmetadata');
    audio.preload = 'metadata';
    audio.src = url;
    await ready;
    return await durationMs(audio);
  } finally {
    audio.removeAttribute('src');
    audio.load();
    URL.revokeObjectURL(url);
  }
}
