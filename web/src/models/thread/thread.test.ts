import { expect, test, vi } from 'vitest';
import type { MessageView } from '../../api';
import { FakeEngine } from '../../engine/fake';
import { fileBody, GROUPS, longThread, makeMessages, ME, message, NOW_MS } from '../../engine/fake-office';
import { buildItems, compare, placeOf, type ThreadItem } from './items';
import { ThreadModel, WINDOW_MESSAGES, PAGE_MESSAGES } from './thread';

const soon = (run: () => void) => queueMicrotask(run);

async function open(group: string, count = 0, at?: string) {
  const messages = makeMessages();
  if (count > 0) messages.set(group, longThread(count));
  const engine = new FakeEngine({ messages });
  const thread = new ThreadModel(engine, group, { schedule: soon, ...(at === undefined ? {} : { at }) });
  await thread.open();
  const shown = () =>
    thread
      .getSnapshot()
      .items.flatMap((item) => (item.kind === 'message' || item.kind === 'note' ? [item.message] : []));
  return { engine, thread, shown, list: messages.get(group) ?? [] };
}

let counter = 0;
function words(text: string, more: Partial<MessageView> = {}): MessageView {
  counter += 1;
  return message({ seq: counter, at_ms: NOW_MS + counter * 1000, body: { type: 'text', text }, ...more });
}

test('opens at the first unread message with a marker that stays', async () => {
  const { thread, engine } = await open(GROUPS.launch);
  const state = thread.getSnapshot();
  expect(state.target).toEqual({ key: 'unread', align: 'start' });
  expect(state.items.find((item) => item.kind === 'unread')).toMatchObject({ count: 3 });
  thread.view({ atEnd: true, visible: true });
  await vi.waitFor(() => expect(engine.commands.at(-1)).toMatchObject({ type: 'mark_read', group: GROUPS.launch }));
  expect(thread.getSnapshot().items.some((item) => item.kind === 'unread')).toBe(true);
});

test('a conversation of 100,000 messages opens with one page and keeps a bounded window while scrolling', async () => {
  const { thread, shown, list } = await open(GROUPS.marcus, 100_000);
  expect(shown()).toHaveLength(60);
  expect(shown().at(-1)?.id).toBe(list.at(-1)?.id);
  for (let n = 0; n < 10; n += 1) await thread.loadOlder();
  expect(shown().length).toBeLessThanOrEqual(WINDOW_MESSAGES + PAGE_MESSAGES);
  expect(thread.getSnapshot().newer).toBe(true);
  const first = shown()[0]?.seq ?? 0;
  for (let n = 0; n < 12; n += 1) await thread.loadNewer();
  expect(thread.getSnapshot().newer).toBe(false);
  expect(shown().at(-1)?.seq).toBe(100_000);
  expect(shown()[0]?.seq).toBeGreaterThan(first);
  const seqs = shown().map((message) => message.seq);
  expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
  expect(new Set(seqs).size).toBe(seqs.length);
});

test('history that comes in while the conversation is open is shown where it belongs', async () => {
  const { thread, engine, shown, list } = await open(GROUPS.marcus, 300);
  const all = [...list];
  list.splice(0, 299);
  const progress = (messages: number) =>
    engine.emit({ type: 'history_progress', messages, total: 299, done: messages === 299 });
  const late = new ThreadModel(engine, GROUPS.marcus, { schedule: soon });
  await late.open();
  expect(late.getSnapshot()).toMatchObject({ older: false });
  // At the end: the end is shown, and what is before can be scrolled to.
  list.unshift(...all.slice(0, 299));
  progress(299);
  await vi.waitFor(() => expect(late.getSnapshot().older).toBe(true));
  const ids = late.getSnapshot().items.flatMap((item) => (item.kind === 'message' ? item.messages : []));
  expect(ids.at(-1)?.id).toBe(all.at(-1)?.id);
  expect(ids.length).toBe(60);

  // Further up: what is in view stays.
  list.splice(0, 200);
  thread.view({ atEnd: false });
  await thread.jumpTo(all[220]?.id ?? '');
  expect(thread.getSnapshot().older).toBe(false);
  list.unshift(...all.slice(0, 200));
  progress(299);
  await vi.waitFor(() => expect(thread.getSnapshot().older).toBe(true));
  expect(shown().map((message) => message.id)).toContain(all[220]?.id);
});

