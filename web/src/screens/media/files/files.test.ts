import { describe, expect, it } from 'vitest';
import type { MessageView } from '../../../api';
import { fileBody, message } from '../../../engine/fake-office';
import { FakeEngine } from '../../../engine/fake';
import { formatBytes, formatCoordinates, formatDuration } from './format';
import { MediaStore, NotShown } from './media-store';
import { cleanName, documentIcon, extensionOf, mayRun } from './names';
import { albumLength, shapeOf, type FileBody } from '../../../models/thread/shape';
import { passesAs, sniff } from './sniff';

const bytes = (...parts: (string | number[])[]) =>
  new Uint8Array(
    parts.flatMap((part) => (typeof part === 'string' ? Array.from(part, (char) => char.charCodeAt(0)) : part)),
  );
const box = (brand: string, ...more: string[]) =>
  bytes([0, 0, 0, 16 + more.length * 4], 'ftyp', brand, [0, 0, 0, 0], ...more);

const good: [string, Uint8Array][] = [
  ['image/jpeg', bytes([0xff, 0xd8, 0xff, 0xe0], 'JFIF')],
  ['image/png', bytes([0x89], 'PNG\r\n\x1a\n')],
  ['image/gif', bytes('GIF89a')],
  ['image/webp', bytes('RIFF', [1, 2, 3, 4], 'WEBP')],
  ['image/avif', box('avif', 'mif1')],
  ['image/avif', box('mif1', 'avif')],
  ['video/mp4', box('isom', 'mp42')],
  ['audio/mp4', box('M4A ', 'isom')],
  ['video/webm', bytes([0x1a, 0x45, 0xdf, 0xa3, 0x9f, 0x42, 0x82, 0x84], 'webm')],
  ['audio/ogg', bytes('OggS', [0, 2], 'OpusHead')],
  ['video/ogg', bytes('OggS', [0, 2], '\x80theora')],
  ['audio/mpeg', bytes('ID3', [4, 0])],
  ['audio/mpeg', bytes([0xff, 0xfb, 0x90, 0x64])],
  ['audio/wav', bytes('RIFF', [1, 2, 3, 4], 'WAVEfmt ')],
];

const bad: [string, Uint8Array][] = [
  ['html', bytes('<!doctype html><script>alert(1)</script>')],
  ['html after spaces', bytes('   \n<html onload=alert(1)>')],
  ['svg', bytes('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>')],
  ['xml', bytes('<?xml version="1.0"?><x/>')],
  ['javascript', bytes('alert(1)')],
  ['pdf', bytes('%PDF-1.7\n')],
  ['matroska', bytes([0x1a, 0x45, 0xdf, 0xa3, 0x42, 0x82, 0x88], 'matroska')],
  ['heic', box('heic', 'mif1')],
  ['quicktime', box('qt  ')],
  ['box that lies about its size', bytes([0, 0, 0, 8], 'ftyp', 'isom')],
  ['nothing', bytes()],
  ['half a signature', bytes([0xff, 0xd8])],
  ['program', bytes('MZ', [0x90, 0])],
  ['zip', bytes('PK', [3, 4])],
  ['AAC frame', bytes([0xff, 0xf1, 0x50, 0x80])],
  ['text that begins with RIFF', bytes('RIFF is a format')],
];

describe('magic bytes', () => {
  it.each(good)('know %s', (type, head) => expect(sniff(head)).toBe(type));
  it.each(bad)('show nothing of: %s', (_name, head) => expect(sniff(head)).toBeUndefined());
  it('let a container with sound pass as sound, and never sound as a picture', () => {
    expect(passesAs('video/webm', 'audio')).toBe(true);
    expect(passesAs('audio/ogg', 'video')).toBe(false);
    expect(passesAs('audio/mpeg', 'image')).toBe(false);
    expect(passesAs(undefined, 'image')).toBe(false);
  });
});

describe('names of files', () => {
  it.each([
    ['../../etc/passwd', '_.._etc_passwd'],
    ['C:\\Windows\\system32\\a.dll', 'C__Windows_system32_a.dll'],
    ['invoice\u202Efdp.exe', 'invoicefdp.exe'],
    ['a\u0000b\u0007.txt', 'ab.txt'],
    ['\u200F\u2066photo\u2069.png', 'photo.png'],
    ['con.txt', '_con.txt'],
    ['LPT1', '_LPT1'],
    ['...', 'file'],
    ['', 'file'],
    ['\n\n', 'file'],
    ['name. ', 'name'],
    ['.htaccess', 'htaccess'],
    ['a<b>"c|d?.txt', 'a_b__c_d_.txt'],
  ])('%j becomes %j', (name, clean) => expect(cleanName(name)).toBe(clean));
  it('keep their extension when they are cut, and no half of a character', () => {
    const clean = cleanName(`${'😀'.repeat(300)}.pdf`);
    expect(clean.endsWith('….pdf')).toBe(true);
    expect(Array.from(clean).length).toBeLessThanOrEqual(120);
    expect(clean).not.toMatch(/\p{Cs}/u);
  });
  it('know what runs, whatever the sender calls its type', () => {
    for (const name of [
      'a.html',
      'a.SVG',
      'a.js',
      'photo.jpg.exe',
      'a.docm',
      'a.desktop',
      'a.\u202Egnp.scr',
      'a.exe ',
      'a.exe.',
    ])
      expect(mayRun(name, 'image/png'), name).toBe(true);
    for (const type of ['text/html; charset=utf-8', 'image/svg+xml', 'application/xhtml+xml', ' TEXT/HTML'])
      expect(mayRun('photo.png', type), type).toBe(true);
    expect(mayRun('photo.png', 'image/png')).toBe(false);
    expect(mayRun('plan.pdf', 'application/pdf')).toBe(false);
  });
  it('give an icon', () => {
    expect(documentIcon('a.PDF')).toBe('pdf');
    expect(documentIcon('constructor')).toBe('file');
    expect(documentIcon('a.constructor')).toBe('file');
    expect(extensionOf('.bashrc')).toBe('');
  });
});

