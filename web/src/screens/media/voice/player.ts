import type { MessageView } from '../../../api';
import { Model } from '../../../models/model';
import type { MediaStore } from '../files/media-store';
import { isVoice, type FileBody } from '../../../models/thread/shape';

export const SPEEDS = [1, 1.5, 2] as const;
export type Speed = (typeof SPEEDS)[number];

export interface PlayerState {
  /** Which voice note or sound; others show themselves at rest. */
  readonly message: string | undefined;
  readonly phase: 'idle' | 'loading' | 'playing' | 'paused' | 'failed' | 'refused';
  readonly positionMs: number;
  readonly durationMs: number;
  readonly speed: Speed;
}

/** What is needed of an HTMLAudioElement. */
export interface Sound {
  src: string;
  currentTime: number;
  playbackRate: number;
  readonly duration: number;
  play(): Promise<void>;
  pause(): void;
  ontimeupdate: ((event: never) => unknown) | null;
  onended: ((event: never) => unknown) | null;
  onerror: unknown;
}

type FileMessage = MessageView & { body: FileBody };

/** So far back, the note before a voice note starts from its beginning again when it is opened. */
const HEARD_MAX = 100;

/**
 * Plays one sound at a time; after a voice note comes the next one, if it follows directly in the conversation.
 */
export class VoicePlayer extends Model<PlayerState> {
  #sound: Sound | undefined;
  #current: FileMessage | undefined;
  /** Where a note was left, by message. */
  readonly #heard = new Map<string, number>();
  readonly #makeSound: () => Sound;

  constructor(
    private readonly store: MediaStore,
    makeSound: () => Sound = () => new Audio(),
  ) {
    super({ message: undefined, phase: 'idle', positionMs: 0, durationMs: 0, speed: 1 });
    this.#makeSound = makeSound;
  }

  /** Where a message's sound stands, whether it is the present one or not. */
  positionOf(message: string): number {
    const now = this.getSnapshot();
    return now.message === message ? now.positionMs : (this.#heard.get(message) ?? 0);
  }

  async toggle(message: FileMessage): Promise<void> {
    const now = this.getSnapshot();
    if (now.message === message.id && now.phase === 'playing') {
      this.#sound?.pause();
      this.set({ phase: 'paused' });
      return;
    }
    if (now.message === message.id && now.phase === 'paused' && this.#sound) {
      this.set({ phase: 'playing' });
      await this.#start(this.#sound);
      return;
    }
    if (now.message === message.id && now.phase === 'loading') {
      this.stop();
      this.store.cancel(message.id);
      return;
    }
    await this.play(message);
  }

  async play(message: FileMessage): Promise<void> {
    this.#leave();
    this.#current = message;
    const from = this.#heard.get(message.id) ?? 0;
    this.set({
      message: message.id,
      phase: 'loading',
      positionMs: from,
      durationMs: message.body.duration_ms ?? 0,
    });
    try {
      const shown = await this.store.open(message);
      if (this.#current !== message) {
        this.store.release(message.id);
        return;
      }
      const sound = this.#makeSound();
      this.#sound = sound;
      sound.src = shown.url;
      sound.playbackRate = this.getSnapshot().speed;
      if (from > 0) sound.currentTime = from / 1000;
      sound.ontimeupdate = () => this.#moved(sound);
      sound.onended = () => void this.#ended(message);
      sound.onerror = () => {
        if (this.#sound === sound) this.set({ phase: 'failed' });
      };
      this.set({ phase: 'playing' });
      await this.#start(sound);
    } catch (error) {
      if (this.#current === message)
        this.set({ phase: error instanceof Error && error.name === 'NotShown' ? 'refused' : 'failed' });
    }
  }

  /** Moves to a place of a message; it need not be playing. */
  seek(message: FileMessage, positionMs: number): void {
    const end = this.getSnapshot().message === message.id ? this.getSnapshot().durationMs : message.body.duration_ms;
    const place = Math.max(0, Math.min(positionMs, end ?? positionMs));
    this.#remember(message.id, place);
    if (this.getSnapshot().message === message.id) {
      if (this.#sound) this.#sound.currentTime = place / 1000;
      this.set({ positionMs: place });
    } else {
      // Others listen for their own place only; a new snapshot makes them look.
      this.set({});
    }
  }

  cycleSpeed(): void {
    const speed = SPEEDS[(SPEEDS.indexOf(this.getSnapshot().speed) + 1) % SPEEDS.length] ?? 1;
    if (this.#sound) this.#sound.playbackRate = speed;
    this.set({ speed });
  }

  stop(): void {
    this.#leave();
    this.set({ message: undefined, phase: 'idle', positionMs: 0, durationMs: 0 });
  }

  async #start(sound: Sound): Promise<void> {
    try {
      await sound.play();
      sound.playbackRate = this.getSnapshot().speed;
    } catch (error) {
      // The browser interrupts a play() by the next pause(): that is no failure.
      if (this.#sound === sound && !(error instanceof DOMException && error.name === 'AbortError'))
        this.set({ phase: 'failed' });
    }
  }

  #moved(sound: Sound): void {
    if (this.#sound !== sound) return;
    const known = Number.isFinite(sound.duration) && sound.duration > 0 ? sound.duration * 1000 : undefined;
    const positionMs = sound.currentTime * 1000;
    if (this.#current) this.#remember(this.#current.id, positionMs);
    this.set({ positionMs, ...(known === undefined ? {} : { durationMs: known }) });
  }

  #remember(message: string, positionMs: number): void {
    this.#heard.delete(message);
    this.#heard.set(message, positionMs);
    const oldest = this.#heard.keys().next().value;
    if (this.#heard.size > HEARD_MAX && oldest !== undefined) this.#heard.delete(oldest);
  }

  #leave(): void {
    this.#sound?.pause();
    if (this.#sound) {
      this.#sound.ontimeupdate = null;
      this.#sound.onended = null;
      this.#sound.onerror = null;
    }
    if (this.#sound && this.#current) this.store.release(this.#current.id);
    this.#sound = undefined;
    this.#current = undefined;
  }

  async #ended(message: FileMessage): Promise<void> {
    this.#heard.delete(message.id);
    const next = await this.#next(message).catch(() => undefined);
    if (this.#current !== message) return;
    if (next) await this.play(next);
    else this.stop();
  }

  /** The message after it, if it is a voice note too. */
  async #next(message: FileMessage): Promise<FileMessage | undefined> {
    if (!isVoice(message)) return undefined;
    const found = await this.store.engine.ask({ type: 'message', message: message.id });
    if (!found) return undefined;
    const page = await this.store.engine.ask({ type: 'messages', group: found.group, after: message.id, limit: 1 });
    const [next] = page.messages;
    return next && isVoice(next) ? next : undefined;
  }
}
