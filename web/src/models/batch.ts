/** Runs something soon, at most once per screen frame. */
export type Schedule = (run: () => void) => void;

/** With the next frame; by a timer where no frames are drawn (a hidden tab, a test). */
export const nextFrame: Schedule = (run) => {
  if (typeof requestAnimationFrame === 'function' && typeof document !== 'undefined' && !document.hidden)
    requestAnimationFrame(run);
  else setTimeout(run, 16);
};

/** Any number of calls of {@link Batch.add} become one run: a thousand events cost one rendering. */
export class Batch {
  #due = false;
  readonly #schedule: Schedule;
  readonly #run: () => void;

  constructor(schedule: Schedule, run: () => void) {
    this.#schedule = schedule;
    this.#run = run;
  }

  add(): void {
    if (this.#due) return;
    this.#due = true;
    this.#schedule(() => {
      this.#due = false;
      this.#run();
    });
  }
}

/** One question at a time: what is asked for meanwhile makes one more round afterwards, not a queue. */
export class Latest {
  #running = false;
  #again = false;
  readonly #work: () => Promise<void>;

  constructor(work: () => Promise<void>) {
    this.#work = work;
  }

  async run(): Promise<void> {
    if (this.#running) {
      this.#again = true;
      return;
    }
    this.#running = true;
    try {
      do {
        this.#again = false;
        await this.#work();
        // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- set while waiting
      } while (this.#again);
    } finally {
      this.#running = false;
    }
  }
}
