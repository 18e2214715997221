/** The lock of this browser's store: opening it, changing it, how long it stays open. */
import type { Engine, Lock } from '../engine/engine';
import { inBackground } from './background';
import { Model } from './model';
import { problemOf, type Problem } from './problem';

export const LEASE_HOURS = [0, 1, 8, 24, 168] as const;

export interface AppLockState {
  readonly methods: readonly ('passkey' | 'pin')[];
  /** How long it stays open without asking; 0: it asks at every start. Absent while it is read. */
  readonly leaseHours?: number | undefined;
  readonly busy: boolean;
  readonly problem?: Problem | undefined;
  readonly attemptsLeft?: number | undefined;
  /** After too many wrong PINs: when the next one may be tried, in milliseconds since 1970. */
  readonly notBefore?: number | undefined;
}

export class AppLockModel extends Model<AppLockState> {
  readonly #engine: Engine;
  readonly #stop: () => void;

  constructor(engine: Engine) {
    super({ methods: [], busy: false });
    this.#engine = engine;
    this.#stop = engine.onStatus(() => this.#follow());
    this.#follow();
    if (engine.status().phase === 'ready') inBackground(this.#read());
  }

  #follow(): void {
    const status = this.#engine.status();
    if (status.phase !== 'locked') return;
    const { methods, attemptsLeft, notBefore } = status;
    this.set({ methods, attemptsLeft, notBefore });
  }

  async #read(): Promise<void> {
    const [methods, leaseHours] = await Promise.all([this.#engine.lockMethods(), this.#engine.leaseHours()]);
    this.set({ methods, leaseHours });
  }

  unlock(lock: Lock): Promise<boolean> {
    return this.#try(() => this.#engine.unlock(lock));
  }

  /** Asks the owner again before something that matters. */
  confirm(lock: Lock): Promise<boolean> {
    return this.#try(() => this.#engine.confirmPresence(lock));
  }

  async change(current: Lock, next: Lock): Promise<boolean> {
    const done = await this.#try(() => this.#engine.changeLock(current, next));
    if (done) await this.#read();
    return done;
  }

  async setLease(hours: number): Promise<boolean> {
    const done = await this.#try(() => this.#engine.setLease(hours));
    if (done) await this.#read();
    return done;
  }

  lock(): Promise<boolean> {
    return this.#try(() => this.#engine.lock());
  }

  async #try(act: () => Promise<void>): Promise<boolean> {
    if (this.getSnapshot().busy) return false;
    this.set({ busy: true, problem: undefined });
    try {
      await act();
      this.set({ busy: false });
      return true;
    } catch (error) {
      this.set({ busy: false, problem: problemOf(error) });
      return false;
    }
  }

  dispose(): void {
    this.#stop();
  }
}
