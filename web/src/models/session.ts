/** What the whole app turns on: the engine's status, who one is, and whether the connection is worth a line. */
import type { AccountView } from '../api';
import type { Engine, Status } from '../engine/engine';
import { inBackground } from './background';
import { Model } from './model';

/** A short cut isn't worth a line. */
export const OFFLINE_SHOWN_AFTER_MS = 3000;

export interface SessionState {
  readonly status: Status;
  /** Absent while it is read; null before joining. */
  readonly account?: AccountView | null | undefined;
  /** How the connection should be shown, if at all. */
  readonly notice?: 'offline' | 'relay-down' | 'catching-up' | undefined;
  /** Messages and changes that wait to be sent. */
  readonly waiting: number;
}

export interface Clock {
  after(ms: number, act: () => void): () => void;
  /** Whether the browser has a network at all. */
  hasNetwork(): boolean;
}

export class SessionModel extends Model<SessionState> {
  readonly #engine: Engine;
  readonly #clock: Clock;
  readonly #stops: (() => void)[] = [];
  #cancel: (() => void) | undefined;
  #shownFor: string | undefined;
  #counting: 'once' | 'again' | undefined;

  constructor(engine: Engine, clock: Clock) {
    super({ status: engine.status(), waiting: 0 });
    this.#engine = engine;
    this.#clock = clock;
    this.#stops.push(
      engine.onStatus(() => this.#follow()),
      engine.onEvent((event) => {
        if (event.type === 'linked' || event.type === 'caught_up') inBackground(this.refresh());
        // Own messages are told as messages only.
        if (event.type === 'conversation_changed' || event.type === 'message') this.#countSoon();
      }),
    );
    this.#follow();
  }

  /** Who one is has changed (joined, renamed). */
  async refresh(): Promise<void> {
    if (this.#engine.status().phase !== 'ready') {
      this.set({ account: undefined });
      return;
    }
    const account = await this.#engine.ask({ type: 'account' });
    this.set({ account });
    await this.#countWaiting();
  }

  async #countWaiting(): Promise<void> {
    if (this.#engine.status().phase !== 'ready') return;
    this.set({ waiting: await this.#engine.ask({ type: 'waiting' }) });
  }

  /** Nobody sees the number while the connection is good; one question at a time, and one more for what changed meanwhile. */
  #countSoon(): void {
    if (this.getSnapshot().notice === undefined || this.#counting === 'again') return;
    if (this.#counting === 'once') {
      this.#counting = 'again';
      return;
    }
    this.#counting = 'once';
    void this.#countWaiting()
      .catch(() => undefined)
      .finally(() => {
        const again = this.#counting === 'again';
        this.#counting = undefined;
        if (again) this.#countSoon();
      });
  }

  #follow(): void {
    const before = this.getSnapshot();
    const status = this.#engine.status();
    this.set({ status });
    if (status.phase !== 'ready') this.set({ account: undefined });
    else if (before.status.phase !== 'ready' || before.account === undefined) inBackground(this.refresh());
    this.#notice(status);
  }

  #notice(status: Status): void {
    const kind = status.phase === 'ready' ? status.connection : 'none';
    const cut = kind === 'offline' || kind === 'connecting';
    const key = cut ? 'cut' : kind;
    if (key === this.#shownFor) {
      // Still cut; the reason may have changed.
      if (cut && this.getSnapshot().notice !== undefined) this.set({ notice: this.#cutNotice() });
      return;
    }
    this.#shownFor = key;
    this.#cancel?.();
    this.#cancel = undefined;
    if (key === 'online' || key === 'none') return this.set({ notice: undefined });
    const show = () => {
      this.set({ notice: cut ? this.#cutNotice() : 'catching-up' });
      this.#countSoon();
    };
    // From "offline" to "catching up" the line changes at once; it doesn't blink.
    if (!cut && this.getSnapshot().notice !== undefined) return show();
    this.#cancel = this.#clock.after(OFFLINE_SHOWN_AFTER_MS, show);
  }

  #cutNotice(): 'offline' | 'relay-down' {
    return this.#clock.hasNetwork() ? 'relay-down' : 'offline';
  }

  dispose(): void {
    this.#cancel?.();
    for (const stop of this.#stops) stop();
  }
}
