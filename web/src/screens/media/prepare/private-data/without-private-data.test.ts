import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withoutPrivateData } from './without-private-data';

const PLACE = '+52.5200+013.4050/';
const text = (value: string) => Array.from(value, (sign) => sign.charCodeAt(0));
const u16 = (value: number) => [value >> 8, value & 255];
const u32 = (value: number) => [(value >>> 24) & 255, (value >> 16) & 255, (value >> 8) & 255, value & 255];
const box = (type: string, ...content: number[][]): number[] => {
  const body = content.flat();
  return [...u32(body.length + 8), ...text(type), ...body];
};
const full = (type: string, version: number, ...content: number[][]) => box(type, [version, 0, 0, 0], ...content);

async function cleaned(bytes: number[], name: string, type = '') {
  const file = new File([new Uint8Array(bytes)], name, { type });
  const result = await withoutPrivateData(file);
  const blob = result.data === 'removed' ? result.blob : undefined;
  const out = blob && new Uint8Array(await blob.arrayBuffer());
  return { data: result.data, length: out?.length, words: out ? String.fromCharCode(...out) : '' };
}

/** A track whose samples lie at these places. */
function track(handler: string, offsets: number[], size: number): number[] {
  const stbl = box(
    'stbl',
    full('stsc', 0, u32(1), u32(1), u32(1), u32(1)),
    full('stsz', 0, u32(0), u32(offsets.length), ...offsets.map(() => u32(size))),
    full('stco', 0, u32(offsets.length), ...offsets.map(u32)),
  );
  const mdia = box(
    'mdia',
    full('mdhd', 0, u32(0x12345678), u32(0x12345678), u32(600), u32(0)),
    full('hdlr', 0, u32(0), text(handler), u32(0)),
    box('minf', stbl),
  );
  return box('trak', full('tkhd', 0, u32(0x12345678), u32(0x12345678), u32(1)), mdia, box('udta', text('©nam Ana')));
}

/** A film of three samples: pictures, positions, pictures. */
function film(brand: string, extra: number[][] = []): number[] {
  const ftyp = box('ftyp', text(brand), u32(0), text('mp42'));
  const at = ftyp.length + 8;
  const mdat = box('mdat', text('PIXELS-A'), text('52.52N13'), text('PIXELS-B'));
  const moov = box(
    'moov',
    full('mvhd', 0, u32(0x12345678), u32(0x12345678), u32(600), u32(0)),
    track('vide', [at, at + 16], 8),
    track('meta', [at + 8], 8),
    box('udta', box('©xyz', u16(PLACE.length), u16(0), text(PLACE)), box('©mak', text('Apple'))),
    full('meta', 0, text('com.apple.quicktime.location.ISO6709'), text(PLACE)),
    box('gps ', text('52.52')),
  );
  return [...ftyp, ...mdat, ...moov, ...box('uuid', text(`<x:xmpmeta>${PLACE}`)), ...extra.flat()];
}

describe('films', () => {
  it.each(['isom', 'qt  ', 'M4A '])(
    'of brand %j go without place, time, device and owner; lengths and pixels stay',
    async (brand) => {
      const bytes = film(brand);
      const { data, words, length } = await cleaned(bytes, 'IMG_1.mov');
      expect(data).toBe('removed');
      expect(length).toBe(bytes.length);
      for (const part of ['52.52', '013.4', 'Apple', 'ISO6709', 'xmpmeta', 'Ana', '\x12\x34\x56\x78', 'gps '])
        expect(words.includes(part), part).toBe(false);
      for (const part of ['PIXELS-A', 'PIXELS-B', 'vide', 'mvhd', 'free'])
        expect(words.includes(part), part).toBe(true);
      expect(words.indexOf('PIXELS-B')).toBe(String.fromCharCode(...bytes).indexOf('PIXELS-B'));
    },
  );
  it('that are cut off, or hold positions in a way that isn’t known, are said to keep their data', async () => {
    expect(await cleaned(film('isom').slice(0, -30), 'a.mp4')).toMatchObject({ data: 'kept' });
    expect(await cleaned(film('isom', [[0, 0, 0, 2, ...text('junk')]]), 'a.mp4')).toMatchObject({ data: 'kept' });
    const lies = String.fromCharCode(...film('isom')).replaceAll('stsz', 'stsx');
    expect(await cleaned(text(lies), 'a.mp4')).toMatchObject({ data: 'kept' });
  });

  it('words that run along may tell places, second by second: it is said', async () => {
    const told = box('moov', track('vide', [36], 8), track('text', [44], 8));
    expect(await cleaned([...box('ftyp', text('isom')), ...told], 'a.mp4')).toMatchObject({ data: 'kept' });
  });
  it('of Matroska lose tags, title and date', async () => {
    const part = (id: number[], content: number[]) => [...id, 0x80 | content.length, ...content];
    const info = part(
      [0x15, 0x49, 0xa9, 0x66],
      [
        ...part([0x44, 0x61], [1, 2, 3, 4, 5, 6, 7, 8]),
        ...part([0x7b, 0xa9], text('Ana at home')),
        ...part([0x4d, 0x80], text('muxer')),
      ],
    );
    const tags = part([0x12, 0x54, 0xc3, 0x67], text(`LOCATION ${PLACE}`));
    const cluster = part([0x1f, 0x43, 0xb6, 0x75], text('PIXELS'));
    const segment = [
      0x18,
      0x53,
      0x80,
      0x67,
      0x40,
      info.length + tags.length + cluster.length,
      ...info,
      ...tags,
      ...cluster,
    ];
    const bytes = [...part([0x1a, 0x45, 0xdf, 0xa3], part([0x42, 0x82], text('webm'))), ...segment];
    const { data, words, length } = await cleaned(bytes, 'a.webm');
    expect([data, length]).toEqual(['removed', bytes.length]);
    expect(words.includes('Ana') || words.includes('52.52')).toBe(false);
    expect(words.includes('PIXELS') && words.includes('muxer')).toBe(true);
  });
});

