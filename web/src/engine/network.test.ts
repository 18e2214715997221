import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LOOK_MILLIS, SILENT_LOOKS } from './limits';
import { Network } from './network';

/** A relay that answers pings, until it is cut off without a word. */
class FakeSocket {
  static all: FakeSocket[] = [];
  isDead = false;
  readonly said: unknown[] = [];
  binaryType = '';
  onopen: (() => void) | undefined;
  onmessage: ((event: { data: unknown }) => void) | undefined;
  onclose: (() => void) | undefined;

  constructor() {
    FakeSocket.all.push(this);
  }

  send(data: unknown): void {
    this.said.push(data);
    if (data === 'ping' && !this.isDead) setTimeout(() => this.onmessage?.({ data: 'pong' }), 50);
  }

  close(): void {
    this.isDead = true;
  }
}

beforeEach(() => {
  FakeSocket.all = [];
  vi.useFakeTimers();
  vi.stubGlobal('WebSocket', FakeSocket);
  vi.stubGlobal('location', { origin: 'https://chat.example.org' });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function connected() {
  const connecting = vi.fn();
  const network = new Network({
    connecting,
    connected: () => undefined,
    frame: () => undefined,
    disconnected: () => undefined,
    signIn: () => undefined,
  });
  network.start();
  const [socket] = FakeSocket.all;
  if (!socket) throw new Error('no connection');
  socket.onopen?.();
  connecting.mockClear();
  return { network, socket, connecting };
}

const HOUR = 3_600_000;

test('a connection over which answers come stays, for hours of silence', () => {
  const { connecting } = connected();
  vi.advanceTimersByTime(5 * HOUR);
  expect(connecting).not.toHaveBeenCalled();
  expect(FakeSocket.all).toHaveLength(1);
});

test.each([0, -24 * HOUR, 24 * HOUR])('a dead connection is noticed in time when the clock jumps by %i ms', (jump) => {
  const { socket, connecting } = connected();
  vi.advanceTimersByTime(60_000);
  socket.isDead = true;
  vi.setSystemTime(Date.now() + jump);
  vi.advanceTimersByTime(SILENT_LOOKS * LOOK_MILLIS);
  expect(connecting).toHaveBeenCalled();
  // With the three seconds after which the app says so, half a minute.
  expect(SILENT_LOOKS * LOOK_MILLIS + 3000).toBeLessThanOrEqual(30_000);
});

test('who comes back to the app hears of a dead connection within two looks', () => {
  const { network, socket, connecting } = connected();
  socket.isDead = true;
  network.hurry();
  expect(socket.said).toEqual(['ping']);
  vi.advanceTimersByTime(2 * LOOK_MILLIS);
  expect(connecting).toHaveBeenCalled();
});

test('who comes back often leaves a good connection alone', () => {
  const { network, connecting } = connected();
  for (let n = 0; n < 100; n += 1) {
    network.hurry();
    vi.advanceTimersByTime(LOOK_MILLIS / 3);
  }
  expect(connecting).not.toHaveBeenCalled();
});
