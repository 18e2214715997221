/** Pictures drawn anew at another size: everything but the pixels is gone, and Exif's orientation is applied. */

/** crates/wire: a thumbnail is at most this large. */
export const THUMBNAIL_BYTES_MAX = 16 * 1024;
/** Canvases beyond this fail in some browsers. */
export const PIXELS_MAX = 40_000_000;

export function sizeWithin(width: number, height: number, longest: number): { width: number; height: number } {
  const scale = Math.min(1, longest / Math.max(width, height), Math.sqrt(PIXELS_MAX / Math.max(1, width * height)));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

type Source = ImageBitmap | HTMLVideoElement | HTMLCanvasElement | OffscreenCanvas;

export function draw(source: Source, width: number, height: number, opaque = false): OffscreenCanvas {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { alpha: !opaque });
  if (!context) throw new Error('no canvas');
  if (opaque) {
    context.fillStyle = '#ffffff';
    context.fillRect(0, 0, width, height);
  }
  context.imageSmoothingQuality = 'high';
  context.drawImage(source, 0, 0, width, height);
  return canvas;
}

/** WebP, or JPEG where the browser can't make WebP. */
export async function encode(source: Source, width: number, height: number, quality: number): Promise<Blob> {
  const webp = await draw(source, width, height).convertToBlob({ type: 'image/webp', quality });
  if (webp.type === 'image/webp') return webp;
  return draw(source, width, height, true).convertToBlob({ type: 'image/jpeg', quality });
}

const STEPS: readonly (readonly [longest: number, quality: number])[] = [
  [400, 0.6],
  [320, 0.55],
  [256, 0.5],
  [192, 0.4],
  [128, 0.35],
  [64, 0.3],
];

/** A small picture of at most `bytesMax` bytes. */
export async function thumbnailOf(
  source: Source,
  width: number,
  height: number,
  bytesMax = THUMBNAIL_BYTES_MAX,
): Promise<Blob | undefined> {
  for (const [longest, quality] of STEPS) {
    const size = sizeWithin(width, height, longest);
    const blob = await encode(source, size.width, size.height, quality);
    if (blob.size <= bytesMax) return blob;
  }
  return undefined;
}
