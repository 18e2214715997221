import { expect, test } from 'vitest';
import { GROUPS, makeMessages, ME } from '../../engine/fake-office';
import { SELECTED_MAX, SelectionModel } from './selection';
import { longThread } from '../../engine/fake-office';

test('several messages are copied in the order of the thread, with names', () => {
  const [, , a, , b] = makeMessages().get(GROUPS.launch) ?? [];
  if (!a || !b) throw new Error('no messages');
  const selection = new SelectionModel();
  selection.begin(b);
  selection.toggle(a);
  expect(selection.text(() => '10:00')).toMatch(/^\[10:00\] Chloé Dubois: Welcome .*\n\[10:00\] Marcus Weber: Thanks/);
  selection.toggle(a);
  expect(selection.text(() => '')).toMatch(/^Thanks Chloé/);
  selection.toggle(b);
  expect(selection.getSnapshot().active).toBe(false);
});

test('only own messages can be deleted for everyone, and there is a limit', () => {
  const selection = new SelectionModel();
  for (const message of longThread(SELECTED_MAX + 5)) selection.toggle(message);
  expect(selection.getSnapshot().chosen.size).toBe(SELECTED_MAX);
  expect(selection.allOwn(ME)).toBe(false);
});
