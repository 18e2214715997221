import { describe, expect, it } from 'vitest';
import type { MessageView } from '../../../api';
import { FakeEngine } from '../../../engine/fake';
import { fileBody, GROUPS, message } from '../../../engine/fake-office';
import { MediaStore } from '../files/media-store';
import type { FileBody } from '../../../models/thread/shape';
import { VoicePlayer, type Sound } from './player';
import { MicrophoneError, RecorderModel, RECORDING_MS_MAX, type StartRecording } from './recorder-model';
import { barsOf, waveformOf } from './waveform';

const OGG = new Blob(['OggS\0\x02OpusHead']);
class Sounds extends FakeEngine {
  override openFile(): Promise<Blob> {
    return Promise.resolve(OGG);
  }
}
const voice = (body: Partial<FileBody> = {}): MessageView & { body: FileBody } => ({
  ...message(),
  body: fileBody('voice.ogg', 'audio/ogg', 9, { duration_ms: 4000, waveform: [1, 2, 3], ...body }),
});
class Speaker implements Sound {
  src = '';
  currentTime = 0;
  playbackRate = 1;
  duration = 4;
  playing = false;
  ontimeupdate: (() => unknown) | null = null;
  onended: (() => unknown) | null = null;
  onerror: unknown = null;
  play() {
    this.playing = true;
    return Promise.resolve();
  }
  pause() {
    this.playing = false;
  }
}
function player(engine = new Sounds()) {
  const speakers: Speaker[] = [];
  const made = new VoicePlayer(new MediaStore(engine), () => {
    const speaker = new Speaker();
    speakers.push(speaker);
    return speaker;
  });
  return { player: made, speakers, engine };
}

describe('the voice player', () => {
  it('plays one at a time and remembers where a note was left', async () => {
    const { player: one, speakers } = player();
    const [a, b] = [voice(), voice()];
    await one.toggle(a);
    const [first] = speakers;
    if (!first) throw new Error('no sound');
    first.currentTime = 1.5;
    first.ontimeupdate?.();
    await one.toggle(b);
    expect(first.playing).toBe(false);
    expect(one.getSnapshot()).toMatchObject({ message: b.id, phase: 'playing' });
    expect(one.positionOf(a.id)).toBe(1500);
    await one.toggle(a);
    expect(speakers[2]?.currentTime).toBe(1.5);
  });
  it('pauses, goes on, seeks within the note and changes its speed', async () => {
    const { player: one, speakers } = player();
    const a = voice();
    await one.toggle(a);
    await one.toggle(a);
    expect(one.getSnapshot().phase).toBe('paused');
    await one.toggle(a);
    expect(one.getSnapshot().phase).toBe('playing');
    one.seek(a, 99_000);
    expect(one.positionOf(a.id)).toBe(4000);
    one.cycleSpeed();
    expect(speakers[0]?.playbackRate).toBe(1.5);
    one.cycleSpeed();
    one.cycleSpeed();
    expect(one.getSnapshot().speed).toBe(1);
  });
  it('goes on with the next voice note, and stops at anything else', async () => {
    const { player: one, speakers, engine } = player();
    const [a, b, c] = [voice(), voice(), voice({ waveform: null })];
    for (const item of [a, b, c]) engine.receive(GROUPS.marcus, item);
    await one.play(a);
    const next = new Promise<void>((resolve) => {
      const stop = one.subscribe(() => {
        if (one.getSnapshot().message !== b.id || one.getSnapshot().phase !== 'playing') return;
        stop();
        resolve();
      });
    });
    speakers[0]?.onended?.();
    await next;
    const end = new Promise<void>((resolve) => {
      const stop = one.subscribe(() => {
        if (one.getSnapshot().phase !== 'idle') return;
        stop();
        resolve();
      });
    });
    speakers[1]?.onended?.();
    await end;
    expect(one.getSnapshot().message).toBeUndefined();
  });
  it('stops fetching a sound when its button is pressed again', async () => {
    const { player: one, engine } = player();
    let given: AbortSignal | undefined;
    Object.assign(engine, {
      openFile: (_id: string, _progress: unknown, signal: AbortSignal) => {
        given = signal;
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('cancelled'))));
      },
    });
    const note = voice();
    const playing = one.toggle(note);
    expect(one.getSnapshot().phase).toBe('loading');
    await one.toggle(note);
    await playing;
    expect(given?.aborted).toBe(true);
    expect(one.getSnapshot().phase).toBe('idle');
  });
  it('refuses what is no sound', async () => {
    const { player: one, engine } = player();
    engine.openFile = () => Promise.resolve(new Blob(['<svg onload=alert(1)>']));
    await one.play(voice());
    expect(one.getSnapshot().phase).toBe('refused');
  });
});

