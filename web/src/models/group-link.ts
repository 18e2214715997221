/** For an admin: the link that lets people into a group. */
import type { Engine } from '../engine/engine';
import { Model } from './model';
import { problemOf, type Problem } from './problem';

export interface GroupLinkState {
  /** Absent until it is known; null when there is none. */
  readonly link?: string | null;
  readonly busy: boolean;
  readonly problem?: Problem | undefined;
}

export class GroupLinkModel extends Model<GroupLinkState> {
  readonly #engine: Engine;
  readonly #group: string;
  #stop: () => void = () => undefined;
  #round = 0;

  constructor(engine: Engine, group: string) {
    super({ busy: false });
    this.#engine = engine;
    this.#group = group;
  }

  open(): void {
    this.#stop = this.#engine.onEvent((event) => {
      if (event.type === 'conversation_changed' && event.group === this.#group) void this.load();
    });
    void this.load();
  }

  close(): void {
    this.#stop();
    this.#round += 1;
  }

  async load(): Promise<void> {
    const round = ++this.#round;
    const link = await this.#engine.ask({ type: 'group_link', group: this.#group });
    if (round === this.#round) this.set({ link });
  }

  /** A new one, which ends the former; or none any more. */
  async change(on: boolean): Promise<void> {
    if (this.getSnapshot().busy) return;
    this.set({ busy: true, problem: undefined });
    try {
      await this.#engine.command({ type: 'set_group_link', group: this.#group, on });
      await this.load();
      this.set({ busy: false });
    } catch (error) {
      this.set({ busy: false, problem: problemOf(error) });
    }
  }
}
