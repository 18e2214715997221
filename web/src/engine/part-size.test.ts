import { expect, test } from 'vitest';
import { UPLOAD_PART_BYTES } from './limits';
import { nextPartBytes } from './part-size';

/** The sizes of all requests of a file over a line of so many bytes per second. */
function parts(total: number, bytesPerSecond: number): number[] {
  const sizes: number[] = [];
  let next: number = UPLOAD_PART_BYTES.first;
  for (let left = total; left > 0; left -= sizes.at(-1) ?? left) {
    const size = Math.min(next, left);
    sizes.push(size);
    next = nextPartBytes(next, (size / bytesPerSecond) * 1000);
  }
  return sizes;
}

test('a fast line gets large requests, a slow one moves its progress every two seconds', () => {
  const fast = parts(100_000_000, 50_000_000);
  expect(Math.max(...fast)).toBe(UPLOAD_PART_BYTES.most);
  expect(fast.length).toBeLessThan(32);
  const slow = parts(4_000_000, 60_000);
  expect(slow.slice(2).every((size) => size / 60_000 <= 2.2)).toBe(true);
  expect(Math.min(...parts(1_000_000, 1000).slice(0, -1))).toBe(UPLOAD_PART_BYTES.least);
});