describe('the waveform', () => {
  it('has at most 64 samples from 0 to 255 with the loudest at the top', () => {
    const wave = waveformOf(Array.from({ length: 1000 }, (_, at) => at / 1000));
    expect(wave).toHaveLength(64);
    expect(Math.max(...wave)).toBe(255);
    expect(wave.every((sample) => Number.isInteger(sample) && sample >= 0 && sample <= 255)).toBe(true);
    expect(waveformOf([])).toEqual([]);
    expect(waveformOf([0, 0])).toEqual([0, 0]);
    expect(waveformOf([Number.NaN, -4, 1])).toEqual([0, 0, 255]);
  });
  it('is drawn from whatever the sender sent', () => {
    expect(barsOf([], 3)).toEqual([0, 0, 0]);
    expect(barsOf([0, 9999, -5], 3)).toEqual([0, 1, 0]);
    expect(barsOf([255], 2)).toEqual([1, 1]);
  });
});

function recorder() {
  const engine = new FakeEngine();
  const sent: unknown[] = [];
  const original = engine.sendFile.bind(engine);
  engine.sendFile = (group, file, caption, replyTo) => {
    sent.push(file);
    return original(group, file, caption, replyTo);
  };
  let time = 0;
  let level: (value: number) => void = () => undefined;
  let lost: () => void = () => undefined;
  let cancelled = 0;
  const start: StartRecording = (onLevel, onLost) => {
    level = onLevel;
    lost = onLost;
    return Promise.resolve({
      pause: () => undefined,
      resume: () => undefined,
      stop: () => Promise.resolve({ blob: new Blob(['sound']), mediaType: 'audio/ogg' }),
      cancel: () => {
        cancelled += 1;
      },
    });
  };
  const model = new RecorderModel(engine, GROUPS.launch, start, () => time);
  return {
    model,
    engine,
    sent,
    lost: () => lost(),
    cancelled: () => cancelled,
    pass: (ms: number, value = 0.5) => {
      time += ms;
      level(value);
    },
  };
}

describe('the recorder', () => {
  it('records, pauses without counting, and can be heard before it goes', async () => {
    const { model, pass, sent } = recorder();
    await model.start();
    pass(1000, 0.2);
    model.pause();
    pass(60_000);
    model.resume();
    pass(500, 0.8);
    await model.stop();
    const now = model.getSnapshot();
    expect(now).toMatchObject({ phase: 'preview', ms: 1500, waveform: [64, 255] });
    expect(await model.send()).toBe(true);
    expect(sent).toEqual([
      expect.objectContaining({ name: 'voice.ogg', mediaType: 'audio/ogg', durationMs: 1500, waveform: [64, 255] }),
    ]);
    expect(model.getSnapshot().phase).toBe('idle');
  });
  it('throws away a slip of the finger and what was cancelled', async () => {
    const { model, pass, cancelled, sent } = recorder();
    await model.start();
    pass(200);
    expect(await model.send()).toBe(false);
    await model.start();
    pass(5000);
    model.cancel();
    expect(cancelled()).toBe(2);
    expect(sent).toEqual([]);
  });
  it('stops by itself at its longest and when the microphone goes', async () => {
    const { model, pass } = recorder();
    await model.start();
    pass(RECORDING_MS_MAX);
    expect(model.getSnapshot().phase).toBe('stopping');
    const other = recorder();
    await other.model.start();
    other.pass(2000);
    other.lost();
    expect(other.model.getSnapshot().phase).toBe('stopping');
  });
  it('says why there is no recording, and puts a late microphone away', async () => {
    const engine = new FakeEngine();
    const denied = new RecorderModel(engine, 'g', () => Promise.reject(new MicrophoneError('denied')));
    await denied.start();
    expect(denied.getSnapshot()).toMatchObject({ phase: 'failed', problem: 'denied' });
    const { model, cancelled } = recorder();
    const started = model.start();
    model.cancel();
    await started;
    expect(cancelled()).toBe(1);
    expect(model.getSnapshot().phase).toBe('idle');
  });
  it('keeps the recording when sending fails', async () => {
    const { model, pass, engine } = recorder();
    await model.start();
    pass(2000);
    engine.failNext('quota_exceeded', 'Full.');
    expect(await model.send()).toBe(false);
    expect(model.getSnapshot()).toMatchObject({ phase: 'preview' });
    expect(await model.send()).toBe(true);
  });
});
