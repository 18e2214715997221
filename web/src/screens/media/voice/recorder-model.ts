import type { Engine } from '../../../engine/engine';
import { Model } from '../../../models/model';
import { sentenceOf } from '../files/sentence';
import { waveformOf } from './waveform';

/** What a microphone gives; the browser's is in microphone.ts. */
export interface Recording {
  pause(): void;
  resume(): void;
  /** The whole recording and its media type. */
  stop(): Promise<{ blob: Blob; mediaType: string }>;
  cancel(): void;
}

export type StartRecording = (onLevel: (level: number) => void, onLost: () => void) => Promise<Recording>;

export type MicrophoneProblem = 'denied' | 'missing' | 'busy' | 'unsupported' | 'lost';

export class MicrophoneError extends Error {
  constructor(readonly problem: MicrophoneProblem) {
    super(problem);
    this.name = 'MicrophoneError';
  }
}

export type RecorderState = {
  /** Levels of the last seconds, newest last, 0 to 1. */
  readonly levels: readonly number[];
  readonly ms: number;
} & (
  | { readonly phase: 'idle' | 'asking' | 'recording' | 'paused' | 'stopping' }
  | {
      readonly phase: 'preview' | 'sending';
      readonly blob: Blob;
      readonly waveform: readonly number[];
      readonly error?: string;
    }
  | { readonly phase: 'failed'; readonly problem: MicrophoneProblem }
);

export const RECORDING_MS_MAX = 15 * 60_000;
/** Shorter ones are slips of the finger. */
export const RECORDING_MS_MIN = 700;
const LIVE_LEVELS = 48;

/** One voice note from the first word to its sending. */
export class RecorderModel extends Model<RecorderState> {
  #recording: Recording | undefined;
  #levels: number[] = [];
  #lastAt = 0;
  #mediaType = '';
  /** Rises with every end, so that a microphone that comes late is put away again. */
  #take = 0;

  constructor(
    private readonly engine: Engine,
    private readonly group: string,
    private readonly startRecording: StartRecording,
    private readonly now: () => number = () => performance.now(),
  ) {
    super({ phase: 'idle', levels: [], ms: 0 });
  }

  async start(): Promise<void> {
    const take = ++this.#take;
    this.#levels = [];
    this.replace({ phase: 'asking', levels: [], ms: 0 });
    try {
      const recording = await this.startRecording(
        (level) => this.#measured(level),
        () => {
          if (take === this.#take) void this.stop();
        },
      );
      if (take !== this.#take) {
        recording.cancel();
        return;
      }
      this.#recording = recording;
      this.#lastAt = this.now();
      this.replace({ phase: 'recording', levels: [], ms: 0 });
    } catch (error) {
      if (take !== this.#take) return;
      const problem = error instanceof MicrophoneError ? error.problem : 'unsupported';
      this.replace({ phase: 'failed', problem, levels: [], ms: 0 });
    }
  }

  pause(): void {
    const now = this.getSnapshot();
    if (now.phase !== 'recording') return;
    this.#recording?.pause();
    this.replace({ phase: 'paused', levels: now.levels, ms: now.ms });
  }

  resume(): void {
    const now = this.getSnapshot();
    if (now.phase !== 'paused') return;
    this.#recording?.resume();
    this.#lastAt = this.now();
    this.replace({ phase: 'recording', levels: now.levels, ms: now.ms });
  }

  /** Ends the recording: it can be heard before it goes. Too short ones are gone. */
  async stop(): Promise<void> {
    const now = this.getSnapshot();
    const recording = this.#recording;
    if ((now.phase !== 'recording' && now.phase !== 'paused') || !recording) {
      if (now.phase === 'asking') this.cancel();
      return;
    }
    if (now.ms < RECORDING_MS_MIN) {
      this.cancel();
      return;
    }
    const take = this.#take;
    this.#recording = undefined;
    this.replace({ phase: 'stopping', levels: now.levels, ms: now.ms });
    const { blob, mediaType } = await recording.stop();
    if (take !== this.#take) return;
    this.#mediaType = mediaType;
    this.replace({ phase: 'preview', blob, waveform: waveformOf(this.#levels), levels: now.levels, ms: now.ms });
  }

  cancel(): void {
    this.#take += 1;
    this.#recording?.cancel();
    this.#recording = undefined;
    this.#levels = [];
    this.replace({ phase: 'idle', levels: [], ms: 0 });
  }

  /** Resolves with whether it went to the engine. From a running recording: stops first. */
  async send(replyTo?: string): Promise<boolean> {
    await this.stop();
    const now = this.getSnapshot();
    if (now.phase !== 'preview') return false;
    this.replace({ ...now, phase: 'sending' });
    try {
      const extension = this.#mediaType.includes('mp4') ? 'm4a' : this.#mediaType.includes('ogg') ? 'ogg' : 'webm';
      await this.engine.sendFile(
        this.group,
        {
          file: now.blob,
          name: `voice.${extension}`,
          mediaType: this.#mediaType,
          durationMs: Math.round(now.ms),
          waveform: [...now.waveform],
        },
        '',
        replyTo,
      );
      this.cancel();
      return true;
    } catch (error) {
      this.replace({ ...now, phase: 'preview', error: sentenceOf(error) });
      return false;
    }
  }

  #measured(level: number): void {
    const now = this.getSnapshot();
    if (now.phase !== 'recording') return;
    const time = this.now();
    const ms = now.ms + Math.max(0, time - this.#lastAt);
    this.#lastAt = time;
    this.#levels.push(level);
    this.replace({ phase: 'recording', levels: [...now.levels, level].slice(-LIVE_LEVELS), ms });
    if (ms >= RECORDING_MS_MAX) void this.stop();
  }
}
