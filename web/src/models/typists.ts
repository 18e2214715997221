/** A typing signal is only valid this long: its end may get lost. */
export const TYPING_SHOWN_MS = 12_000;

/** Who is typing where. */
export class Typists {
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #groups = new Map<string, Set<string>>();
  readonly #changed: (group: string) => void;

  constructor(changed: (group: string) => void) {
    this.#changed = changed;
  }

  of(group: string): readonly string[] {
    return [...(this.#groups.get(group) ?? [])];
  }

  set(group: string, user: string, on: boolean): void {
    const key = `${group}\n${user}`;
    clearTimeout(this.#timers.get(key));
    this.#timers.delete(key);
    const users = this.#groups.get(group) ?? new Set();
    const had = users.has(user);
    if (on) {
      users.add(user);
      this.#groups.set(group, users);
      this.#timers.set(
        key,
        setTimeout(() => this.set(group, user, false), TYPING_SHOWN_MS),
      );
    } else {
      users.delete(user);
      if (users.size === 0) this.#groups.delete(group);
    }
    if (had !== on) this.#changed(group);
  }

  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.#groups.clear();
  }
}
