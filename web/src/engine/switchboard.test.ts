import { expect, test } from 'vitest';
import type { Status } from './engine';
import type { Channel, HeldKey, Request, State, ToPage } from './protocol';
import { type StoreOwner, Switchboard } from './switchboard';

const REQUEST: Request = { type: 'methods' };

/** Browser tabs whose channel delivers at once; what each one's page is told is kept. */
class Tabs {
  readonly #boards: (Switchboard | undefined)[] = [];

  open() {
    const index = this.#boards.length;
    const page: ToPage[] = [];
    const board: Switchboard = new Switchboard({
      toPage: (message) => page.push(message),
      toAll: (message: Channel) => {
        for (const [at, other] of this.#boards.entries()) if (at !== index) other?.fromOther(message);
      },
      end: () => this.close(index),
    });
    this.#boards.push(board);
    board.hello();
    return { board, page, index };
  }

  close(index: number) {
    this.#boards[index] = undefined;
  }
}

/** An owner that notes what it is given; it answers when it is told to. */
class FakeOwner implements StoreOwner {
  held: HeldKey | undefined;
  readonly given: { request: Request; again: boolean; answer: () => void }[] = [];
  state: State = { status: { phase: 'starting' }, transfers: [] };
  readonly #announcer;

  constructor(board: Switchboard) {
    this.#announcer = board.announcer(() => this);
  }

  announce(status: Status) {
    this.state = { status, transfers: [] };
    this.#announcer.state(this.state);
  }

  hold(held: HeldKey | undefined) {
    this.held = held;
    this.#announcer.key(structuredClone(held));
  }

  handle(request: Request, again: boolean): Promise<readonly ('passkey' | 'pin')[]> {
    return new Promise((resolve) => {
      this.given.push({ request, again, answer: () => resolve(['pin']) });
    });
  }
}

const READY: Status = { phase: 'ready', connection: 'connecting' };
const LOCKED: Status = { phase: 'locked', methods: ['pin'] };
const outcome = (id: number) => ({ type: 'outcome', id, outcome: { ok: true, value: ['pin'] } });
const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

test('what waits in any tab is taken by an owner from its first state on', async () => {
  const tabs = new Tabs();
  const [first, second] = [tabs.open(), tabs.open()];
  first.board.fromPage({ type: 'request', id: 1, request: REQUEST });
  second.board.fromPage({ type: 'request', id: 7, request: REQUEST });
  const owner = new FakeOwner(first.board);
  expect(owner.given).toEqual([]);
  // The store is open, but the owner has more to do before it is started.
  owner.announce(READY);
  expect(owner.given.map(({ again }) => again)).toEqual([false, false]);
  for (const { answer } of owner.given) answer();
  await settled();
  expect(first.page).toContainEqual(outcome(1));
  expect(second.page).toContainEqual(outcome(7));
});

test('a tab that comes while an owner starts is answered', async () => {
  const tabs = new Tabs();
  const first = tabs.open();
  const owner = new FakeOwner(first.board);
  const late = tabs.open();
  late.board.fromPage({ type: 'request', id: 1, request: REQUEST });
  owner.announce(LOCKED);
  owner.announce(READY);
  expect(owner.given).toHaveLength(1);
  owner.given[0]?.answer();
  await settled();
  expect(late.page.filter(({ type }) => type === 'outcome')).toEqual([outcome(1)]);
});

test('what an owner left unanswered is given again to the next one, once, by the tabs that are left', async () => {
  const tabs = new Tabs();
  const [first, second, third] = [tabs.open(), tabs.open(), tabs.open()];
  const former = new FakeOwner(first.board);
  former.announce(READY);
  second.board.fromPage({ type: 'request', id: 2, request: REQUEST });
  third.board.fromPage({ type: 'request', id: 3, request: REQUEST });
  expect(former.given).toHaveLength(2);
  tabs.close(first.index);

  const next = new FakeOwner(second.board);
  next.announce(READY);
  next.announce({ phase: 'ready', connection: 'online' });
  expect(next.given.map(({ again }) => again)).toEqual([true, true]);
  for (const { answer } of next.given) answer();
  await settled();
  expect(second.page).toContainEqual(outcome(2));
  expect(third.page).toContainEqual(outcome(3));
  expect(second.page).not.toContainEqual(outcome(3));
});

test('events and states reach every page, and a new tab hears the state', () => {
  const tabs = new Tabs();
  const [first, second] = [tabs.open(), tabs.open()];
  const owner = new FakeOwner(first.board);
  owner.announce(LOCKED);
  const state = { type: 'state', state: owner.state };
  expect(first.page).toEqual([state]);
  expect(second.page).toEqual([state]);
  const third = tabs.open();
  expect(third.page).toEqual([state]);
});

test('an open store’s key waits in the tabs beside it, for the next owner alone, until the store is closed', () => {
  const tabs = new Tabs();
  const [first, second] = [tabs.open(), tabs.open()];
  const owner = new FakeOwner(first.board);
  owner.announce(LOCKED);
  expect(second.board.takeHeld()).toBeUndefined();
  owner.hold({ store: 'store-1', key: new Uint8Array([1, 2, 3]) });
  const third = tabs.open();
  for (const { board } of [second, third]) {
    expect(board.takeHeld()).toEqual({ store: 'store-1', key: new Uint8Array([1, 2, 3]) });
    expect(board.takeHeld()).toBeUndefined();
  }
  owner.hold({ store: 'store-1', key: new Uint8Array([1, 2, 3]) });
  owner.hold(undefined);
  expect(second.board.takeHeld()).toBeUndefined();
  expect(tabs.open().board.takeHeld()).toBeUndefined();
  // No page is told.
  expect(JSON.stringify([first.page, second.page, third.page])).not.toContain('store-1');
});

test('a page that is loaded again after a crash gets a fresh worker', () => {
  const tabs = new Tabs();
  const first = tabs.open();
  const owner = new FakeOwner(first.board);
  owner.announce({ phase: 'failed', error: { code: 'crashed', message: '' } });
  tabs.open();
  expect(first.page.at(-1)).toEqual({ type: 'respawn' });
  // It has ended.
  first.page.length = 0;
  tabs.open();
  expect(first.page).toEqual([]);
});

test('too many requests at once are refused', () => {
  const { board, page } = new Tabs().open();
  for (let id = 0; id < 1001; id += 1) board.fromPage({ type: 'request', id, request: REQUEST });
  expect(page).toHaveLength(1);
  expect(page[0]).toMatchObject({ type: 'outcome', id: 1000, outcome: { ok: false, error: { code: 'busy' } } });
});
