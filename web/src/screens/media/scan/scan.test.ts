import { describe, expect, it } from 'vitest';
import { enhanced } from './enhance';
import { defaultCorners, findPage } from './find-page';
import { isConvex, pageSize, squareToQuad, straightened, turned, type Corners, type Pixels } from './geometry';
import { pdfOf } from './pdf';
import { ScanModel, type ScanTools } from './scan-model';

function picture(width: number, height: number, shade: (x: number, y: number) => number): Pixels {
  const data = new Uint8ClampedArray(width * height * 4);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) {
      const value = shade(x, y);
      data.set([value, value, value, 255], (y * width + x) * 4);
    }
  return { width, height, data };
}
const at = ({ data, width }: Pixels, x: number, y: number) => data[(y * width + x) * 4] ?? -1;
const corners = (...list: number[]): Corners =>
  [0, 2, 4, 6].map((from) => ({ x: list[from] ?? 0, y: list[from + 1] ?? 0 })) as unknown as Corners;

const slanted = corners(30, 20, 170, 40, 160, 180, 20, 160);
/** Inside the slanted page? By the side of every edge. */
const inside = (x: number, y: number) =>
  slanted.every((point, index) => {
    const next = slanted[(index + 1) % 4] ?? point;
    return (next.x - point.x) * (y - point.y) - (next.y - point.y) * (x - point.x) >= 0;
  });

describe('a page', () => {
  it('is mapped corner to corner', () => {
    const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = squareToQuad(slanted);
    const map = (u: number, v: number) => [
      (a * u + b * v + c) / (g * u + h * v + 1),
      (d * u + e * v + f) / (g * u + h * v + 1),
    ];
    [map(0, 0), map(1, 0), map(1, 1), map(0, 1)].forEach(([x = 0, y = 0], index) => {
      expect(x).toBeCloseTo(slanted[index]?.x ?? -1, 6);
      expect(y).toBeCloseTo(slanted[index]?.y ?? -1, 6);
    });
  });
  it('is found on a darker ground within a few pixels', () => {
    const found = findPage(picture(200, 200, (x, y) => (inside(x, y) ? 220 : 40)));
    found.forEach((corner, index) => {
      expect(Math.hypot(corner.x - (slanted[index]?.x ?? 0), corner.y - (slanted[index]?.y ?? 0))).toBeLessThan(4);
    });
  });
  it('that can’t be seen is most of the picture', () => {
    expect(findPage(picture(50, 40, () => 128))).toEqual(defaultCorners(50, 40));
    expect(findPage(picture(50, 40, (x, y) => (x < 3 && y < 3 ? 255 : 0)))).toEqual(defaultCorners(50, 40));
  });
  it('is straightened: nothing of the ground stays', () => {
    const page = straightened(
      picture(200, 200, (x, y) => (inside(x, y) ? 220 : 40)),
      slanted,
      1000,
    );
    expect(page).toMatchObject(pageSize(slanted, 1000));
    const middle = [...page.data].filter((_, index) => index % 4 === 0).filter((value) => value < 200).length;
    expect(middle / (page.width * page.height)).toBeLessThan(0.03);
  });
  it('knows when its corners cross', () => {
    expect(isConvex(slanted)).toBe(true);
    expect(isConvex(corners(0, 0, 10, 10, 10, 0, 0, 10))).toBe(false);
    expect(isConvex(corners(0, 0, 5, 0, 10, 0, 5, 0))).toBe(false);
  });
  it('becomes white where it was paper in the shadow, and dark where there was ink', () => {
    // Light falls off from left to right; a line of ink.
    const page = enhanced(
      picture(320, 128, (x, y) => (y >= 60 && y < 64 ? 0.25 : 1) * (230 - x * 0.35)),
      'grey',
    );
    for (const x of [10, 160, 310]) {
      expect(at(page, x, 20)).toBeGreaterThan(235);
      expect(at(page, x, 62)).toBeLessThan(70);
    }
    const photo = picture(8, 8, () => 99);
    expect(enhanced(photo, 'photo')).toBe(photo);
  });
  it('turns by a quarter, four times to itself', () => {
    const page = picture(3, 2, (x, y) => x + y * 10);
    const once = turned(page);
    expect(once).toMatchObject({ width: 2, height: 3 });
    expect(at(once, 1, 0)).toBe(0);
    expect(turned(turned(turned(once)))).toEqual(page);
  });
});

const tools = (dropped: string[] = []): ScanTools => {
  let made = 0;
  return {
    read: (_blob, longest) => Promise.resolve(picture(longest / 10, longest / 10, () => 200)),
    jpeg: ({ width, height }) => Promise.resolve(new Blob([`${width}x${height}`])),
    pdf: (pages) =>
      Promise.resolve(new TextEncoder().encode(pages.map((page) => new TextDecoder().decode(page.jpeg)).join())),
    url: () => {
      made += 1;
      return `u${made}`;
    },
    dropUrl: (url) => void dropped.push(url),
  };
};

describe('scanning', () => {
  it('takes, adjusts, orders and removes pages, and makes one file', async () => {
    const dropped: string[] = [];
    const model = new ScanModel(tools(dropped));
    for (let page = 0; page < 3; page += 1) {
      await model.take(new Blob(['x']));
      model.change({ look: 'grey', turns: page });
      await model.keep();
    }
    expect(model.getSnapshot()).toMatchObject({ step: 'pages', draft: undefined });
    const [a, b, c] = model.getSnapshot().pages;
    if (!a || !b || !c) throw new Error('missing');
    model.move(c.id, -1);
    model.remove(a.id);
    expect(model.getSnapshot().pages.map((page) => page.id)).toEqual([c.id, b.id]);
    model.adjust(b.id);
    model.change({ corners: corners(0, 0, 100, 0, 100, 50, 0, 50), turns: 0 });
    await model.keep();
    const file = await model.finish('Scan.pdf');
    expect(file?.type).toBe('application/pdf');
    expect((await file?.text())?.endsWith('100x50')).toBe(true);
    model.close();
    // Every address that was made was given back: three pictures and pages, and the adjusted one's.
    expect(new Set(dropped).size).toBe(8);
  });
  it('says when a picture can’t be read, and when the PDF fails', async () => {
    const broken = new ScanModel({ ...tools(), read: () => Promise.reject(new Error('no')) });
    await broken.take(new Blob());
    expect(broken.getSnapshot()).toMatchObject({ problem: 'unreadable', busy: false, step: 'camera' });
    const failing = new ScanModel({ ...tools(), pdf: () => Promise.reject(new Error('no')) });
    await failing.take(new Blob());
    await failing.keep();
    expect(await failing.finish('a.pdf')).toBeUndefined();
    expect(failing.getSnapshot().problem).toBe('failed');
  });
  it('makes a real PDF without names or times in it', async () => {
    // The smallest JPEG that has a size: 1 × 1, baseline.
    const hex = 'ffd8ffdb004300' + '01'.repeat(64) + 'ffc0000b080001000101011100ffda0008010100003f00d2cf20ffd9';
    const jpeg = Uint8Array.from(hex.match(/../g) ?? [], (byte) => parseInt(byte, 16));
    const pdf = new TextDecoder('latin1').decode(await pdfOf([{ jpeg, width: 1, height: 1 }]));
    expect(pdf.startsWith('%PDF-')).toBe(true);
    expect(/Producer|Creator|CreationDate|Author/.test(pdf)).toBe(false);
  });
});
