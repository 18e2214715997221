/** An office with pictures, sounds and films in it, made by the browser that shows the gallery. */
import type { BodyView, MessageView, PersonView } from '../src/api';
import type { Answers, Query } from '../src/api';
import { EngineError } from '../src/engine/engine';
import { FakeEngine } from '../src/engine/fake';
import { fileBody, GROUPS, ME, nameOf, NOW_MS, people } from '../src/engine/fake-office';

export type Scene = 'coast' | 'hills' | 'tower' | 'board' | 'dusk';

/** A picture that looks like a photo from afar. */
function paint(scene: Scene, width: number, height: number): OffscreenCanvas {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d');
  if (!context) return canvas;
  const sky: Record<Scene, [string, string]> = {
    coast: ['#8fc7e8', '#e9f3f2'],
    hills: ['#f7d9a8', '#f3f0e2'],
    tower: ['#5b86b8', '#dfe9f0'],
    board: ['#e9e6df', '#d8d4ca'],
    dusk: ['#2b3b66', '#e5876a'],
  };
  const ground = context.createLinearGradient(0, 0, 0, height * 0.7);
  ground.addColorStop(0, sky[scene][0]);
  ground.addColorStop(1, sky[scene][1]);
  context.fillStyle = ground;
  context.fillRect(0, 0, width, height);
  const hill = (base: number, swing: number, waves: number, colour: string) => {
    context.fillStyle = colour;
    context.beginPath();
    context.moveTo(0, height);
    for (let x = 0; x <= width; x += 4)
      context.lineTo(
        x,
        height * base - Math.sin((x / width) * Math.PI * waves + base * 9) * swing * height - Math.sin(x / 37) * 2,
      );
    context.lineTo(width, height);
    context.fill();
  };
  if (scene === 'coast') {
    context.fillStyle = '#fff6d8';
    context.beginPath();
    context.arc(width * 0.72, height * 0.24, height * 0.07, 0, 7);
    context.fill();
    hill(0.55, 0.05, 2.2, '#7fa3a8');
    context.fillStyle = '#3f8b9c';
    context.fillRect(0, height * 0.6, width, height);
    context.fillStyle = 'rgb(255 255 255 / 0.35)';
    for (let line = 0; line < 14; line += 1)
      context.fillRect(((line * 97) % width) - 30, height * (0.62 + line * 0.018), width * 0.16, 2);
    hill(0.93, 0.05, 1.3, '#d9c49a');
  } else if (scene === 'hills' || scene === 'dusk') {
    const tones =
      scene === 'hills' ? ['#b7b98c', '#7f9a6b', '#4c7351', '#2f5240'] : ['#6a4a68', '#4a3758', '#2f2a47', '#191c33'];
    tones.forEach((tone, at) => hill(0.55 + at * 0.11, 0.06, 1.7 + at * 0.6, tone));
  } else if (scene === 'tower') {
    for (let tower = 0; tower < 6; tower += 1) {
      const x = width * (0.02 + tower * 0.165);
      const top = height * (0.55 - ((tower * 37) % 41) / 100);
      context.fillStyle = ['#34495e', '#46627f', '#2d3e50', '#5a7590', '#3b536b', '#50697f'][tower] ?? '#34495e';
      context.fillRect(x, top, width * 0.14, height);
      context.fillStyle = 'rgb(255 236 180 / 0.75)';
      for (let y = top + 12; y < height - 10; y += 18)
        for (let column = 0; column < 4; column += 1)
          if ((column * 7 + Math.round(y) + tower) % 3 !== 0)
            context.fillRect(x + width * 0.016 + column * width * 0.03, y, width * 0.014, 8);
    }
  } else {
    context.fillStyle = '#fbfbf9';
    context.fillRect(width * 0.1, height * 0.1, width * 0.8, height * 0.68);
    context.strokeStyle = '#33506b';
    context.lineWidth = width / 160;
    for (let line = 0; line < 5; line += 1) {
      context.beginPath();
      context.moveTo(width * 0.16, height * (0.22 + line * 0.1));
      context.lineTo(width * (0.4 + ((line * 31) % 30) / 100), height * (0.22 + line * 0.1));
      context.stroke();
    }
    context.fillStyle = '#e8a33d';
    context.fillRect(width * 0.66, height * 0.22, width * 0.16, width * 0.16);
  }
  return canvas;
}

export async function photo(scene: Scene, width = 1600, height = 1200, type = 'image/jpeg'): Promise<Blob> {
  return paint(scene, width, height).convertToBlob({ type, quality: 0.8 });
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

let counter = 0;
export function message(
  sender: string,
  minutesAgo: number,
  body: BodyView,
  more: Partial<MessageView> = {},
): MessageView {
  counter += 1;
  return {
    id: `aa${counter.toString(16).padStart(62, '0')}`,
    seq: 0,
    sender,
    sender_name: nameOf(sender),
    at_ms: NOW_MS - minutesAgo * 60_000,
    body,
    reply_to: null,
    reply: null,
    forwarded: false,
    edited: false,
    reactions: [],
    mentions: [],
    mentions_everyone: false,
    starred: false,
    expires_at_ms: null,
    state: sender === ME ? 'read' : 'received',
    ...more,
  };
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

  override async openFile(id: string, onProgress?: (done: number, total: number) => void): Promise<Blob> {
    if (this.stuck.has(id)) {
      onProgress?.(42, 100);
      return new Promise(() => undefined);
    }
    if (this.broken.has(id)) throw new EngineError('unreachable', 'The server can’t be reached.');
    return this.files.get(id) ?? super.openFile(id, onProgress);
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
    const item = message(
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
    const item = message(
      sender,
      minutesAgo,
      fileBody('Walkthrough.mp4', 'video/mp4', 48_300_000, { width: 1920, height: 1080, duration_ms: 74_000 }),
    );
    this.small.set(item.id, await photo('tower', 320, 180, 'image/webp'));
    return item;
  }

  addSound(sender: string, minutesAgo: number, durationMs: number, voice = true) {
    const item = message(
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
    message(marcus ?? ME, 38, fileBody('Launch plan 2026.pdf', 'application/pdf', 1_840_000, { thumbnail: false })),
    message(chloe ?? ME, 36, fileBody('Budget v7.xlsx', 'application/vnd.ms-excel', 96_300, { thumbnail: false })),
    message(priya ?? ME, 35, {
      type: 'text',
      text: 'The map is at https://maps.lindenhof.example/site/7 and the brief at https://wiki.lindenhof.example/launch.',
    }),
  ];
  for (const item of items) engine.receive(GROUPS.launch, item);
  return engine;
}
