import type { Pixels } from './geometry';

export type Look = 'document' | 'grey' | 'photo';

/** Pages are lit unevenly: each block's paper is measured and made white. */
const BLOCK_PX = 32;
/** This share of a block is at least paper. */
const PAPER_SHARE = 0.8;

const luma = (data: Uint8ClampedArray, at: number) =>
  0.299 * (data[at] ?? 0) + 0.587 * (data[at + 1] ?? 0) + 0.114 * (data[at + 2] ?? 0);

/** Brightness of the paper per block: a high percentile of what is there. */
function paperOf({ width, height, data }: Pixels): { columns: number; rows: number; light: Float32Array } {
  const columns = Math.ceil(width / BLOCK_PX);
  const rows = Math.ceil(height / BLOCK_PX);
  const light = new Float32Array(columns * rows);
  const histogram = new Uint32Array(256);
  for (let row = 0; row < rows; row += 1)
    for (let column = 0; column < columns; column += 1) {
      histogram.fill(0);
      let count = 0;
      for (let y = row * BLOCK_PX; y < Math.min(height, (row + 1) * BLOCK_PX); y += 2)
        for (let x = column * BLOCK_PX; x < Math.min(width, (column + 1) * BLOCK_PX); x += 2) {
          const value = Math.round(luma(data, (y * width + x) * 4));
          histogram[value] = (histogram[value] ?? 0) + 1;
          count += 1;
        }
      let seen = 0;
      let value = 0;
      while (value < 255 && seen + (histogram[value] ?? 0) < count * PAPER_SHARE) {
        seen += histogram[value] ?? 0;
        value += 1;
      }
      light[row * columns + column] = value;
    }
  // A block that is all picture or ink takes its paper from its neighbours.
  const smooth = new Float32Array(light.length);
  for (let row = 0; row < rows; row += 1)
    for (let column = 0; column < columns; column += 1) {
      let best = 0;
      let sum = 0;
      let parts = 0;
      for (let dy = -2; dy <= 2; dy += 1)
        for (let dx = -2; dx <= 2; dx += 1) {
          const y = row + dy;
          const x = column + dx;
          if (y < 0 || x < 0 || y >= rows || x >= columns) continue;
          const value = light[y * columns + x] ?? 0;
          best = Math.max(best, value);
          sum += value;
          parts += 1;
        }
      smooth[row * columns + column] = Math.max(40, 0.6 * best + 0.4 * (sum / Math.max(1, parts)));
    }
  return { columns, rows, light: smooth };
}

/** Paper white, ink dark; `photo` leaves the colours as they are. */
export function enhanced(picture: Pixels, look: Look): Pixels {
  if (look === 'photo') return picture;
  const { width, height, data } = picture;
  const { columns, rows, light } = paperOf(picture);
  const next = new Uint8ClampedArray(data.length);
  for (let y = 0; y < height; y += 1) {
    const by = Math.min(rows - 1, Math.max(0, (y + 0.5) / BLOCK_PX - 0.5));
    const y0 = Math.floor(by);
    const y1 = Math.min(rows - 1, y0 + 1);
    const fy = by - y0;
    for (let x = 0; x < width; x += 1) {
      const bx = Math.min(columns - 1, Math.max(0, (x + 0.5) / BLOCK_PX - 0.5));
      const x0 = Math.floor(bx);
      const x1 = Math.min(columns - 1, x0 + 1);
      const fx = bx - x0;
      const top = (light[y0 * columns + x0] ?? 255) * (1 - fx) + (light[y0 * columns + x1] ?? 255) * fx;
      const bottom = (light[y1 * columns + x0] ?? 255) * (1 - fx) + (light[y1 * columns + x1] ?? 255) * fx;
      const paper = top * (1 - fy) + bottom * fy;
      const at = (y * width + x) * 4;
      const grey = look === 'grey' ? luma(data, at) : 0;
      for (let channel = 0; channel < 3; channel += 1) {
        const value = (look === 'grey' ? grey : (data[at + channel] ?? 0)) / paper;
        // A soft S: what is nearly paper becomes paper, ink becomes darker.
        const s = Math.min(1, Math.max(0, (value - 0.18) / 0.76));
        next[at + channel] = 255 * s * s * (3 - 2 * s);
      }
      next[at + 3] = 255;
    }
  }
  return { width, height, data: next };
}
