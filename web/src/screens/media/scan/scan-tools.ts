import { sizeWithin } from '../prepare/draw';
import type { Pixels } from './geometry';
import type { ScanTools } from './scan-model';

export const browserScanTools: ScanTools = {
  async read(picture, longest) {
    const bitmap = await createImageBitmap(picture, { imageOrientation: 'from-image' });
    try {
      const { width, height } = sizeWithin(bitmap.width, bitmap.height, longest);
      const canvas = new OffscreenCanvas(width, height);
      const context = canvas.getContext('2d', { willReadFrequently: true });
      if (!context) throw new Error('no canvas');
      context.imageSmoothingQuality = 'high';
      context.drawImage(bitmap, 0, 0, width, height);
      return context.getImageData(0, 0, width, height);
    } finally {
      bitmap.close();
    }
  },
  async jpeg(pixels) {
    const canvas = new OffscreenCanvas(pixels.width, pixels.height);
    paint(canvas.getContext('2d'), pixels);
    return canvas.convertToBlob({ type: 'image/jpeg', quality: 0.8 });
  },
  // Half a megabyte of code that only who scans a document needs.
  pdf: async (pages) => (await import('./pdf')).pdfOf(pages),
  url: (blob) => URL.createObjectURL(blob),
  dropUrl: (url) => URL.revokeObjectURL(url),
};

export function paint(
  context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D | null,
  pixels: Pixels,
): void {
  context?.putImageData(new ImageData(new Uint8ClampedArray(pixels.data), pixels.width, pixels.height), 0, 0);
}
