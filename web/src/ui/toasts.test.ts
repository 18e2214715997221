import { expect, test } from 'vitest';
import { toasts } from './toasts';

test('the same text is shown once, and no more than three at a time', () => {
  for (const text of ['a', 'b', 'b', 'c', 'd']) toasts.show({ text });
  expect(toasts.getSnapshot().map((toast) => toast.text)).toEqual(['b', 'c', 'd']);
  const last = toasts.getSnapshot().at(-1);
  toasts.close(last?.id ?? 0);
  expect(toasts.getSnapshot().map((toast) => toast.text)).toEqual(['b', 'c']);
});

test('a menu that opens takes the place of those that would go anyway', () => {
  toasts.show({ text: 'e', stays: true });
  toasts.makeRoom();
  expect(toasts.getSnapshot().map((toast) => toast.text)).toEqual(['e']);
});
