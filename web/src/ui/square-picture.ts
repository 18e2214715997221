/** Arithmetic and encoding of square pictures. */

export interface Crop {
  readonly zoom: number;
  /** Offset of the picture's middle from the square's, in pixels of the view. */
  readonly x: number;
  readonly y: number;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** The scale at which a picture just covers a square. */
export const coverScale = (image: Size, side: number): number => Math.max(side / image.width, side / image.height);

/** Keeps the square inside the picture. */
export function clampOffset(crop: Crop, image: Size, side: number): Crop {
  const scale = coverScale(image, side) * crop.zoom;
  const limit = (length: number, at: number) => {
    const room = Math.max(0, (length * scale - side) / 2);
    return Math.min(room, Math.max(-room, at));
  };
  return { zoom: crop.zoom, x: limit(image.width, crop.x), y: limit(image.height, crop.y) };
}

/** Tried in this order until the result is small enough. */
const ATTEMPTS: readonly (readonly [side: number, quality: number])[] = [
  [320, 0.82],
  [256, 0.82],
  [256, 0.7],
  [192, 0.72],
  [128, 0.72],
  [96, 0.6],
];

const toBlob = (canvas: HTMLCanvasElement, type: string, quality: number) =>
  new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, type, quality));

/** Draws and encodes anew, so that nothing of the original file (place, camera) is left. */
export async function encodeSquare(
  draw: (canvas: HTMLCanvasElement, side: number) => void,
  bytesMax: number,
): Promise<Blob> {
  for (const [side, quality] of ATTEMPTS) {
    const canvas = document.createElement('canvas');
    draw(canvas, side);
    const blob = await toBlob(canvas, 'image/webp', quality);
    // Safari gives a PNG when it can't write WebP.
    const small = blob?.type === 'image/webp' ? blob : await toBlob(canvas, 'image/jpeg', quality);
    if (small && small.size <= bytesMax) return small;
  }
  throw new Error('a picture of 96 pixels did not fit');
}
