import { isConvex, type Corners, type Pixels, type Point } from './geometry';

/** When there is no page to be seen: most of the picture. */
export function defaultCorners(width: number, height: number): Corners {
  const x = width * 0.06;
  const y = height * 0.06;
  return [
    { x, y },
    { x: width - x, y },
    { x: width - x, y: height - y },
    { x, y: height - y },
  ];
}

/** A page covers at least this share of a picture that was taken of it. */
const AREA_SHARE_MIN = 0.15;

/** Otsu's threshold: the brightness that divides a picture best into two; none when it has one brightness only. */
function threshold(histogram: readonly number[], total: number): number | undefined {
  const sum = histogram.reduce((all, count, value) => all + count * value, 0);
  let below = 0;
  let sumBelow = 0;
  let best = 0;
  let at: number | undefined;
  histogram.forEach((count, value) => {
    below += count;
    sumBelow += count * value;
    const above = total - below;
    if (below === 0 || above === 0) return;
    const apart = sumBelow / below - (sum - sumBelow) / above;
    const between = below * above * apart * apart;
    if (between > best) {
      best = between;
      at = value;
    }
  });
  return at;
}

/**
 * A guess at the corners of a bright page on a darker ground, in a small picture; people adjust it by hand. The largest bright
 * part is the page; its corners are where its points reach furthest towards the picture's corners.
 */
export function findPage({ width, height, data }: Pixels): Corners {
  const fallback = defaultCorners(width, height);
  const count = width * height;
  const grey = new Uint8Array(count);
  const histogram = Array.from({ length: 256 }, () => 0);
  for (let at = 0; at < count; at += 1) {
    const value = Math.round(
      0.299 * (data[at * 4] ?? 0) + 0.587 * (data[at * 4 + 1] ?? 0) + 0.114 * (data[at * 4 + 2] ?? 0),
    );
    grey[at] = value;
    histogram[value] = (histogram[value] ?? 0) + 1;
  }
  const limit = threshold(histogram, count);
  if (limit === undefined) return fallback;
  const seen = new Uint8Array(count);
  let page: number[] = [];
  for (let start = 0; start < count; start += 1) {
    if (seen[start] === 1 || (grey[start] ?? 0) <= limit) continue;
    const part = [start];
    seen[start] = 1;
    // The list grows while it is walked: a flood without recursion.
    for (const at of part) {
      const x = at % width;
      for (const next of [at - 1, at + 1, at - width, at + width]) {
        if (next < 0 || next >= count || seen[next] === 1 || (grey[next] ?? 0) <= limit) continue;
        if (Math.abs((next % width) - x) > 1) continue;
        seen[next] = 1;
        part.push(next);
      }
    }
    if (part.length > page.length) page = part;
  }
  if (page.length < count * AREA_SHARE_MIN) return fallback;
  const furthest = (score: (point: Point) => number): Point => {
    let best: Point = { x: 0, y: 0 };
    let most = -Infinity;
    for (const at of page) {
      const point = { x: at % width, y: Math.floor(at / width) };
      const value = score(point);
      if (value > most) {
        most = value;
        best = point;
      }
    }
    return best;
  };
  const corners: Corners = [
    furthest(({ x, y }) => -x - y),
    furthest(({ x, y }) => x - y),
    furthest(({ x, y }) => x + y),
    furthest(({ x, y }) => y - x),
  ];
  return isConvex(corners) ? corners : fallback;
}
