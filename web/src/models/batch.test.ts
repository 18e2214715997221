import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Batch, CROWD, REST_MS } from './batch';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function counted() {
  const runs: number[] = [];
  const crowds: boolean[] = [];
  const batch = new Batch(
    (run) => setTimeout(run, 16),
    (crowded) => {
      runs.push(performance.now());
      crowds.push(crowded);
    },
  );
  return { batch, runs, crowds };
}

test('a flood is shown in steps with rests between them, and nothing is left out', () => {
  const { batch, runs, crowds } = counted();
  for (let n = 0; n < 1000; n += 1) {
    for (let calls = 0; calls <= CROWD; calls += 1) batch.add();
    vi.advanceTimersByTime(1);
  }
  const before = performance.now();
  vi.advanceTimersByTime(REST_MS + 16);
  expect(runs.length).toBeGreaterThanOrEqual(Math.floor(1000 / (REST_MS + 16)) + 1);
  expect(runs.length).toBeLessThanOrEqual(1 + Math.ceil((1000 + REST_MS) / REST_MS));
  expect(runs.at(-1)).toBeGreaterThanOrEqual(before - REST_MS);
  // It is told when it is over, once.
  vi.advanceTimersByTime(10 * REST_MS);
  expect(crowds).toEqual([...Array<boolean>(crowds.length - 1).fill(true), false]);
});

test('what comes one by one is shown with the next frame', () => {
  const { batch, runs } = counted();
  for (let n = 0; n < 5; n += 1) {
    batch.add();
    vi.advanceTimersByTime(16);
    expect(runs.length).toBe(n + 1);
  }
});
