/** An office with pictures, sounds and films in it, made by the browser that shows the gallery. */
import type { BodyView, MessageView, PersonView } from '../src/api';
import type { Answers, Query } from '../src/api';
import { EngineError } from '../src/engine/engine';
import { FakeEngine } from '../src/engine/fake';
import { fileBody, GROUPS, ME, people, said } from '../src/engine/fake-office';
import { paint, type Scene } from './paint';

const photos = new Map<string, Promise<Blob>>();

/** Made once: browsers put the work off while something moves. */
export function photo(scene: Scene, width = 1600, height = 1200, type = 'image/jpeg'): Promise<Blob> {
  const name = [scene, width, height, type].join();
  const made = photos.get(name) ?? paint(scene, width, height).convertToBlob({ type, quality: 0.8 });
  photos.set(name, made);
  return made;
}

/** A page of paper on a table, seen from the side. */
export async function paper(): Promise<Blob> {
  const canvas = new OffscreenCanvas(1200, 1600);
  const context = canvas.getContext('2d');
  if (context) {
    context.fillStyle = '#5b4636';
    context.fillRect(0, 0, 1200, 1600);
    context.save();
    context.transform(0.86, 0.05, -0.07, 0.9, 150, 60);
    const light = context.createLinearGradient(0, 0, 1000, 1500);
    light.addColorStop(0, '#f2efe6');
    light.addColorStop(1, '#c9c4b6');
    context.fillStyle = light;
    context.fillRect(0, 0, 1000, 1500);
    context.fillStyle = '#33312e';
    context.font = '600 64px sans-serif';
    context.fillText('Delivery note 2026/117', 90, 170);
    context.font = '34px sans-serif';
    for (let line = 0; line < 20; line += 1)
      context.fillText(`${line + 1}.  Chairs, oak, ${(line * 7) % 24} pieces, checked`, 90, 290 + line * 52);
    context.restore();
  }
  return canvas.convertToBlob({ type: 'image/jpeg', quality: 0.9 });
}

/** Two seconds of a quiet tone. */
function sound(): Blob {
  const rate = 8000;
  const samples = rate * 2;
  const view = new DataView(new ArrayBuffer(44 + samples));
  const text = (at: number, value: string) =>
    Array.from(value).forEach((char, by) => view.setUint8(at + by, char.charCodeAt(0)));
  text(0, 'RIFF');
  view.setUint32(4, 36 + samples, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, rate, true);
  view.setUint16(32, 1, true);
  view.setUint16(34, 8, true);
  text(36, 'data');
  view.setUint32(40, samples, true);
  for (let at = 0; at < samples; at += 1) view.setUint8(44 + at, 128 + Math.sin(at / 6) * 20);
  return new Blob([view], { type: 'audio/wav' });
}

export const WAVE = Array.from({ length: 64 }, (_, at) =>
  Math.round(Math.abs(Math.sin(at / 3.1) * Math.sin(at / 9.7 + 1)) * 215 + 18 + ((at * 53) % 22)),
);

export class SampleEngine extends FakeEngine {
  readonly files = new Map<string, Blob>();
  readonly small = new Map<string, Blob>();
  /** Files that never come, or that can't be fetched. */
  readonly stuck = new Set<string>();
  readonly broken = new Set<string>();

  /** Whether one is an admin of every group. */
  admin = false;

  override async ask<Q extends Query>(query: Q): Promise<Answers[Q['type']]> {
    const answer: unknown = await super.ask(query);
    if (!this.admin) return answer as Answers[Q['type']];
    if (query.type === 'conversation' && answer) return { ...answer, role: 'admin' } as Answers[Q['type']];
    if (query.type === 'members')
      return (answer as Answers['members']).map((one) => ({
        ...one,
        role: one.user === ME ? 'admin' : one.role,
        verified: one.user === people[1]?.user,
      })) as Answers[Q['type']];
    return answer as Answers[Q['type']];
  }

