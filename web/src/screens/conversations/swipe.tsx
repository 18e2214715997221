import { useRef, useState, type PointerEvent, type ReactNode } from 'react';
import { cx } from '../../ui';

/** How far a row has to be pulled. */
const PULL_PX = 72;
const SLOP_PX = 12;

/** A row that can be pulled aside with a finger; the menu offers the same. */
export function Swipe({
  start,
  end,
  onStart,
  onEnd,
  children,
}: {
  start: ReactNode;
  end: ReactNode;
  /** Pulled away from the start of the line. */
  onStart: () => void;
  onEnd: () => void;
  children: ReactNode;
}) {
  const from = useRef<{ x: number; y: number; on: boolean } | null>(null);
  const [pull, setPull] = useState(0);
  const stop = () => {
    from.current = null;
    setPull(0);
  };
  const move = (event: PointerEvent) => {
    const begin = from.current;
    if (!begin) return;
    const x = event.clientX - begin.x;
    if (!begin.on) {
      if (Math.abs(event.clientY - begin.y) > SLOP_PX) stop();
      if (Math.abs(x) < SLOP_PX) return;
      begin.on = true;
      event.currentTarget.setPointerCapture(event.pointerId);
    }
    setPull(Math.max(-PULL_PX * 1.3, Math.min(PULL_PX * 1.3, x)));
  };
  const far = Math.abs(pull) >= PULL_PX;
  return (
    <div
      role="presentation"
      className="relative touch-pan-y overflow-hidden"
      onPointerDown={(event) => {
        if (event.pointerType === 'touch') from.current = { x: event.clientX, y: event.clientY, on: false };
      }}
      onPointerMove={move}
      onPointerUp={() => {
        if (far) {
          const rtl = document.documentElement.dir === 'rtl';
          if (pull > 0 !== rtl) onStart();
          else onEnd();
        }
        stop();
      }}
      onPointerCancel={stop}
      onClickCapture={(event) => {
        if (pull !== 0) {
          event.preventDefault();
          event.stopPropagation();
        }
      }}
    >
      {pull !== 0 && (
        <div
          aria-hidden="true"
          className={cx(
            'absolute inset-0 flex items-center justify-between px-6 transition-colors [&>svg]:size-5.5',
            far ? 'bg-accent text-on-accent' : 'bg-sunken text-muted',
          )}
        >
          <span className={cx(pull < 0 && 'invisible')}>{start}</span>
          <span className={cx(pull > 0 && 'invisible')}>{end}</span>
        </div>
      )}
      <div
        className={cx('relative bg-surface', pull === 0 && 'transition-transform')}
        style={pull === 0 ? {} : { transform: `translateX(${pull}px)` }}
      >
        {children}
      </div>
    </div>
  );
}
