import { useEffect, useRef, useState, type PointerEvent, type WheelEvent } from 'react';
import { clamped, meaning, SCALE_CLOSE, zoomedAt, type Size, type View } from './zoom';

const DOUBLE_TAP_MS = 280;
const TAP_PX = 8;
const WHEEL_SPEED = 0.0022;

interface Options {
  picture: Size;
  box: Size;
  view: View;
  setView: (view: View) => void;
  onStep: (by: 1 | -1) => void;
  onClose: () => void;
  onTap: () => void;
}

/** Pinch, wheel, double tap and drag over a picture; swipes when it isn't zoomed. */
export function useGestures({ picture, box, view, setView, onStep, onClose, onTap }: Options) {
  const fingers = useRef(new Map<number, { x: number; y: number }>());
  const begin = useRef({ x: 0, y: 0, at: 0, view, spread: 0, moved: false });
  const lastTap = useRef({ at: 0, timer: 0 });
  const [moving, setMoving] = useState(false);
  const [drag, setDrag] = useState({ x: 0, y: 0 });
  useEffect(() => {
    const taps = lastTap.current;
    return () => clearTimeout(taps.timer);
  }, []);

  const change = (next: View) => setView(clamped(next, picture, box));
  const zoomTo = (scale: number, point = { x: 0, y: 0 }) => change(zoomedAt(view, scale, point));
  const place = (event: { clientX: number; clientY: number; currentTarget: Element }) => {
    const frame = event.currentTarget.getBoundingClientRect();
    return {
      x: event.clientX - frame.left - frame.width / 2,
      y: event.clientY - frame.top - frame.height / 2,
    };
  };
  const spread = () => {
    const [one, two] = [...fingers.current.values()];
    return one && two ? Math.hypot(one.x - two.x, one.y - two.y) : 0;
  };
  const middle = () => {
    const all = [...fingers.current.values()];
    const sum = all.reduce((total, one) => ({ x: total.x + one.x, y: total.y + one.y }), { x: 0, y: 0 });
    return { x: sum.x / Math.max(1, all.length), y: sum.y / Math.max(1, all.length) };
  };
  const restart = (time: number) => {
    begin.current = { ...middle(), at: time, view, spread: spread(), moved: begin.current.moved };
  };

  const down = (event: PointerEvent<HTMLElement>) => {
    if (event.button !== 0 || (event.target instanceof Element && event.target.closest('button'))) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    if (fingers.current.size === 0) begin.current.moved = false;
    fingers.current.set(event.pointerId, place(event));
    restart(event.timeStamp);
    setMoving(true);
  };
  const move = (event: PointerEvent<HTMLElement>) => {
    if (!fingers.current.has(event.pointerId)) return;
    fingers.current.set(event.pointerId, place(event));
    const from = begin.current;
    const now = middle();
    const dx = now.x - from.x;
    const dy = now.y - from.y;
    if (Math.hypot(dx, dy) > TAP_PX) from.moved = true;
    if (fingers.current.size >= 2 && from.spread > 0) {
      from.moved = true;
      const zoomed = zoomedAt(from.view, (from.view.scale * spread()) / from.spread, from);
      change({ ...zoomed, x: zoomed.x + dx, y: zoomed.y + dy });
    } else if (from.view.scale > 1) change({ ...from.view, x: from.view.x + dx, y: from.view.y + dy });
    else if (event.pointerType !== 'mouse') {
      setDrag(Math.abs(dy) > Math.abs(dx) ? { x: 0, y: Math.max(0, dy) } : { x: dx, y: 0 });
    }
  };
  const up = (event: PointerEvent<HTMLElement>) => {
    if (!fingers.current.delete(event.pointerId)) return;
    const from = begin.current;
    if (fingers.current.size > 0) {
      restart(event.timeStamp);
      return;
    }
    setMoving(false);
    setDrag({ x: 0, y: 0 });
    const end = place(event);
    if (event.type === 'pointercancel') return;
    if (!from.moved) {
      const double = event.timeStamp - lastTap.current.at < DOUBLE_TAP_MS;
      clearTimeout(lastTap.current.timer);
      lastTap.current.at = double ? 0 : event.timeStamp;
      if (double) change(view.scale > 1 ? { scale: 1, x: 0, y: 0 } : zoomedAt(view, SCALE_CLOSE, end));
      else lastTap.current.timer = window.setTimeout(onTap, DOUBLE_TAP_MS);
      return;
    }
    if (from.view.scale > 1 || event.pointerType === 'mouse') return;
    const meant = meaning(end.x - from.x, end.y - from.y, event.timeStamp - from.at, box.width);
    const rtl = document.documentElement.dir === 'rtl';
    if (meant === 'close') onClose();
    if (meant === 'next') onStep(rtl ? -1 : 1);
    if (meant === 'previous') onStep(rtl ? 1 : -1);
  };
  const wheel = (event: WheelEvent<HTMLElement>) => {
    change(zoomedAt(view, view.scale * Math.exp(-event.deltaY * WHEEL_SPEED), place(event)));
  };

  return {
    moving,
    drag,
    change,
    zoomTo,
    handlers: { onPointerDown: down, onPointerMove: move, onPointerUp: up, onPointerCancel: up, onWheel: wheel },
  };
}
