/** Straightening a page: arithmetic only. */

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Corners of a page in a picture: top left, top right, bottom right, bottom left. */
export type Corners = readonly [Point, Point, Point, Point];

export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** RGBA. */
  readonly data: Uint8ClampedArray;
}

const distance = (a: Point, b: Point) => Math.hypot(a.x - b.x, a.y - b.y);

/** The size of the straightened page: its longer edges, so that nothing gets less sharp. */
export function pageSize([a, b, c, d]: Corners, longest: number): { width: number; height: number } {
  const width = Math.max(distance(a, b), distance(d, c));
  const height = Math.max(distance(a, d), distance(b, c));
  const scale = Math.min(1, longest / Math.max(width, height, 1));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** Four corners make a page when they turn the same way round and aren't on one line. */
export function isConvex(corners: Corners): boolean {
  const turns = corners.map((point, at) => {
    const next = corners[(at + 1) % 4] ?? point;
    const after = corners[(at + 2) % 4] ?? point;
    return (next.x - point.x) * (after.y - next.y) - (next.y - point.y) * (after.x - next.x);
  });
  return turns.every((turn) => turn > 1) || turns.every((turn) => turn < -1);
}

/** Nine numbers that take a point of a unit square to the quadrilateral (Heckbert 1989, section 2.2.3). */
export function squareToQuad([p0, p1, p2, p3]: Corners): readonly number[] {
  const dx1 = p1.x - p2.x;
  const dx2 = p3.x - p2.x;
  const dy1 = p1.y - p2.y;
  const dy2 = p3.y - p2.y;
  const sx = p0.x - p1.x + p2.x - p3.x;
  const sy = p0.y - p1.y + p2.y - p3.y;
  const det = dx1 * dy2 - dx2 * dy1;
  const g = det === 0 ? 0 : (sx * dy2 - dx2 * sy) / det;
  const h = det === 0 ? 0 : (dx1 * sy - sx * dy1) / det;
  return [
    p1.x - p0.x + g * p1.x,
    p3.x - p0.x + h * p3.x,
    p0.x,
    p1.y - p0.y + g * p1.y,
    p3.y - p0.y + h * p3.y,
    p0.y,
    g,
    h,
    1,
  ];
}

/** The page within the corners as a rectangle, each pixel from the four around its place. */
export function straightened(picture: Pixels, corners: Corners, longest: number): Pixels {
  const { width, height } = pageSize(corners, longest);
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = squareToQuad(corners);
  const data = new Uint8ClampedArray(width * height * 4);
  const { data: from, width: w, height: hgt } = picture;
  let at = 0;
  for (let y = 0; y < height; y += 1) {
    const v = (y + 0.5) / height;
    for (let x = 0; x < width; x += 1) {
      const u = (x + 0.5) / width;
      const z = g * u + h * v + 1;
      const sx = Math.min(w - 1.001, Math.max(0, (a * u + b * v + c) / z - 0.5));
      const sy = Math.min(hgt - 1.001, Math.max(0, (d * u + e * v + f) / z - 0.5));
      const x0 = Math.floor(sx);
      const y0 = Math.floor(sy);
      const fx = sx - x0;
      const fy = sy - y0;
      const top = (y0 * w + x0) * 4;
      const right = x0 + 1 < w ? 4 : 0;
      const bottom = y0 + 1 < hgt ? w * 4 : 0;
      for (let channel = 0; channel < 3; channel += 1) {
        const p = top + channel;
        const one = (from[p] ?? 0) * (1 - fx) + (from[p + right] ?? 0) * fx;
        const two = (from[p + bottom] ?? 0) * (1 - fx) + (from[p + bottom + right] ?? 0) * fx;
        data[at + channel] = one * (1 - fy) + two * fy;
      }
      data[at + 3] = 255;
      at += 4;
    }
  }
  return { width, height, data };
}

export function turned(picture: Pixels): Pixels {
  const { width, height, data } = picture;
  const next = new Uint8ClampedArray(data.length);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) {
      const from = (y * width + x) * 4;
      const to = (x * height + (height - 1 - y)) * 4;
      for (let channel = 0; channel < 4; channel += 1) next[to + channel] = data[from + channel] ?? 0;
    }
  return { width: height, height: width, data: next };
}
