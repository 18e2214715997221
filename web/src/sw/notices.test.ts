import { expect, test } from 'vitest';
import type { ConversationView } from '../api';
import { type NoticeSettings, noticeDefaults, readNotices } from './notice-settings';
import { noticesFor } from './notices';

const NOW = 1_790_000_000_000;
const settings: NoticeSettings = { ...noticeDefaults, shows: 'text' };

const conversation = (group: string, more: Partial<ConversationView> = {}): ConversationView =>
  ({
    group,
    title: `title ${group}`,
    preview: `secret ${group}`,
    unread: 1,
    last_at_ms: NOW,
    muted_until_ms: null,
    ...more,
  }) as ConversationView;

test('unread conversations are told of, muted and read ones are not', () => {
  const { notices, unread } = noticesFor(
    [
      conversation('a', { unread: 3, last_at_ms: NOW - 5 }),
      conversation('b', { unread: 0 }),
      conversation('c', { muted_until_ms: NOW + 1 }),
      conversation('d', { muted_until_ms: NOW - 1 }),
    ],
    settings,
    NOW,
  );
  expect(notices.map(({ tag }) => tag)).toEqual(['conversation:d', 'conversation:a']);
  expect(unread).toBe(4);
  expect(notices[0]).toMatchObject({ title: 'title d', body: 'secret d', path: '/c/d' });
});

test('what is shown is what the person chose', () => {
  const shown = (shows: NoticeSettings['shows']) =>
    noticesFor([conversation('a@b/c')], { ...settings, shows }, NOW).notices[0];
  expect(shown('name')).toMatchObject({ title: 'title a@b/c', body: 'New message', path: '/c/a%40b%2Fc' });
  const nothing = shown('nothing');
  expect(nothing).toMatchObject({ title: 'New messages', body: '' });
  expect([nothing?.title, nothing?.body].join()).not.toMatch(/secret|title/);
});

test('many conversations do not bury the newest', () => {
  const many = Array.from({ length: 50 }, (_, n) => conversation(String(n), { last_at_ms: NOW + n }));
  const { notices, unread } = noticesFor(many, settings, NOW);
  expect([notices.length, notices[0]?.tag, unread]).toEqual([6, 'conversation:49', 50]);
});

test('damaged settings show less, not more', () => {
  for (const kept of [
    null,
    'x',
    7,
    {},
    { shows: 'everything', newMessages: 3 },
    { shows: 'text'.repeat(9), language: '' },
  ])
    expect(readNotices(kept)).toEqual(noticeDefaults);
  expect(readNotices({ shows: 'name', language: 'fr', newMessages: 'Nouveaux', newMessage: 'Nouveau' }).shows).toBe(
    'name',
  );
});