test('a conversation that was not there yet opens when its history comes', async () => {
  const { engine } = await open(GROUPS.marcus);
  const thread = new ThreadModel(engine, 'ff00@example.org', { schedule: soon });
  await thread.open();
  expect(thread.getSnapshot().phase).toBe('missing');
  const asked = vi.spyOn(engine, 'ask');
  engine.emit({ type: 'history_progress', messages: 1, total: 2, done: false });
  await vi.waitFor(() => expect(asked).toHaveBeenCalledWith({ type: 'conversation', group: 'ff00@example.org' }));
});

test('a jump to a message far away replaces the window and highlights it', async () => {
  const { thread, shown, list } = await open(GROUPS.marcus, 100_000);
  const far = list[500];
  expect(await thread.jumpTo(far?.id ?? '')).toBe(true);
  expect(thread.getSnapshot()).toMatchObject({ highlighted: far?.id, newer: true, older: true });
  expect(shown()).toHaveLength(60);
  expect(await thread.jumpTo('0'.repeat(64))).toBe(false);
  await thread.jumpToEnd();
  expect(shown().at(-1)?.seq).toBe(100_000);
});

test('opens at a message that was searched for', async () => {
  const list = longThread(5000);
  const { thread, shown } = await open(GROUPS.marcus, 5000, list[100]?.id);
  // Ids are counted on, so the sample is made anew: by position.
  expect(shown().length).toBeGreaterThan(0);
  expect(thread.getSnapshot().phase).toBe('ready');
});

test('a new message at the end is appended; further up it is only counted', async () => {
  const { engine, thread, shown } = await open(GROUPS.marcus);
  engine.receive(GROUPS.marcus, words('one'));
  await vi.waitFor(() => expect(shown().at(-1)?.body).toEqual({ type: 'text', text: 'one' }));
  expect(thread.getSnapshot().newBelow).toBe(0);
  thread.view({ atEnd: false });
  engine.receive(GROUPS.marcus, words('two'));
  await vi.waitFor(() => expect(thread.getSnapshot().newBelow).toBe(1));
  expect(thread.getSnapshot().arrived?.body).toEqual({ type: 'text', text: 'two' });
  await thread.jumpToEnd();
  expect(thread.getSnapshot().newBelow).toBe(0);
});

test('what one writes while reading further up is what the view goes to', async () => {
  const { engine, thread, shown } = await open(GROUPS.marcus);
  thread.view({ atEnd: false });
  await engine.command({ type: 'send', group: GROUPS.marcus, draft: { type: 'text', text: 'mine' } });
  await vi.waitFor(() => expect(shown().at(-1)?.body).toEqual({ type: 'text', text: 'mine' }));
  expect(thread.getSnapshot().target).toEqual({ key: shown().at(-1)?.id, align: 'end' });
});

test('a thousand messages at once are one change of the snapshot', async () => {
  const { engine, thread } = await open(GROUPS.marcus);
  let changes = 0;
  thread.subscribe(() => {
    changes += 1;
  });
  for (let n = 0; n < 1000; n += 1)
    engine.emit({ type: 'message', group: GROUPS.marcus, message: words(`m${n}`, { seq: 1000 + n }), new: true });
  await vi.waitFor(() => expect(thread.getSnapshot().items.length).toBeGreaterThan(400));
  // One of the batch, and one for each arrival that is read out; none of them rebuilds the items.
  expect(thread.getSnapshot().items.length).toBeLessThanOrEqual(WINDOW_MESSAGES + PAGE_MESSAGES + 10);
  expect(changes).toBeLessThan(2100);
});

test('a change of one message leaves every other item the same object', async () => {
  const { thread, list } = await open(GROUPS.launch);
  const before = thread.getSnapshot().items;
  const target = list[5];
  if (!target) throw new Error('no message');
  await thread.react(target, '🎉');
  await vi.waitFor(() => expect(thread.getSnapshot().items).not.toBe(before));
  const changed = thread.getSnapshot().items.filter((item, n) => item !== before[n]);
  expect(changed.map((item) => item.key)).toEqual([target.id]);
  // Once more takes it back.
  const now = thread.message(target.id);
  if (now) await thread.react(now, '🎉');
  await vi.waitFor(() => expect(thread.message(target.id)?.reactions.some(([emoji]) => emoji === '🎉')).toBe(false));
});