/** A photo of one picture, its Exif and its XMP, in the file or in the index. */
function heic(brand: string, method: 0 | 1): number[] {
  const ftyp = box('ftyp', text(brand), u32(0), text('mif1'));
  const exif = [0, 0, 0, 0, ...text('MM\0*'), ...text('GPS 52.52 13.40, iPhone')];
  const xmp = text('<x:xmpmeta GPS="52.52"/>');
  const items: [number, string][] = [
    [1, 'hvc1'],
    [2, 'Exif'],
    [3, 'mime'],
  ];
  const infe = ([id, type]: [number, string]) => full('infe', 2, u16(id), u16(0), text(type), [0]);
  const pixels = text('PIXELS');
  const index = (places: number[]) => {
    const place = (id: number, at: number, length: number, how: number) => [
      ...u16(id),
      ...u16(how),
      ...u16(0),
      ...u16(1),
      ...u32(at),
      ...u32(length),
    ];
    const [one = 0, two = 0, three = 0] = places;
    return full(
      'meta',
      0,
      full('hdlr', 0, u32(0), text('pict'), u32(0)),
      full('iinf', 0, u16(items.length), ...items.map(infe)),
      full(
        'iloc',
        1,
        [0x44, 0x00],
        u16(3),
        place(1, one, pixels.length, 0),
        place(2, two, exif.length, method),
        place(3, three, xmp.length, method),
      ),
      method === 1 ? box('idat', exif, xmp) : [],
    );
  };
  const start = ftyp.length + index([]).length + 8;
  const behind = start + pixels.length;
  const meta = index(method === 1 ? [start, 0, exif.length] : [start, behind, behind + exif.length]);
  return [
    ...ftyp,
    ...meta,
    ...box('mdat', pixels, method === 1 ? [] : [...exif, ...xmp]),
    ...box('mpvd', text('FILM 52.52')),
  ];
}

describe('photos in boxes', () => {
  it.each([
    ['heic', 0],
    ['avif', 0],
    ['mif1', 1],
  ] as const)('of brand %j lose Exif and XMP (kept the %i. way)', async (brand, method) => {
    const bytes = heic(brand, method);
    const { data, words, length } = await cleaned(bytes, 'IMG_1.heic');
    expect([data, length]).toEqual(['removed', bytes.length]);
    for (const part of ['52.52', 'iPhone', 'xmpmeta', 'FILM']) expect(words.includes(part), part).toBe(false);
    for (const part of ['PIXELS', 'Exif', 'MM\0*']) expect(words.includes(part), part).toBe(true);
  });
  it('that aren’t understood are said to keep their data', async () => {
    expect(await cleaned([...box('ftyp', text('heic'), u32(0)), ...box('mdat', text('GPS'))], 'a.heic')).toMatchObject({
      data: 'kept',
    });
    expect(await cleaned(text('no photo at all'), 'a.heic', 'image/heic')).toMatchObject({ data: 'kept' });
    expect(await cleaned(text('MM\0*GPS'), 'raw.dng', 'image/x-adobe-dng')).toMatchObject({ data: 'kept' });
  });
});

