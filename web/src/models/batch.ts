/** Runs something soon, at most once per screen frame. */
export type Schedule = (run: () => void) => void;

/** With the next frame; by a timer where no frames are drawn (a hidden tab, a test). */
export const nextFrame: Schedule = (run) => {
  if (typeof requestAnimationFrame === 'function' && typeof document !== 'undefined' && !document.hidden)
    requestAnimationFrame(run);
  else setTimeout(run, 16);
};

/** After a run for more than this many calls … */
export const CROWD = 8;
/** … the next one waits this long: when a thousand messages pour in, two renderings a second are enough, and whoever types meanwhile has the others. */
export const REST_MS = 500;

/** Any number of calls of {@link Batch.add} become one run: a thousand events cost one rendering. After the last run of a crowd there is one more. */
export class Batch {
  #due = false;
  #calls = 0;
  #restUntil = 0;
  readonly #schedule: Schedule;
  readonly #run: (crowded: boolean) => void;

  /** `run` is told whether more than {@link CROWD} calls came since the last one. */
  constructor(schedule: Schedule, run: (crowded: boolean) => void) {
    this.#schedule = schedule;
    this.#run = run;
  }

  add(): void {
    this.#calls += 1;
    this.#next();
  }

  #next(): void {
    if (this.#due) return;
    this.#due = true;
    const rest = this.#restUntil - performance.now();
    if (rest > 0) setTimeout(() => this.#soon(), rest);
    else this.#soon();
  }

  #soon(): void {
    this.#schedule(() => {
      this.#due = false;
      const crowded = this.#calls > CROWD;
      this.#calls = 0;
      this.#run(crowded);
      if (!crowded) return;
      this.#restUntil = performance.now() + REST_MS;
      this.#next();
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
