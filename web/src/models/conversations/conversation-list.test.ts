import { expect, test, vi } from 'vitest';
import { FakeEngine } from '../../engine/fake';
import { GROUPS, NOW_MS } from '../../engine/fake-office';
import { ALWAYS_MS, ConversationListModel } from './conversation-list';

const soon = (run: () => void) => queueMicrotask(run);

async function open() {
  const engine = new FakeEngine();
  const list = new ConversationListModel(engine, { now: () => NOW_MS, schedule: soon });
  await list.load();
  const titles = () => list.getSnapshot().rows.map((row) => row.view.title);
  const row = (group: string) => list.getSnapshot().rows.find((one) => one.group === group);
  return { engine, list, titles, row };
}

test('pinned conversations come first, then the newest; archived ones are apart', async () => {
  const { list, titles } = await open();
  await list.pin(GROUPS.lilei, true);
  await vi.waitFor(() => expect(titles().slice(0, 3)).toEqual(['李雷', 'Spring launch', 'Engineering']));
  expect(titles()).not.toContain('Summer party');
  expect(list.getSnapshot().archived).toEqual({ count: 1, unread: 0 });
  list.show({ archive: true });
  expect(titles()).toEqual(['Summer party']);
});

test('filters show what is unread or what is a group, and muted ones do not count', async () => {
  const { list, titles } = await open();
  list.show({ filter: 'unread' });
  expect(titles()).toEqual(['Spring launch', 'Engineering', 'Facilities']);
  expect(list.getSnapshot().unread).toBe(2);
  list.show({ filter: 'groups' });
  expect(titles()).not.toContain('Marcus Weber');
});

test('names are found without accents and in any order, archived or not', async () => {
  const { list, titles } = await open();
  list.show({ query: 'weber mar' });
  expect(titles()).toEqual(['Marcus Weber']);
  list.show({ query: 'sum' });
  expect(titles()).toEqual(['Summer party']);
});

test('muting for eight hours ends after them, for always never', async () => {
  const { list, row, engine } = await open();
  await list.mute(GROUPS.marcus, 'hours');
  await vi.waitFor(() => expect(row(GROUPS.marcus)?.muted).toBe(true));
  expect(engine.commands.at(-1)).toEqual({ type: 'mute', group: GROUPS.marcus, until_ms: NOW_MS + 8 * 3_600_000 });
  await list.mute(GROUPS.marcus, 'always');
  expect(engine.commands.at(-1)).toMatchObject({ until_ms: ALWAYS_MS });
  await list.mute(GROUPS.marcus, null);
  await vi.waitFor(() => expect(row(GROUPS.marcus)?.muted).toBe(false));
});

test('one event changes one row and leaves the others the same objects', async () => {
  const { list, row, engine } = await open();
  const marcus = row(GROUPS.marcus);
  const priya = row(GROUPS.priya);
  await list.markUnread(GROUPS.priya);
  await vi.waitFor(() => expect(row(GROUPS.priya)?.unread).toBe(true));
  expect(row(GROUPS.priya)).not.toBe(priya);
  expect(row(GROUPS.marcus)).toBe(marcus);
  await engine.command({ type: 'save_draft', group: GROUPS.marcus, text: 'to do' });
  await vi.waitFor(() => expect(row(GROUPS.marcus)?.view.draft?.text).toBe('to do'));
});

test('who types is shown by name until it ends', async () => {
  const { list, row, engine } = await open();
  const user = 'marcus.weber@lindenhof.example';
  engine.emit({ type: 'typing', group: GROUPS.launch, user, on: true });
  await vi.waitFor(() => expect(row(GROUPS.launch)?.typing).toEqual(['Marcus Weber']));
  engine.emit({ type: 'typing', group: GROUPS.launch, user, on: false });
  await vi.waitFor(() => expect(row(GROUPS.launch)?.typing).toEqual([]));
  list.close();
});

test('the next conversation is the one below', async () => {
  const { list } = await open();
  expect(list.beside(GROUPS.launch, 1)).toBe(GROUPS.engineering);
  expect(list.beside(GROUPS.launch, -1)).toBeUndefined();
});

test('a store that cannot be read is a state of its own', async () => {
  const { engine } = await open();
  vi.spyOn(engine, 'ask').mockRejectedValue(new Error('damaged'));
  const list = new ConversationListModel(engine);
  await list.load();
  expect(list.getSnapshot().phase).toBe('failed');
});
