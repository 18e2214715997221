import { describe, expect, it } from 'vitest';
import { FakeEngine } from '../../../engine/fake';
import { GROUPS } from '../../../engine/fake-office';
import type { OutgoingFile } from '../../../engine/engine';
import { sniffBlob } from '../files/sniff';
import { sizeWithin } from './draw';
import { isAnimated, orientationOf, withoutMetadata } from './metadata';
import { FILES_MAX, OutgoingModel } from './outgoing-model';
import { Unreadable, type PhotoQuality } from './photo';
import type { Tools } from './prepare-files';
import { withoutPrivateData } from './private-data/without-private-data';

const text = (value: string) => Array.from(value, (char) => char.charCodeAt(0));
const holds = (bytes: Uint8Array, part: string) => String.fromCharCode(...bytes).includes(part);

/** A JPEG of segments only: Exif with an orientation and a place, XMP, a comment, an ICC profile, pixels, a film behind. */
function jpeg(orientation: number, little = false): Uint8Array<ArrayBuffer> {
  const segment = (marker: number, content: number[]) => [
    0xff,
    marker,
    (content.length + 2) >> 8,
    (content.length + 2) & 255,
    ...content,
  ];
  const short = (value: number) => (little ? [value & 255, value >> 8] : [value >> 8, value & 255]);
  const long = (value: number) => (little ? [value, 0, 0, 0] : [0, 0, 0, value]);
  const exif = [
    ...text('Exif\0\0'),
    ...text(little ? 'II' : 'MM'),
    ...short(42),
    ...long(8),
    ...short(1),
    ...short(0x0112),
    ...short(3),
    ...long(1),
    ...short(orientation),
    0,
    0,
    ...text('GPS 52.52 13.40'),
  ];
  return new Uint8Array([
    0xff,
    0xd8,
    ...segment(0xe0, text('JFIF\0')),
    ...segment(0xe1, exif),
    ...segment(0xe1, text('http://ns.adobe.com/xap/1.0/\0<x:xmpmeta/>')),
    ...segment(0xe2, text('ICC_PROFILE\0\x01\x01colours')),
    ...segment(0xed, text('Photoshop 3.0\0IPTC')),
    ...segment(0xfe, text('taken by Ana')),
    ...segment(0xdb, [0, 1, 2]),
    ...segment(0xda, [1]),
    0x12,
    0x34,
    0xff,
    0xd9,
    ...text('MOTIONPHOTO'),
  ]);
}

