import type { Engine } from '../../../engine/engine';
import { Model } from '../../../models/model';
import { isVisual, type VisualMessage } from '../../../models/thread/shape';

export type { VisualMessage };

export interface ViewerState {
  readonly items: readonly VisualMessage[];
  readonly index: number;
  /** There may be more before or after. */
  readonly older: boolean;
  readonly newer: boolean;
  readonly gone: boolean;
}

/** Messages looked through at once, and how often for one step: a conversation without pictures isn't read to its end. */
const PAGE_MESSAGES = 200;
const PAGES_PER_STEP_MAX = 20;
/** So close to the end of what is known, more is looked for. */
const AHEAD = 2;

/** The photos and videos of a conversation, around one of them. */
export class ViewerModel extends Model<ViewerState> {
  readonly #engine: Engine;
  #group: string | undefined;
  /** Edges of what was looked through. */
  #first: string;
  #last: string;
  #busy = { older: false, newer: false };
  #stop: () => void = () => undefined;

  constructor(engine: Engine, start: VisualMessage) {
    super({ items: [start], index: 0, older: true, newer: true, gone: false });
    this.#engine = engine;
    this.#first = start.id;
    this.#last = start.id;
  }

  get current(): VisualMessage | undefined {
    const { items, index } = this.getSnapshot();
    return items[index];
  }

  async load(): Promise<void> {
    this.#stop = this.#engine.onEvent((event) => {
      if (event.type === 'message_gone') this.#remove(event.message);
      if (event.type === 'message' && event.message.body.type === 'deleted') this.#remove(event.message.id);
    });
    const start = this.current;
    if (!start) return;
    const found = await this.#engine.ask({ type: 'message', message: start.id });
    if (!found) {
      this.set({ older: false, newer: false });
      return;
    }
    this.#group = found.group;
    await Promise.all([this.#more('older'), this.#more('newer')]);
  }

  close(): void {
    this.#stop();
  }

  step(by: 1 | -1): void {
    const { items, index } = this.getSnapshot();
    const next = index + by;
    if (next < 0 || next >= items.length) return;
    this.set({ index: next });
    if (next < AHEAD) void this.#more('older');
    if (next >= items.length - AHEAD) void this.#more('newer');
  }

  #remove(id: string): void {
    const { items, index } = this.getSnapshot();
    const at = items.findIndex((item) => item.id === id);
    if (at < 0) return;
    const left = items.filter((item) => item.id !== id);
    const next = Math.min(at < index ? index - 1 : index, left.length - 1);
    this.set({ items: left, index: Math.max(0, next), gone: left.length === 0 });
  }

  async #more(way: 'older' | 'newer'): Promise<void> {
    const group = this.#group;
    if (group === undefined || this.#busy[way] || !this.getSnapshot()[way]) return;
    this.#busy[way] = true;
    try {
      for (let page = 0; page < PAGES_PER_STEP_MAX; page += 1) {
        const answer = await this.#engine.ask({
          type: 'messages',
          group,
          ...(way === 'older' ? { before: this.#first } : { after: this.#last }),
          limit: PAGE_MESSAGES,
        });
        const known = new Set(this.getSnapshot().items.map((item) => item.id));
        const found = answer.messages.filter(isVisual).filter((item) => !known.has(item.id));
        const edge = way === 'older' ? answer.messages[0] : answer.messages.at(-1);
        const more = edge !== undefined && (way === 'older' ? answer.older : answer.newer);
        if (edge && way === 'older') this.#first = edge.id;
        if (edge && way === 'newer') this.#last = edge.id;
        const { items, index } = this.getSnapshot();
        if (way === 'older') this.set({ items: [...found, ...items], index: index + found.length, older: more });
        else this.set({ items: [...items, ...found], newer: more });
        if (!more || found.length > 0) return;
      }
      // Nothing in so many messages: the next step looks further.
    } finally {
      this.#busy[way] = false;
    }
  }
}
