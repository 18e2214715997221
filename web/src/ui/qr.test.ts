import encodeQR from 'qr';
import decodeQR from 'qr/decode.js';
import { expect, test } from 'vitest';
import { FAKE_DEVICE_LINK } from '../engine/fake';
import { qrPath } from './qr-code';

test('what the code shows is what a camera reads', () => {
  const rows = encodeQR(FAKE_DEVICE_LINK, 'raw', { ecc: 'medium', border: 2 });
  const path = qrPath(rows);
  const scale = 6;
  const side = rows.length * scale;
  const data = new Uint8ClampedArray(side * side * 4).fill(255);
  for (const [, x, y, run] of path.matchAll(/M(\d+) (\d+)h(\d+)v1/g)) {
    for (let px = Number(x) * scale; px < (Number(x) + Number(run)) * scale; px += 1)
      for (let py = Number(y) * scale; py < (Number(y) + 1) * scale; py += 1)
        data.fill(0, (py * side + px) * 4, (py * side + px) * 4 + 3);
  }
  expect(decodeQR({ width: side, height: side, data })).toBe(FAKE_DEVICE_LINK);
});
