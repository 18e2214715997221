import { expect, test } from 'vitest';
import { clampOffset, coverScale } from './square-picture';

test('a picture covers the square and can be moved only as far as it reaches', () => {
  const wide = { width: 400, height: 200 };
  expect(coverScale(wide, 100)).toBe(0.5);
  expect(clampOffset({ zoom: 1, x: 900, y: 900 }, wide, 100)).toEqual({ zoom: 1, x: 50, y: 0 });
  expect(clampOffset({ zoom: 2, x: -900, y: -900 }, wide, 100)).toEqual({ zoom: 2, x: -150, y: -50 });
});
