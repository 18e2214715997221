import type { UserError } from '../api';
import type { Transfer } from './engine';
import { PROGRESS_MILLIS } from './limits';

/** What is shown of the uploads, and whose turn it is. */
export class UploadList {
  readonly #changed: () => void;
  /** In the order in which they were sent. */
  readonly #all = new Map<string, Transfer>();
  /** Uploads that wait until those before them are through. */
  readonly #turns = new Set<() => void>();
  #announced = 0;
  #later: ReturnType<typeof setTimeout> | undefined;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  all(): readonly Transfer[] {
    return [...this.#all.values()];
  }

  get(id: string): Transfer | undefined {
    return this.#all.get(id);
  }

  set(transfer: Transfer): void {
    this.#all.set(transfer.id, transfer);
    this.#announce(true);
  }

  patch(id: string, change: Partial<Transfer>): void {
    const transfer = this.#all.get(id);
    if (!transfer) return;
    this.#all.set(id, { ...transfer, ...change });
    if (change.state !== undefined) this.#moved();
    this.#announce(change.state !== undefined);
  }

  fail(id: string, error: UserError, isLost: boolean): void {
    this.patch(id, { state: 'failed', error, ...(isLost ? { isLost } : {}) });
  }

  remove(id: string): void {
    this.#all.delete(id);
    this.#moved();
    this.#announce(true);
  }

  clear(): void {
    this.#all.clear();
    this.#moved();
    clearTimeout(this.#later);
  }

  /** Files of one conversation go out one after the other, so that they arrive in the order in which they were chosen. */
  isTurn(id: string): boolean {
    const group = this.#all.get(id)?.group;
    for (const [other, { state, ...transfer }] of this.#all) {
      if (other === id) return true;
      if (transfer.direction === 'up' && transfer.group === group && (state === 'waiting' || state === 'running'))
        return false;
    }
    return true;
  }

  /** When something moved in the list, or the upload was stopped. */
  nextMove(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#turns.add(resolve);
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  #moved(): void {
    const waiting = [...this.#turns];
    this.#turns.clear();
    for (const resolve of waiting) resolve();
  }

  #announce(now: boolean): void {
    clearTimeout(this.#later);
    const wait = now ? 0 : this.#announced + PROGRESS_MILLIS - Date.now();
    if (wait <= 0) {
      this.#announced = Date.now();
      this.#changed();
    } else {
      this.#later = setTimeout(() => this.#announce(true), wait);
    }
  }
}