test('what waits stands last, and takes its place once it is sent', async () => {
  const { engine, thread, shown } = await open(GROUPS.marcus);
  const waiting = words('on its way', { seq: 0, sender: ME, state: 'waiting' });
  engine.emit({ type: 'message', group: GROUPS.marcus, message: waiting, new: true });
  engine.emit({ type: 'message', group: GROUPS.marcus, message: words('theirs', { seq: 50 }), new: true });
  await vi.waitFor(() => expect(shown().at(-1)?.id).toBe(waiting.id));
  engine.emit({ type: 'message', group: GROUPS.marcus, message: { ...waiting, seq: 49, state: 'sent' }, new: false });
  await vi.waitFor(() => expect(shown().at(-2)?.id).toBe(waiting.id));
  expect(thread.lastOwn()?.id).toBe(waiting.id);
});

test('what failed is sent once more as the message it was', async () => {
  const { engine, thread } = await open(GROUPS.marcus);
  const failed = words('again', { seq: 0, sender: ME, state: 'failed' });
  engine.receive(GROUPS.marcus, failed);
  await vi.waitFor(() => expect(thread.message(failed.id)).toBeDefined());
  await thread.retry(failed);
  expect(engine.commands.at(-1)).toEqual({ type: 'resend', message: failed.id });
  await vi.waitFor(() => expect(thread.message(failed.id)?.state).toBe('waiting'));
});

test('what was never sent is gone when it is deleted', async () => {
  const messages = makeMessages();
  const waiting = words('no', { seq: 0, sender: ME, state: 'waiting' });
  messages.set(GROUPS.marcus, [...(messages.get(GROUPS.marcus) ?? []), waiting]);
  const thread = new ThreadModel(new FakeEngine({ messages }), GROUPS.marcus, { schedule: soon });
  await thread.open();
  expect(thread.message(waiting.id)).toBeDefined();
  await thread.delete(waiting.id);
  expect(thread.message(waiting.id)).toBeUndefined();
});

test('photos that came together are one item, and a jump finds each of them', () => {
  const photo = (seconds: number, more: Partial<MessageView> = {}) =>
    words('', { body: fileBody('p.jpg', 'image/jpeg', 9), at_ms: NOW_MS + seconds * 1000, ...more });
  const list = [words('look'), photo(1), photo(2), photo(3), photo(4), photo(5, { sender: ME })];
  const build = (firstUnread: string | null, before = new Map<string, ThreadItem>()) =>
    buildItems({ messages: list, me: ME, older: true, firstUnread, unreadCount: 1 }, before);
  const sizes = (items: readonly ThreadItem[]) =>
    items.map((item) => (item.kind === 'message' ? item.messages.length : item.kind));
  const items = build(null);
  expect(sizes(items)).toEqual([1, 4, 1]);
  expect(placeOf(items, list[3]?.id ?? '')).toBe(1);
  expect(placeOf(items, list[5]?.id ?? '')).toBe(2);
  expect(placeOf(items, 'elsewhere')).toBe(-1);
  // The unread marker parts them; nothing is drawn again when nothing changed.
  expect(sizes(build(list[3]?.id ?? null))).toEqual([1, 2, 'unread', 2, 1]);
  const again = build(null, new Map(items.map((item) => [item.key, item])));
  again.forEach((item, n) => expect(item).toBe(items[n]));
});

test('a message whose time is over goes', async () => {
  const { engine, thread, list } = await open(GROUPS.launch);
  const gone = list.at(-1)?.id ?? '';
  engine.emit({ type: 'message_gone', group: GROUPS.launch, message: gone });
  expect(thread.message(gone)).toBeUndefined();
});

