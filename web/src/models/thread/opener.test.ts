import { expect, test, vi } from 'vitest';
import { FakeEngine } from '../../engine/fake';
import { GROUPS, message, NOW_MS } from '../../engine/fake-office';
import { ThreadOpener } from './opener';

function opener() {
  const engine = new FakeEngine();
  const asked = vi.spyOn(engine, 'ask');
  const pages = () => asked.mock.calls.filter(([query]) => query.type === 'messages').length;
  return { engine, pages, threads: new ThreadOpener(engine) };
}

test('what was prepared is what is taken, asked for once', async () => {
  const { threads, pages } = opener();
  threads.prepare(GROUPS.marcus);
  threads.prepare(GROUPS.marcus);
  const thread = threads.take(GROUPS.marcus);
  // A view may ask twice before it is shown.
  expect(threads.take(GROUPS.marcus)).toBe(thread);
  await thread.start();
  expect(thread.getSnapshot().phase).toBe('ready');
  expect(pages()).toBe(1);
  // It is open: pressing its row again changes nothing.
  threads.prepare(GROUPS.marcus);
  expect(thread.isClosed).toBe(false);
  expect(pages()).toBe(1);
});

test('what was prepared and not taken is closed, what is shown stays', async () => {
  const { threads } = opener();
  const shown = threads.take(GROUPS.marcus);
  await shown.start();
  threads.prepare(GROUPS.launch);
  threads.prepare(GROUPS.priya);
  const taken = threads.take(GROUPS.priya, 'a message');
  expect(shown.isClosed).toBe(false);
  expect(taken.at).toBe('a message');
  taken.close();
  expect(threads.take(GROUPS.priya, 'a message')).not.toBe(taken);
  threads.prepare(GROUPS.launch);
  const spare = threads.take(GROUPS.launch);
  expect(spare.isClosed).toBe(false);
});

test('what nobody sees isn’t marked as read', async () => {
  const { threads, engine } = opener();
  threads.prepare(GROUPS.marcus);
  const thread = threads.take(GROUPS.marcus);
  await thread.start();
  const coming = message({ seq: 1e6, at_ms: NOW_MS, sender: 'marcus.weber@lindenhof.example' });
  engine.emit({ type: 'message', group: GROUPS.marcus, message: coming, new: true });
  await vi.waitFor(() => expect(thread.message(coming.id)).toBeDefined());
  expect(engine.commands).toEqual([]);
  thread.view({ visible: true, atEnd: true });
  await vi.waitFor(() => expect(engine.commands.at(-1)).toMatchObject({ type: 'mark_read', group: GROUPS.marcus }));
});
