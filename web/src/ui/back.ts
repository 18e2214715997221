/**
 * Back closes what lies over the page: the topmost layer takes the place of a step in the browser's history while it is open.
 *
 * **Invariant:** the router hears of no step that is a layer's, and no step is left that does nothing.
 */
import { useContext, useEffect, useRef } from 'react';
import { OverlayTriggerStateContext } from 'react-aria-components';

/** A layer that is closed by something else gives its step back after this; what opens next, or where its button leads, comes first. */
export const SETTLE_MILLIS = 250;

/** What of a window is needed. */
export interface Steps {
  push(): void;
  back(steps: number): void;
  /** Whether the present step is a layer's. */
  isLayer(): boolean;
  after(millis: number, act: () => void): void;
}

export class Layers {
  readonly #steps: Steps;
  readonly #open: (() => void)[] = [];
  /** Steps of layers at the end of the history. */
  #count = 0;
  /** We go back ourselves. */
  #going = false;

  constructor(steps: Steps) {
    this.#steps = steps;
  }

  /** Returns how to tell that it is closed. */
  open(close: () => void): () => void {
    this.#open.push(close);
    this.#settle();
    return () => {
      const at = this.#open.lastIndexOf(close);
      // Closed by Back: that step is gone.
      if (at < 0) return;
      this.#open.splice(at, 1);
      this.#steps.after(SETTLE_MILLIS, () => this.#settle());
    };
  }

  /** The browser went to another step. Says whether that was none of the router's. */
  moved(): boolean {
    if (this.#going) {
      this.#going = false;
      this.#settle();
      return true;
    }
    if (this.#count > 0) {
      this.#count -= 1;
      if (this.#open.length > this.#count) this.#open.pop()?.();
      return true;
    }
    // One that was left behind by a link in a layer, or gone forward to.
    if (!this.#steps.isLayer()) return false;
    this.#steps.back(1);
    return true;
  }

  #settle(): void {
    if (this.#going) return;
    // The router went on from a layer.
    if (!this.#steps.isLayer()) this.#count = 0;
    for (; this.#count < this.#open.length; this.#count += 1) this.#steps.push();
    const surplus = this.#count - this.#open.length;
    if (surplus === 0) return;
    this.#count -= surplus;
    this.#going = true;
    this.#steps.back(surplus);
  }
}

const isLayer = () => (history.state as { layer?: true } | null)?.layer === true;

let layers: Layers | undefined;

/** Once, before the router is made: whoever listens first hears of a step first. */
export function startLayers(): void {
  const made = new Layers({
    // Past the router, which listens to the object's own method.
    push: () => History.prototype.pushState.call(history, { ...(history.state as object | null), layer: true }, ''),
    back: (steps) => history.go(-steps),
    isLayer,
    after: (millis, act) => void setTimeout(act, millis),
  });
  layers = made;
  addEventListener(
    'popstate',
    (event) => {
      if (made.moved()) event.stopImmediatePropagation();
    },
    true,
  );
}

/** In a modal or popover: where fingers point, Back closes it. */
export function BackCloses(): null {
  const state = useContext(OverlayTriggerStateContext);
  const close = useRef<() => void>(undefined);
  useEffect(() => {
    close.current = () => state?.close();
  });
  useEffect(() => {
    if (!matchMedia('(pointer: coarse)').matches) return;
    return layers?.open(() => close.current?.());
  }, []);
  return null;
}