describe('sound', () => {
  it('in MP3 loses its tags at both ends', async () => {
    const sound = [0xff, 0xfb, 0x90, 0x64, ...text('SOUND')];
    const tag = [...text('ID3'), 4, 0, 0, 0, 0, 0, 11, ...text('Ana at home')];
    const end = [...text('TAG'), ...text('Ana'), ...Array<number>(122).fill(0)];
    const { data, words } = await cleaned([...tag, ...sound, ...end], 'a.mp3');
    expect([data, words]).toEqual(['removed', String.fromCharCode(...sound)]);
  });
  it('in WAV and FLAC loses what isn’t sound', async () => {
    const chunk = (type: string, content: number[]) => [...text(type), content.length, 0, 0, 0, ...content];
    const wav = [
      ...text('RIFF'),
      0,
      0,
      0,
      0,
      ...text('WAVE'),
      ...chunk('LIST', text('IART Ana')),
      ...chunk('data', text('SOUND!')),
    ];
    const one = await cleaned(wav, 'a.wav');
    expect(one.data === 'removed' && one.words.includes('SOUND') && !one.words.includes('Ana')).toBe(true);
    const part = (kind: number, content: number[]) => [kind, 0, 0, content.length, ...content];
    const flac = [...text('fLaC'), ...part(0, text('INFO')), ...part(0x84, text('ARTIST=Ana')), ...text('SOUND')];
    const two = await cleaned(flac, 'a.flac');
    expect(
      two.data === 'removed' && two.words.includes('INFO') && two.words.includes('SOUND') && !two.words.includes('Ana'),
    ).toBe(true);
  });
  it('in Ogg is said to keep comments that it has', async () => {
    const little = (value: number) => [value, 0, 0, 0];
    const ogg = (...comments: string[]) => [
      ...text('OggS'),
      ...text('OpusHead'),
      ...text('OpusTags'),
      ...little(3),
      ...text('lib'),
      ...little(comments.length),
      ...comments.flatMap((comment) => [...little(comment.length), ...text(comment)]),
    ];
    expect(await cleaned(ogg('ENCODER=x'), 'a.ogg')).toMatchObject({ data: 'removed' });
    expect(await cleaned(ogg('ENCODER=x', 'ARTIST=Ana'), 'a.ogg')).toMatchObject({ data: 'kept' });
  });
});

it('documents are documents, and a GIF moves without its comments', async () => {
  expect(await cleaned(text('%PDF-1.7'), 'a.pdf', 'application/pdf')).toMatchObject({ data: 'document' });
  expect(await cleaned([], 'empty.txt')).toMatchObject({ data: 'document' });
  const gif = [
    ...text('GIF89a'),
    ...[1, 0, 1, 0, 0, 0, 0],
    ...[0x21, 0xff, 11, ...text('NETSCAPE2.0'), 3, 1, 0, 0, 0],
    ...[0x21, 0xff, 11, ...text('XMP DataXMP'), 5, ...text('52.52'), 0],
    ...[0x21, 0xfe, 3, ...text('Ana'), 0],
    ...[0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x4c, 1, 0],
    0x3b,
    ...text('behind'),
  ];
  const { data, words } = await cleaned(gif, 'a.gif');
  expect(data).toBe('removed');
  for (const part of ['XMP', '52.52', 'Ana', 'behind']) expect(words.includes(part), part).toBe(false);
  expect(words.includes('NETSCAPE2.0') && words.endsWith('\x3b')).toBe(true);
});

it('whatever the bytes are, the answer comes, and never with a throw', async () => {
  const heads = [
    '\0\0\0\x10ftypisom',
    '\0\0\0\x10ftypheic',
    '\x1a\x45\xdf\xa3',
    'RIFF\0\0\0\0WAVE',
    'fLaC',
    'OggS',
    'ID3\x04',
    '\xff\xd8\xff',
    'GIF89a',
    '\0\0\0\x08moov',
  ];
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...heads), fc.uint8Array({ maxLength: 300 }), async (head, tail) => {
      expect(['removed', 'kept']).toContain((await cleaned([...text(head), ...tail], 'a.mp4')).data);
    }),
    { numRuns: 400, seed: 23 },
  );
});

it('a bitmap is known by its bytes, not by its name', async () => {
  expect(await cleaned([...text('BM'), ...u32(0), ...text(PLACE)], 'a.bmp')).toMatchObject({ data: 'removed' });
  expect(await cleaned(text(`II*\0 ${PLACE}`), 'a.bmp')).toMatchObject({ data: 'kept' });
});
