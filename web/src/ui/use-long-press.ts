import { useRef, type MouseEvent, type PointerEvent, type TouchEvent } from 'react';
import type { Point } from './action-menu';

const HOLD_MS = 450;
/** A finger that moves further scrolls. */
const SLOP_PX = 8;

/** A menu asked for by long press, right click or the keyboard's menu key. On the way down: buttons inside keep presses to themselves. */
export function useLongPress(open: (at: Point) => void) {
  const held = useRef<{ timer: ReturnType<typeof setTimeout>; at: Point; fired: boolean } | null>(null);
  const end = () => {
    if (held.current) clearTimeout(held.current.timer);
    if (held.current?.fired !== true) held.current = null;
  };
  return {
    onPointerDownCapture(event: PointerEvent) {
      held.current = null;
      if (event.pointerType === 'mouse') return;
      const at = { x: event.clientX, y: event.clientY };
      const press = {
        at,
        fired: false,
        timer: setTimeout(() => {
          press.fired = true;
          open(at);
        }, HOLD_MS),
      };
      held.current = press;
    },
    onPointerMoveCapture(event: PointerEvent) {
      const press = held.current;
      if (press && Math.hypot(event.clientX - press.at.x, event.clientY - press.at.y) > SLOP_PX) end();
    },
    onPointerUpCapture: end,
    onPointerCancelCapture: end,
    // The browser would make a tap of a press that it found short, and that would land on the menu that has come under the finger.
    onTouchEnd(event: TouchEvent) {
      if (held.current?.fired !== true) return;
      held.current = null;
      event.preventDefault();
    },
    // The click that ends a long press isn't meant.
    onClickCapture(event: MouseEvent) {
      if (held.current?.fired !== true) return;
      held.current = null;
      event.preventDefault();
      event.stopPropagation();
    },
    onContextMenu(event: MouseEvent) {
      event.preventDefault();
      if (held.current?.fired === true) return;
      end();
      if (event.clientX === 0 && event.clientY === 0) {
        const box = event.currentTarget.getBoundingClientRect();
        open({ x: box.left + 24, y: box.top + box.height / 2 });
      } else open({ x: event.clientX, y: event.clientY });
    },
  };
}