describe('metadata', () => {
  it.each([false, true])('of a JPEG goes but for its orientation and colours (little endian: %s)', (little) => {
    const clean = withoutMetadata(jpeg(6, little), 'image/jpeg');
    if (!clean) throw new Error('not read');
    for (const part of ['GPS', 'xmpmeta', 'IPTC', 'Ana', 'MOTIONPHOTO']) expect(holds(clean, part), part).toBe(false);
    for (const part of ['JFIF', 'ICC_PROFILE', '\x12\x34\xff\xd9']) expect(holds(clean, part), part).toBe(true);
    expect(orientationOf(clean)).toBe(6);
    expect(withoutMetadata(clean, 'image/jpeg')).toEqual(clean);
  });
  it('leaves no Exif at all when the picture is upright', () => {
    const clean = withoutMetadata(jpeg(1), 'image/jpeg');
    expect(clean && holds(clean, 'Exif')).toBe(false);
    expect(orientationOf(jpeg(99))).toBe(1);
  });
  it('of a PNG goes, and its animation stays', () => {
    const chunk = (type: string, content: number[]) => [0, 0, 0, content.length, ...text(type), ...content, 9, 9, 9, 9];
    const png = new Uint8Array([
      ...[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
      ...chunk('IHDR', [1]),
      ...chunk('acTL', [2]),
      ...chunk('tEXt', text('Author Ana')),
      ...chunk('eXIf', text('GPS')),
      ...chunk('IDAT', [3]),
      ...chunk('IEND', []),
      ...text('behind'),
    ]);
    const clean = withoutMetadata(png, 'image/png');
    if (!clean) throw new Error('not read');
    for (const part of ['Ana', 'GPS', 'behind']) expect(holds(clean, part), part).toBe(false);
    for (const part of ['IHDR', 'acTL', 'IDAT', 'IEND']) expect(holds(clean, part), part).toBe(true);
    expect(isAnimated(png, 'image/png')).toBe(true);
    expect(withoutMetadata(png.subarray(0, 30), 'image/png')).toBeUndefined();
  });
  it('of a WebP goes, and its flags and length are right', () => {
    const chunk = (type: string, content: number[]) => [
      ...text(type),
      content.length,
      0,
      0,
      0,
      ...content,
      ...(content.length % 2 === 1 ? [0] : []),
    ];
    const body = [
      ...chunk('VP8X', [0x0e, 0, 0, 0, 1, 0, 0, 1, 0, 0]),
      ...chunk('VP8 ', [1, 2, 3]),
      ...chunk('EXIF', text('GPS')),
      ...chunk('XMP ', text('<x:xmpmeta/>')),
    ];
    const webp = new Uint8Array([...text('RIFF'), body.length + 4, 0, 0, 0, ...text('WEBP'), ...body]);
    const clean = withoutMetadata(webp, 'image/webp');
    if (!clean) throw new Error('not read');
    expect(holds(clean, 'GPS') || holds(clean, 'xmpmeta')).toBe(false);
    expect(clean[20]).toBe(0x02);
    expect(new DataView(clean.buffer).getUint32(4, true)).toBe(clean.length - 8);
    expect(isAnimated(webp, 'image/webp')).toBe(true);
  });
  it('of hostile lengths ends without a loop or a throw', () => {
    expect(withoutMetadata(new Uint8Array([0xff, 0xd8, 0xff, 0xe1, 0xff, 0xff, 1]), 'image/jpeg')).toBeUndefined();
    expect(withoutMetadata(new Uint8Array([0xff, 0xd8, 0xff, 0xe1, 0, 0]), 'image/jpeg')).toBeUndefined();
    expect(orientationOf(new Uint8Array([0xff, 0xd8, 0xff, 0xe1, 0, 14, ...text('Exif\0\0II*\0'), 255, 255]))).toBe(1);
  });
});

const JPEG = new Uint8Array([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3, 4]);
const pdf = (name = 'Plan.pdf') => new File(['%PDF-1.7'], name, { type: 'application/pdf' });
const photo = (name = 'IMG.jpeg') => new File([JPEG], name, { type: 'image/jpeg' });

function sheet(tools: Partial<Tools> = {}) {
  const engine = new FakeEngine();
  const sent: { file: OutgoingFile; caption: string; replyTo: string | undefined }[] = [];
  const original = engine.sendFile.bind(engine);
  engine.sendFile = async (group, file, caption, replyTo) => {
    const id = await original(group, file, caption, replyTo);
    sent.push({ file, caption, replyTo });
    return id;
  };
  const live = new Set<string>();
  const asked: PhotoQuality[] = [];
  let made = 0;
  const model = new OutgoingModel(
    engine,
    GROUPS.launch,
    {
      photo: (_file, quality) => {
        asked.push(quality);
        return Promise.resolve({
          blob: new Blob([quality], { type: 'image/webp' }),
          mediaType: 'image/webp',
          width: 4,
          height: 3,
          thumbnail: new Blob(['t']),
        });
      },
      film: () => Promise.reject(new Unreadable()),
      soundDurationMs: () => Promise.resolve(1000),
      sniff: sniffBlob,
      clean: withoutPrivateData,
      ...tools,
    },
    {
      make: () => {
        made += 1;
        live.add(`u${made}`);
        return `u${made}`;
      },
      drop: (url) => live.delete(url),
    },
  );
  return { model, engine, sent, live, asked };
}
const names = (model: OutgoingModel) => model.getSnapshot().items.map((item) => item.name);

describe('files to send', () => {
  it('are what their bytes are, with the extension of what goes out', async () => {
    const { model } = sheet();
    await model.add([photo(), pdf(), new File(['<svg/>'], 'logo.png', { type: 'image/png' })]);
    expect(model.getSnapshot().items.map((item) => [item.kind, item.name, item.state])).toEqual([
      ['photo', 'IMG.webp', 'ready'],
      ['document', 'Plan.pdf', 'ready'],
      ['document', 'logo.png', 'ready'],
    ]);
  });
  it('carry the caption and the reply with the first one only', async () => {
    const { model, sent } = sheet();
    await model.add([photo('a.jpg'), photo('b.jpg')]);
    model.setCaption(' Look ');
    expect(await model.send('r1')).toBe(true);
    expect(sent.map(({ file, caption, replyTo }) => [file.name, caption, replyTo])).toEqual([
      ['a.webp', 'Look', 'r1'],
      ['b.webp', '', undefined],
    ]);
    expect(sent[0]?.file).toMatchObject({ width: 4, height: 3, mediaType: 'image/webp' });
  });
  it('are put in order, removed, and forget their pictures', async () => {
    const { model, live } = sheet();
    await model.add([photo('a.jpg'), photo('b.jpg'), photo('c.jpg')]);
    const [a, b, c] = model.getSnapshot().items.map((item) => item.id);
    if (a === undefined || b === undefined || c === undefined) throw new Error('missing');
    model.move(c, -1);
    expect(names(model)).toEqual(['a.webp', 'c.webp', 'b.webp']);
    model.move(a, -1);
    model.reorder([b, a, c]);
    expect(names(model)).toEqual(['b.webp', 'a.webp', 'c.webp']);
    model.remove(a);
    expect(model.getSnapshot().selected).toBe(c);
    expect(live.size).toBe(2);
    model.close();
    expect(live.size).toBe(0);
  });
  it('are prepared again for another quality', async () => {
    const { model, asked, live } = sheet();
    await model.add([photo(), pdf()]);
    await model.setQuality('hd');
    expect(asked).toEqual(['standard', 'hd']);
    expect(await model.getSnapshot().items[0]?.outgoing?.file.text()).toBe('hd');
    expect(live.size).toBe(1);
  });
  it('over the organisation’s limit are left out; the others go, an empty one too', async () => {
    const { model, sent } = sheet();
    const large = Object.defineProperty(pdf('huge.pdf'), 'size', { value: 9e12 });
    await model.add([large, new File([], 'nothing.txt'), pdf()]);
    expect(model.getSnapshot().items.map((item) => item.state)).toEqual(['too_large', 'ready', 'ready']);
    expect(model.canSend).toBe(true);
    expect(await model.send()).toBe(true);
    expect(sent.map(({ file }) => [file.name, file.file.size])).toEqual([
      ['nothing.txt', 0],
      ['Plan.pdf', 8],
    ]);
  });
  it('over the organisation’s limit alone can’t go', async () => {
    const { model } = sheet();
    await model.add([Object.defineProperty(pdf('huge.pdf'), 'size', { value: 9e12 })]);
    expect(model.canSend).toBe(false);
    expect(await model.send()).toBe(false);
  });
  it('that are sent as documents go byte for byte, and can be photos again', async () => {
    const { model, asked, sent } = sheet();
    const bytes = jpeg(6);
    await model.add([new File([bytes], 'IMG.jpg', { type: 'image/jpeg' }), pdf()], 'document');
    expect(model.getSnapshot().items).toMatchObject([
      { kind: 'document', found: 'photo', carries: 'whole', state: 'ready' },
      { kind: 'document', carries: 'document' },
    ]);
    const id = model.getSnapshot().items[0]?.id ?? 0;
    await model.setSendAs(id, 'media');
    expect(model.getSnapshot().items[0]).toMatchObject({ kind: 'photo', carries: 'removed' });
    expect(asked).toEqual(['standard']);
    await model.setSendAs(id, 'document');
    await model.send();
    expect(new Uint8Array((await sent[0]?.file.file.arrayBuffer()) ?? [])).toEqual(bytes);
    expect(sent[0]?.file).toMatchObject({ name: 'IMG.jpg', mediaType: 'image/jpeg' });
  });
  it('of a photo that this browser can’t read go without their data all the same', async () => {
    const { model, sent } = sheet({ photo: () => Promise.reject(new Unreadable()) });
    await model.add([new File([jpeg(6)], 'IMG.jpg', { type: 'image/jpeg' })]);
    expect(model.getSnapshot().items[0]).toMatchObject({ kind: 'document', carries: 'removed' });
    await model.send();
    const bytes = new Uint8Array((await sent[0]?.file.file.arrayBuffer()) ?? []);
    expect(holds(bytes, 'GPS') || holds(bytes, 'xmpmeta')).toBe(false);
    expect(orientationOf(bytes)).toBe(6);
  });
  it('that keep their data are named, and can be left out', async () => {
    const { model, sent } = sheet({ photo: () => Promise.reject(new Unreadable()) });
    await model.add([new File(['II*\0GPS'], 'scan.tiff', { type: 'image/tiff' }), pdf()]);
    expect(model.getSnapshot().items.map((item) => item.carries)).toEqual(['kept', 'document']);
    model.removeKept();
    await model.send();
    expect(sent.map(({ file }) => file.name)).toEqual(['Plan.pdf']);
  });
  it('too many for one time are left out, and that is said', async () => {
    const { model } = sheet();
    await model.add(Array.from({ length: FILES_MAX + 3 }, (_, at) => pdf(`${at}.pdf`)));
    expect(model.getSnapshot()).toMatchObject({ leftOut: 3 });
    expect(model.getSnapshot().items).toHaveLength(FILES_MAX);
  });
  it('that went out don’t go again when a later one fails', async () => {
    const { model, engine, sent } = sheet();
    await model.add([pdf('a.pdf'), pdf('b.pdf')]);
    let calls = 0;
    const go = engine.sendFile.bind(engine);
    engine.sendFile = (group, file, caption, replyTo) => {
      calls += 1;
      if (calls === 2) engine.failNext('quota_exceeded', 'Full.');
      return go(group, file, caption, replyTo);
    };
    expect(await model.send()).toBe(false);
    expect(names(model)).toEqual(['b.pdf']);
    expect(model.getSnapshot().error).toContain('storage for files');
    expect(await model.send()).toBe(true);
    expect(sent.map(({ file }) => file.name)).toEqual(['a.pdf', 'b.pdf']);
  });
  it('that can’t be read as what they are go as documents', async () => {
    const { model } = sheet();
    const film = new File([new Uint8Array([0, 0, 0, 20]), 'ftypisom', new Uint8Array(4), 'mp42'], 'a.mp4', {
      type: 'video/mp4',
    });
    await model.add([film]);
    expect(model.getSnapshot().items[0]).toMatchObject({ kind: 'document', state: 'ready', name: 'a.mp4' });
  });
});

describe('sizes', () => {
  it('keep the proportions and never grow', () => {
    expect(sizeWithin(4000, 3000, 1600)).toEqual({ width: 1600, height: 1200 });
    expect(sizeWithin(100, 50, 1600)).toEqual({ width: 100, height: 50 });
    expect(sizeWithin(100_000, 1, 1600)).toEqual({ width: 1600, height: 1 });
    const huge = sizeWithin(20_000, 20_000, 20_000);
    expect(huge.width * huge.height).toBeLessThanOrEqual(40_010_000);
  });
});
