import type { Engine } from '../../engine/engine';
import { ThreadModel } from './thread';

/**
 * Opens conversations: asked for as soon as a finger or a button is down on one, so that its messages are on their way while its screen is made.
 */
export class ThreadOpener {
  readonly #engine: Engine;
  #thread: ThreadModel | undefined;
  /** Nobody has taken it yet. */
  #isSpare = false;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Somebody is about to open this conversation at its end. */
  prepare(group: string): void {
    if (this.#has(group, undefined)) return;
    this.#hold(new ThreadModel(this.#engine, group), true);
    void this.#thread?.start();
  }

  /** The conversation, maybe at a message; the one that was prepared, if it is this one. Whoever takes it starts and closes it. */
  take(group: string, at?: string): ThreadModel {
    const held = this.#has(group, at);
    if (held) {
      this.#isSpare = false;
      return held;
    }
    const thread = new ThreadModel(this.#engine, group, at === undefined ? {} : { at });
    this.#hold(thread, false);
    return thread;
  }

  close(): void {
    this.#hold(undefined, false);
  }

  #has(group: string, at: string | undefined): ThreadModel | undefined {
    const thread = this.#thread;
    return thread && !thread.isClosed && thread.group === group && thread.at === at ? thread : undefined;
  }

  #hold(thread: ThreadModel | undefined, isSpare: boolean): void {
    if (this.#isSpare) this.#thread?.close();
    this.#thread = thread;
    this.#isSpare = isSpare;
  }
}
