/** Brings a tab's requests to the one worker that owns the store, and what it answers and announces back to every tab. */
import type { Event } from '../api';
import { userError } from './errors';
import { MAX_WAITING_REQUESTS } from './limits';
import type { Announcer } from './owner';
import type { Channel, HeldKey, Outcome, Request, Results, State, ToPage, ToWorker } from './protocol';

/** What of an owner the others need. */
export interface StoreOwner {
  readonly state: State;
  readonly held: HeldKey | undefined;
  handle(
    request: Request,
    again: boolean,
    progress: (done: number, total: number) => void,
  ): Promise<Results[keyof Results]>;
}

export interface Lines {
  /** Says something to the page of this tab. */
  toPage(message: ToPage): void;
  /** Says something to the workers of the other tabs. */
  toAll(message: Channel): void;
  /** Ends this worker. */
  end(): void;
}

/**
 * **Invariant:** whoever announces a state takes requests. A request is given to every new owner once, so one that was dropped by an owner that
 * wasn't ready would wait for ever.
 */
export class Switchboard {
  readonly #me = crypto.randomUUID();
  readonly #lines: Lines;
  #owner: StoreOwner | undefined;
  /** The owner in another tab. */
  #other: string | undefined;
  #held: HeldKey | undefined;
  /** Requests of this tab that the owner has not answered. */
  readonly #waiting = new Map<number, { request: Request; given: boolean }>();

  constructor(lines: Lines) {
    this.#lines = lines;
  }

  /** What the owner in another tab left to this one: for an owner that this worker makes, which has it alone from then on. */
  takeHeld(): HeldKey | undefined {
    const held = this.#held;
    this.#held = undefined;
    return held;
  }

  /** This worker is new: the owner, if there is one, says so. */
  hello(): void {
    this.#lines.toAll({ type: 'hello', from: this.#me });
  }

  /** For the owner that this worker makes: from its first state on, all requests are its. */
  announcer(owner: () => StoreOwner): Announcer {
    return {
      state: (state) => {
        const isFirst = !this.#owner;
        this.#owner ??= owner();
        this.#other = undefined;
        this.#lines.toPage({ type: 'state', state });
        this.#lines.toAll({ type: 'state', owner: this.#me, state });
        if (isFirst) this.#passAllOn();
      },
      key: (held) => this.#lines.toAll({ type: 'key', held }),
      events: (events: Event[]) => {
        this.#lines.toPage({ type: 'events', events });
        this.#lines.toAll({ type: 'events', events });
      },
    };
  }

  fromPage({ id, request }: ToWorker): void {
    if (this.#waiting.size >= MAX_WAITING_REQUESTS) {
      const error = { code: 'busy', message: 'Too much is waiting. Try again in a moment.' };
      this.#lines.toPage({ type: 'outcome', id, outcome: { ok: false, error } });
      return;
    }
    const entry = { request, given: false };
    this.#waiting.set(id, entry);
    this.#passOn(id, entry);
  }

  fromOther(message: Channel): void {
    switch (message.type) {
      case 'hello':
        this.#welcome();
        break;
      case 'state':
        this.#lines.toPage({ type: 'state', state: message.state });
        if (this.#other === message.owner) break;
        this.#other = message.owner;
        // A new owner: what the former one left unanswered is given again.
        this.#passAllOn();
        break;
      case 'key':
        this.#held?.key.fill(0);
        this.#held = message.held;
        break;
      case 'events':
        this.#lines.toPage({ type: 'events', events: message.events });
        break;
      case 'request':
        void this.#performForOther(message);
        break;
      case 'outcome':
        if (message.to === this.#me) this.#answer(message.id, message.outcome);
        break;
      case 'progress':
        if (message.to === this.#me) this.#progress(message.id, message.done, message.total);
        break;
    }
  }

  #welcome(): void {
    if (!this.#owner) return;
    const { state, held } = this.#owner;
    if (state.status.phase === 'failed' && state.status.error.code === 'crashed') {
      // Somebody loaded the page again: go on with a fresh worker.
      this.#lines.toPage({ type: 'respawn' });
      this.#lines.end();
      return;
    }
    if (held) this.#lines.toAll({ type: 'key', held });
    this.#lines.toAll({ type: 'state', owner: this.#me, state });
  }

  #passAllOn(): void {
    for (const [id, entry] of this.#waiting) this.#passOn(id, entry);
  }

  #passOn(id: number, entry: { request: Request; given: boolean }): void {
    const again = entry.given;
    if (this.#owner) {
      entry.given = true;
      void this.#performOwn(this.#owner, id, entry.request, again);
    } else if (this.#other) {
      entry.given = true;
      this.#lines.toAll({ type: 'request', from: this.#me, id, again, request: entry.request });
    }
  }

  async #performOwn(owner: StoreOwner, id: number, request: Request, again: boolean): Promise<void> {
    const outcome = await perform(owner, request, again, (done, total) => this.#progress(id, done, total));
    this.#answer(id, outcome);
  }

  async #performForOther({ from: to, id, again, request }: Extract<Channel, { type: 'request' }>): Promise<void> {
    if (!this.#owner) return;
    const outcome = await perform(this.#owner, request, again, (done, total) =>
      this.#lines.toAll({ type: 'progress', to, id, done, total }),
    );
    this.#lines.toAll({ type: 'outcome', to, id, outcome });
  }

  #progress(id: number, done: number, total: number): void {
    this.#lines.toPage({ type: 'progress', id, done, total });
  }

  #answer(id: number, outcome: Outcome): void {
    if (this.#waiting.delete(id)) this.#lines.toPage({ type: 'outcome', id, outcome });
  }
}

async function perform(
  owner: StoreOwner,
  request: Request,
  again: boolean,
  progress: (done: number, total: number) => void,
): Promise<Outcome> {
  try {
    return { ok: true, value: await owner.handle(request, again, progress) };
  } catch (error) {
    return { ok: false, error: userError(error) };
  }
}
