/** On a new device: choose the lock, show a code, wait for the other device, take the history in. */
import type { Engine, Lock } from '../engine/engine';
import { Model } from './model';
import { problem, problemOf, type Problem } from './problem';

export interface LinkDeviceState {
  readonly step: 'lock' | 'code' | 'history' | 'done';
  readonly label: string;
  readonly link?: string | undefined;
  readonly matchingCode?: string | undefined;
  readonly busy: boolean;
  readonly problem?: Problem | undefined;
  /** Messages of the history taken in so far, and of how many; 0 while unknown. */
  readonly history: { readonly done: number; readonly total: number };
}

export class LinkDeviceModel extends Model<LinkDeviceState> {
  readonly #engine: Engine;
  readonly #relay: string;
  readonly #stop: () => void;

  constructor(engine: Engine, relay: string, label: string) {
    const open = engine.status().phase === 'ready';
    super({ step: open ? 'code' : 'lock', label, busy: false, history: { done: 0, total: 0 } });
    this.#engine = engine;
    this.#relay = relay;
    this.#stop = engine.onEvent((event) => {
      if (event.type === 'linked') this.set({ step: 'history', link: undefined, problem: undefined });
      // Its time is over, or what came doesn't come from the device that was shown the code.
      if (event.type === 'warning' && this.getSnapshot().step === 'code') {
        if (event.code === 'link_closed' || event.code === 'link_failed')
          this.set({ problem: problem('link_over'), link: undefined, matchingCode: undefined });
      }
      if (event.type === 'history_progress')
        this.set({ step: event.done ? 'done' : 'history', history: { done: event.messages, total: event.total } });
    });
  }

  /** After a reload: what was under way goes on. */
  async resume(): Promise<void> {
    if (this.getSnapshot().step !== 'code') return;
    const account = await this.#engine.ask({ type: 'account' });
    if (account !== null) {
      this.set({ step: 'done' });
      return;
    }
    await this.start();
  }

  setLabel(label: string): void {
    this.set({ label });
  }

  async protect(lock: Lock): Promise<void> {
    if (this.getSnapshot().busy) return;
    this.set({ busy: true, problem: undefined });
    try {
      await this.#engine.create(lock);
      this.set({ busy: false, step: 'code' });
    } catch (error) {
      this.set({ busy: false, problem: problemOf(error) });
      return;
    }
    await this.start();
  }

  /** Asks for a code; also the retry, which makes a new one. */
  async start(): Promise<void> {
    if (this.getSnapshot().busy) return;
    this.set({ busy: true, problem: undefined, link: undefined, matchingCode: undefined });
    try {
      const result = await this.#engine.command({
        type: 'start_link',
        relay: this.#relay,
        label: this.getSnapshot().label.trim(),
      });
      if (result.type !== 'link_started') throw new Error('the core answered start_link with something else');
      this.set({ busy: false, link: result.link, matchingCode: result.matching_code });
      await this.#engine.persist().catch(() => false);
    } catch (error) {
      this.set({ busy: false, problem: problemOf(error) });
    }
  }

  dispose(): void {
    this.#stop();
  }
}
