import { expect, test } from 'vitest';
import type { ConversationView } from '../api';
import { type NoticeSettings, noticeDefaults, readNotices } from './notice-settings';
import { corrections, noticesFor } from './notices';

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

test('a notification follows the edit, the deletion and the reading of what it tells of', () => {
  const told = (group: string, body: string) => ({ tag: `conversation:${group}`, title: `title ${group}`, body });
  const shown = [
    told('read', 'secret read'),
    told('edited', 'before the edit'),
    told('same', 'secret same'),
    { tag: 'news', title: 'New messages', body: '' },
  ];
  const found = [
    conversation('read', { unread: 0 }),
    conversation('edited'),
    conversation('same'),
    // Closed by the person, or never told: it isn't shown by this.
    conversation('other'),
  ];
  const { gone, changed } = corrections(shown, found, settings, NOW);
  expect(gone).toEqual(['conversation:read']);
  expect(changed.map(({ tag, body }) => [tag, body])).toEqual([['conversation:edited', 'secret edited']]);
  // The only unread message was deleted: nothing is left to tell.
  expect(corrections(shown, [conversation('edited', { unread: 0 })], settings, NOW).gone).toHaveLength(4);
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