  override async openFile(
    id: string,
    onProgress?: (done: number, total: number) => void,
    signal?: AbortSignal,
  ): Promise<Blob> {
    if (this.stuck.has(id)) {
      onProgress?.(420_000, 1_000_000);
      return new Promise((_, reject) =>
        signal?.addEventListener('abort', () => reject(new EngineError('cancelled', 'The download was cancelled.'))),
      );
    }
    if (this.broken.has(id)) throw new EngineError('unreachable', 'The server can’t be reached.');
    return this.files.get(id) ?? super.openFile(id, onProgress, signal);
  }
  // The base has no pictures and so doesn't look at the id.
  override readonly thumbnail = ((id: string) => Promise.resolve(this.small.get(id))) as FakeEngine['thumbnail'];
  override readonly mediaUrl = (id: string): string => {
    const file = this.files.get(id);
    return file ? URL.createObjectURL(file) : `/media/${id}`;
  };

  async addPhoto(
    sender: string,
    minutesAgo: number,
    scene: Scene,
    width: number,
    height: number,
    caption = '',
    more: Partial<MessageView> = {},
  ) {
    const blob = await photo(scene, width, height);
    const item = said(
      sender,
      minutesAgo,
      fileBody('IMG_2041.jpg', 'image/jpeg', blob.size, { width, height, caption }),
      more,
    );
    this.files.set(item.id, blob);
    this.small.set(item.id, await photo(scene, 160, Math.round((160 * height) / width), 'image/webp'));
    return item as MessageView & { body: Extract<BodyView, { type: 'file' }> };
  }

  async addVideo(sender: string, minutesAgo: number) {
    const item = said(
      sender,
      minutesAgo,
      fileBody('Walkthrough.mp4', 'video/mp4', 48_300_000, { width: 1920, height: 1080, duration_ms: 74_000 }),
    );
    this.small.set(item.id, await photo('tower', 320, 180, 'image/webp'));
    return item;
  }

  addSound(sender: string, minutesAgo: number, durationMs: number, voice = true) {
    const item = said(
      sender,
      minutesAgo,
      voice
        ? fileBody('voice.webm', 'audio/webm', 38_000, { thumbnail: false, duration_ms: durationMs, waveform: WAVE })
        : fileBody('Jingle, final mix.mp3', 'audio/mpeg', 3_410_000, { thumbnail: false, duration_ms: durationMs }),
    );
    this.files.set(item.id, sound());
    return item;
  }
}

/** The office with a day of pictures in the launch group. */
export async function sampleEngine(): Promise<SampleEngine> {
  const engine = new SampleEngine();
  const [, marcus, priya, chloe] = people.map((person: PersonView) => person.user);
  const items = [
    await engine.addPhoto(marcus ?? ME, 9000, 'board', 1600, 1200, 'From this morning’s workshop'),
    await engine.addPhoto(priya ?? ME, 420, 'coast', 1600, 1067),
    await engine.addPhoto(priya ?? ME, 419.8, 'hills', 1200, 1600),
    await engine.addPhoto(priya ?? ME, 419.6, 'dusk', 1600, 1067),
    await engine.addPhoto(priya ?? ME, 419.4, 'tower', 1600, 1067),
    await engine.addPhoto(chloe ?? ME, 60, 'hills', 1600, 1067),
    await engine.addVideo(marcus ?? ME, 40),
    said(marcus ?? ME, 38, fileBody('Launch plan 2026.pdf', 'application/pdf', 1_840_000, { thumbnail: false })),
    said(chloe ?? ME, 36, fileBody('Budget v7.xlsx', 'application/vnd.ms-excel', 96_300, { thumbnail: false })),
    said(priya ?? ME, 35, {
      type: 'text',
      text: 'The map is at https://maps.lindenhof.example/site/7 and the brief at https://wiki.lindenhof.example/launch.',
    }),
  ];
  for (const item of items) engine.receive(GROUPS.launch, item);
  return engine;
}