test('runs of one sender stand together; a day, a pause, a note and the unread marker part them', () => {
  const base = new Date(2026, 10, 19, 23, 50).getTime();
  const at = (minutes: number, more: Partial<MessageView> = {}) =>
    words('x', { at_ms: base + minutes * 60_000, ...more });
  const list = [at(0), at(1), at(9), at(12), at(13, { sender: ME }), at(14), at(15)];
  const items = buildItems(
    { messages: list, me: ME, older: false, firstUnread: list[6]?.id ?? null, unreadCount: 1 },
    new Map(),
  );
  expect(
    items.map((item) => (item.kind === 'message' ? `${item.first ? '(' : ''}m${item.last ? ')' : ''}` : item.kind)),
  ).toEqual(['day', '(m', 'm)', '(m)', 'day', '(m)', '(m)', '(m)', 'unread', '(m)']);
});

test('the first day of a window that is cut off has no separator, so no key ever moves', () => {
  const list = [words('a'), words('b')];
  const build = (older: boolean) =>
    buildItems({ messages: list, me: ME, older, firstUnread: null, unreadCount: 0 }, new Map()).map(
      (item) => item.kind,
    );
  expect(build(true)).toEqual(['message', 'message']);
  expect(build(false)).toEqual(['day', 'message', 'message']);
});

test('the note about the beginning stays before messages that went out meanwhile', () => {
  const note = words('', { seq: 0, sender: null, body: { type: 'note', code: 'created', text: '' } });
  const waiting = words('on its way', { seq: 0, sender: ME, state: 'waiting' });
  const sent = words('sent', { seq: 2, sender: ME, state: 'sent' });
  expect([waiting, sent, note].sort(compare)).toEqual([note, sent, waiting]);
});

test('receipts ask only for what they can have changed', async () => {
  const messages = makeMessages();
  const list = [
    ...Array.from({ length: 40 }, (_, n) => words(`read ${n}`, { sender: ME, state: 'read' })),
    words('on its way', { sender: ME, state: 'sent' }),
    words('and this', { sender: ME, state: 'sent' }),
  ];
  messages.set(GROUPS.marcus, list);
  const engine = new FakeEngine({ messages });
  const thread = new ThreadModel(engine, GROUPS.marcus, { schedule: soon });
  await thread.open();
  const ask = vi.spyOn(engine, 'ask');
  list.splice(40, 2, ...list.slice(40).map((one) => ({ ...one, state: 'delivered' as const })));
  engine.emit({ type: 'marks_changed', group: GROUPS.marcus });
  const states = () =>
    thread.getSnapshot().items.flatMap((item) => (item.kind === 'message' ? [item.message.state] : []));
  await vi.waitFor(() => expect(states().slice(39)).toEqual(['read', 'delivered', 'delivered']));
  expect(ask.mock.calls.map(([query]) => query)).toContainEqual({
    type: 'messages',
    group: GROUPS.marcus,
    after: list[39]?.id,
    limit: 2,
  });
});

test('what quotes a message follows its edits and its deletion, also of one outside of the window', async () => {
  const { engine, thread, shown } = await open(GROUPS.marcus, 300);
  const [inside] = shown();
  if (!inside) throw new Error('no message');
  const outside = makeOld(engine, 1);
  for (const quoted of [inside.id, (await outside).id])
    await engine.command({ type: 'send', group: GROUPS.marcus, draft: { type: 'text', text: 'so', reply_to: quoted } });
  await vi.waitFor(() => expect(shown().filter((one) => one.reply_to !== null)).toHaveLength(2));
  const quotes = () => shown().flatMap((one) => (one.reply ? [[one.reply.kind, one.reply.text]] : []));
  for (const quoted of [inside.id, (await outside).id])
    await engine.command({
      type: 'send',
      group: GROUPS.marcus,
      draft: { type: 'edit', message: quoted, text: 'new words' },
    });
  await vi.waitFor(() =>
    expect(quotes()).toEqual([
      ['text', 'new words'],
      ['text', 'new words'],
    ]),
  );
  for (const quoted of [inside.id, (await outside).id])
    await engine.command({ type: 'send', group: GROUPS.marcus, draft: { type: 'delete', message: quoted } });
  await vi.waitFor(() => expect(quotes().map(([kind]) => kind)).toEqual(['deleted', 'deleted']));
  thread.close();
});

/** A message far above the window. */
async function makeOld(engine: FakeEngine, seq: number): Promise<MessageView> {
  const page = await engine.ask({ type: 'messages', group: GROUPS.marcus, limit: 300 });
  const found = page.messages.find((one) => one.seq === seq);
  if (!found) throw new Error('no such message');
  return found;
}
