/** What runs in the measured page: clocks and counters, no part of the app. */

export interface Frames {
  /** Frames in the slowest second. */
  worstSecond: number;
  /** 95 % of all frames took at most this long, in milliseconds. */
  p95Ms: number;
  /** The longest, in milliseconds. */
  longestMs: number;
  /** Frames longer than 50 ms. */
  long: number;
}

interface Probes {
  /** Milliseconds from the start of the navigation to the frame with the first conversation. */
  list: number | undefined;
  /** Milliseconds from the last press on a conversation to the frame with its messages. */
  thread: number | undefined;
  frames(): () => Frames;
}

declare global {
  var probes: Probes;
}

/** Installs the probes before anything of the page runs. */
export function install(): void {
  const probes: Probes = {
    list: undefined,
    thread: undefined,
    frames() {
      const at: number[] = [];
      let running = true;
      const tick = (now: number) => {
        at.push(now);
        if (running) requestAnimationFrame(tick);
      };
      requestAnimationFrame(tick);
      return () => {
        running = false;
        const lengths = at
          .slice(1)
          .map((now, n) => now - (at[n] ?? now))
          .sort((a, b) => a - b);
        let worstSecond = Infinity;
        for (let from = 0, to = 0; from < at.length; from += 1) {
          const end = (at[from] ?? 0) + 1000;
          if (end > (at.at(-1) ?? 0)) break;
          while ((at[to] ?? Infinity) < end) to += 1;
          worstSecond = Math.min(worstSecond, to - from);
        }
        return {
          worstSecond,
          p95Ms: lengths[Math.floor(lengths.length * 0.95)] ?? 0,
          longestMs: lengths.at(-1) ?? 0,
          long: lengths.filter((length) => length > 50).length,
        };
      };
    },
  };
  globalThis.probes = probes;

  /** Calls once the frame in which the page is now has been drawn. */
  const drawn = (then: (now: number) => void) =>
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => then(performance.now());
      port2.postMessage(undefined);
    });

  let pressedAt: number | undefined;
  let listSeen = false;
  addEventListener(
    'pointerdown',
    (event) => {
      if (!(event.target as Element).closest('a[data-row]')) return;
      pressedAt = event.timeStamp;
      probes.thread = undefined;
    },
    { capture: true },
  );
  new MutationObserver(() => {
    if (!listSeen && document.querySelector('a[data-row]')) {
      listSeen = true;
      drawn((now) => (probes.list = now));
    }
    if (pressedAt !== undefined && document.querySelector('[role=feed] article')) {
      const from = pressedAt;
      pressedAt = undefined;
      drawn((now) => (probes.thread = now - from));
    }
  }).observe(document, { childList: true, subtree: true });
}
