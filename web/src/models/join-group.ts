/** Somebody opened a link into a group: ask its admin, and follow what comes of it. */
import type { JoinLinkView } from '../api';
import type { Engine } from '../engine/engine';
import { Model } from './model';
import { problemOf, type Problem } from './problem';

export interface JoinGroupState {
  readonly phase: 'loading' | 'nowhere' | 'ready';
  readonly view?: JoinLinkView;
  /** Nothing goes out at the moment. */
  readonly offline: boolean;
  readonly busy: boolean;
  readonly problem?: Problem | undefined;
}

const isOffline = (engine: Engine): boolean => {
  const status = engine.status();
  return status.phase === 'ready' && status.connection === 'offline';
};

export class JoinGroupModel extends Model<JoinGroupState> {
  readonly #engine: Engine;
  readonly #link: string;
  #stop: (() => void)[] = [];
  #round = 0;

  constructor(engine: Engine, link: string) {
    super({ phase: 'loading', offline: isOffline(engine), busy: false });
    this.#engine = engine;
    this.#link = link;
  }

  open(): void {
    this.#stop = [
      this.#engine.onEvent((event) => {
        if (event.type === 'conversation_changed' || event.type === 'caught_up') void this.load();
      }),
      this.#engine.onStatus(() => this.set({ offline: isOffline(this.#engine) })),
    ];
    void this.load();
  }

  close(): void {
    for (const stop of this.#stop) stop();
    this.#round += 1;
  }

  async load(): Promise<void> {
    const round = ++this.#round;
    const view = await this.#engine.ask({ type: 'join_link', link: this.#link });
    if (round === this.#round) this.set(view ? { phase: 'ready', view } : { phase: 'nowhere' });
  }

  /** The person wants to be let in. It waits on this device where there is no connection. */
  async ask(): Promise<void> {
    if (this.getSnapshot().busy) return;
    this.set({ busy: true, problem: undefined });
    try {
      await this.#engine.command({ type: 'join_by_link', link: this.#link });
      await this.load();
      this.set({ busy: false });
    } catch (error) {
      this.set({ busy: false, problem: problemOf(error) });
    }
  }
}