const visual = (n: number, more: Partial<MessageView> = {}, body: Partial<FileBody> = {}): MessageView =>
  message({ id: `m${n}`, seq: n, at_ms: n * 1000, body: fileBody('p.jpg', 'image/jpeg', 10, body), ...more });
type FileMessage = MessageView & { body: FileBody };

describe('shapes', () => {
  it('are by an allow-list', () => {
    const shape = (type: string, body: Partial<FileBody> = {}) => shapeOf(fileBody('f', type, 1, body));
    expect(shape('image/jpeg')).toBe('photo');
    expect(shape('IMAGE/PNG; x=y')).toBe('photo');
    for (const type of [
      'image/svg+xml',
      'text/html',
      'application/pdf',
      'image/x-icon',
      'video/quicktime',
      '',
      'image/',
    ])
      expect(shape(type), type).toBe('document');
    expect(shape('audio/webm', { waveform: [1, 2] })).toBe('voice');
    expect(shape('audio/webm')).toBe('audio');
  });
  it('of several pictures are one album until something ends it', () => {
    const list = [visual(1), visual(2), visual(3)];
    expect(albumLength(list, 0)).toBe(3);
    expect(albumLength([...list, visual(4, { sender: 'b@x' })], 0)).toBe(3);
    expect(albumLength([visual(1), visual(2), visual(900)], 0)).toBe(2);
    expect(albumLength([visual(1), visual(2), visual(3, { reactions: [['👍', ['b@x']]] })], 0)).toBe(2);
    expect(albumLength([visual(1), visual(2), visual(3, { state: 'failed' })], 0)).toBe(2);
    expect(albumLength([visual(1), visual(2, { reply_to: 'm0' })], 0)).toBe(0);
    expect(albumLength([visual(1)], 0)).toBe(0);
    expect(albumLength([], 0)).toBe(0);
  });
  it('keep one caption in an album: of its first or of its last picture', () => {
    const said = (n: number) => visual(n, {}, { caption: 'look' });
    expect(albumLength([said(1), visual(2), visual(3)], 0)).toBe(3);
    expect(albumLength([visual(1), visual(2), said(3), visual(4)], 0)).toBe(3);
    expect(albumLength([said(1), visual(2), said(3)], 0)).toBe(2);
    expect(albumLength([said(1), said(2)], 0)).toBe(0);
  });
});

describe('the media store', () => {
  class Files extends FakeEngine {
    opened = 0;
    content: Blob = new Blob([bytes([0xff, 0xd8, 0xff, 0xe0])]);
    override openFile(): Promise<Blob> {
      this.opened += 1;
      return Promise.resolve(this.content);
    }
  }
  it('gives a blob the type of its bytes, and fetches it once', async () => {
    const engine = new Files();
    engine.content = new Blob([bytes([0x89], 'PNG\r\n\x1a\n')], { type: 'text/html' });
    const store = new MediaStore(engine);
    const [one, two] = await Promise.all([store.open(visual(1) as FileMessage), store.open(visual(1) as FileMessage)]);
    expect(one.type).toBe('image/png');
    expect(two.url).toBe(one.url);
    expect(engine.opened).toBe(1);
    expect((await (await fetch(one.url)).blob()).type).toBe('image/png');
    store.close();
  });
  it.each(bad)('never gives an address for: %s', async (_name, head) => {
    const engine = new Files();
    engine.content = new Blob([head as Uint8Array<ArrayBuffer>], { type: 'image/png' });
    await expect(new MediaStore(engine).open(visual(1) as FileMessage)).rejects.toThrow(NotShown);
  });
  it('doesn’t show sound as a picture', async () => {
    const engine = new Files();
    engine.content = new Blob([bytes('OggS', [0, 2], 'OpusHead')]);
    await expect(new MediaStore(engine).open(visual(1) as FileMessage)).rejects.toThrow(NotShown);
  });
  it('doesn’t even fetch what is no media', async () => {
    const engine = new Files();
    const html = visual(1, {}, { media_type: 'text/html' }) as FileMessage;
    await expect(new MediaStore(engine).open(html)).rejects.toThrow(NotShown);
    expect(engine.opened).toBe(0);
  });
  it('forgets a message that is gone, and tries again after a failure', async () => {
    const engine = new Files();
    const store = new MediaStore(engine);
    await store.open(visual(1) as FileMessage);
    engine.emit({ type: 'message_gone', group: 'g', message: 'm1' });
    await store.open(visual(1) as FileMessage);
    expect(engine.opened).toBe(2);
    const failing = Promise.reject(new Error('no network'));
    engine.openFile = () => failing;
    await expect(store.open(visual(2) as FileMessage)).rejects.toThrow('no network');
    engine.openFile = () => Promise.resolve(engine.content);
    await expect(store.open(visual(2) as FileMessage)).resolves.toMatchObject({ type: 'image/jpeg' });
  });
});

describe('figures', () => {
  it('are said as people say them', () => {
    expect(formatBytes(1)).toBe('1 byte');
    expect(formatBytes(1_840_000)).toBe('1.8 MB');
    expect(formatBytes(999_600)).toBe('1 MB');
    expect(formatDuration(65_400)).toBe('1:05');
    expect(formatDuration(3_727_000)).toBe('1:02:07');
    expect(formatCoordinates(525_200_080, -134_049_540)).toBe('52.52001° N, 13.40495° W');
  });
});
