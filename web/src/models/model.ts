/**
 * Base of every view model: state as immutable snapshots, compatible with React's useSyncExternalStore.
 *
 * **Invariant:** a snapshot is never changed after it was handed out; a change is a new object.
 */
export class Model<S extends object> {
  #snapshot: S;
  readonly #listeners = new Set<() => void>();

  constructor(initial: S) {
    this.#snapshot = initial;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  };

  readonly getSnapshot = (): S => this.#snapshot;

  protected set(change: Partial<S>): void {
    this.replace({ ...this.#snapshot, ...change });
  }

  /** For snapshots that are unions: a whole new state. */
  protected replace(next: S): void {
    this.#snapshot = next;
    for (const listener of [...this.#listeners]) listener();
  }
}
