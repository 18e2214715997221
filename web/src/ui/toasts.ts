export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly tone?: 'success' | 'danger';
  readonly action?: { readonly label: string; readonly run: () => void };
  /** Until somebody closes it. */
  readonly stays?: boolean;
}

/** More than these hide each other; the oldest goes. */
const TOASTS_MAX = 3;

class Toasts {
  #list: readonly Toast[] = [];
  #next = 1;
  readonly #listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  };
  readonly getSnapshot = (): readonly Toast[] => this.#list;

  show(toast: Omit<Toast, 'id'>): number {
    const id = this.#next;
    this.#next += 1;
    const others = this.#list.filter((other) => other.text !== toast.text);
    this.#change([...others, { ...toast, id }].slice(-TOASTS_MAX));
    return id;
  }

  close(id: number): void {
    this.#change(this.#list.filter((toast) => toast.id !== id));
  }

  /** Something comes where they stand: those that would go by themselves go now. */
  makeRoom(): void {
    if (this.#list.some((toast) => toast.stays !== true))
      this.#change(this.#list.filter((toast) => toast.stays === true));
  }

  #change(list: readonly Toast[]): void {
    this.#list = list;
    for (const listener of [...this.#listeners]) listener();
  }
}

/** The page's one queue of toasts. */
export const toasts = new Toasts();
