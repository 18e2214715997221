/// <reference lib="webworker" />
/**
 * Notifications: what a window of the app tells of, when one is open; else what a copy of the store does, while its lease lasts; else only
 * that there is something.
 *
 * **Invariant:** at most one notification per conversation, none for a muted one, none while the person looks at the app.
 */
import type { ConversationView } from '../api';
import { NOTICE_SETTINGS, type NoticeSettings, OPEN_MESSAGE, noticeDefaults, readNotices } from './notice-settings';
import { askOwner, somethingNew } from './owner';

/** A window that has slept gets this long to fetch what is new. */
const FETCH_MILLIS = 4000;
const ANSWER_MILLIS = 3000;
/** Conversations that are told of at once; more would bury the newest. */
const MAX_SHOWN = 6;
const ICON = '/icons/icon-192.png';
const SOMETHING = 'news';
const tagOf = (group: string) => `conversation:${group}`;

export interface Notice {
  readonly tag: string;
  readonly title: string;
  readonly body: string;
  readonly path: string;
  readonly at: number;
}

/** What should be told of, newest first. Pure. */
export function noticesFor(
  conversations: readonly ConversationView[],
  settings: NoticeSettings,
  now: number,
  most = MAX_SHOWN,
): { notices: Notice[]; unread: number } {
  const loud = conversations.filter(
    ({ unread, muted_until_ms }) => unread > 0 && !(muted_until_ms !== null && muted_until_ms > now),
  );
  const notices = loud
    .sort((a, b) => b.last_at_ms - a.last_at_ms)
    .slice(0, most)
    .map(({ group, title, preview, last_at_ms }) => ({
      tag: tagOf(group),
      title: settings.shows === 'nothing' ? settings.newMessages : title,
      body: settings.shows === 'text' ? preview : settings.shows === 'name' ? settings.newMessage : '',
      path: `/c/${encodeURIComponent(group)}`,
      at: last_at_ms,
    }));
  return { notices, unread: loud.reduce((sum, { unread }) => sum + unread, 0) };
}

/** What has to become of notifications that are shown: those of what was read or deleted go, those of what was changed say what it says now. Pure. */
export function corrections(
  shown: readonly { tag: string; title: string; body: string }[],
  conversations: readonly ConversationView[],
  settings: NoticeSettings,
  now: number,
): { gone: string[]; changed: Notice[] } {
  const { notices, unread } = noticesFor(conversations, settings, now, conversations.length);
  const wanted = new Set(conversations.filter((each) => each.unread > 0).map(({ group }) => tagOf(group)));
  const isGone = (tag: string) => (tag === SOMETHING ? unread === 0 : !wanted.has(tag));
  const says = new Map(shown.map(({ tag, title, body }) => [tag, `${title}\n${body}`]));
  return {
    gone: shown.map(({ tag }) => tag).filter(isGone),
    changed: notices.filter(({ tag, title, body }) => says.has(tag) && says.get(tag) !== `${title}\n${body}`),
  };
}

async function show(
  { registration }: ServiceWorkerGlobalScope,
  { title, tag, body, path, at }: Notice,
  { language }: NoticeSettings,
  silent: boolean,
): Promise<void> {
  const data = { path, at };
  await registration.showNotification(title, { tag, body, icon: ICON, badge: ICON, lang: language, data, silent });
}

/** What the person chose, in their language. */
async function settings(): Promise<NoticeSettings> {
  try {
    const kept = await (await caches.open(NOTICE_SETTINGS)).match('/');
    return kept ? readNotices(await kept.json()) : noticeDefaults;
  } catch {
    return noticeDefaults;
  }
}

async function badge(count: number | undefined): Promise<void> {
  // Not everywhere; where it isn't there is nothing to be done.
  const { setAppBadge, clearAppBadge } = navigator as Partial<Navigator>;
  await (count === 0 ? clearAppBadge?.call(navigator) : setAppBadge?.call(navigator, count))?.catch(() => undefined);
}

const isConversations = (value: unknown): value is ConversationView[] => Array.isArray(value);

/** Conversations of the window that owns the store; nothing when there is none, or it is locked. */
async function conversations(
  scope: ServiceWorkerGlobalScope,
  fetchFirst: boolean,
): Promise<ConversationView[] | undefined> {
  const windows = await scope.clients.matchAll({ type: 'window', includeUncontrolled: true });
  if (windows.length === 0) return undefined;
  try {
    if (fetchFirst) {
      const fetched = somethingNew(FETCH_MILLIS);
      await askOwner({ type: 'hurry' }, ANSWER_MILLIS);
      await fetched;
    }
    const answer = await askOwner({ type: 'ask', query: { type: 'conversations' } }, ANSWER_MILLIS);
    return isConversations(answer) ? answer : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Shows what is new. `look` comes with what a push service woke us for: it finds out what there is when no window can tell. A window that says
 * that there is something knows itself.
 */
export async function showNews(
  scope: ServiceWorkerGlobalScope,
  look?: () => Promise<ConversationView[] | undefined>,
): Promise<void> {
  const windows = await scope.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const seen = windows.some(({ visibilityState }) => visibilityState === 'visible');
  const chosen = await settings();
  const told = await conversations(scope, look !== undefined);
  // Whoever looks at the app sees it there. A window that is still locked shows nothing, and is looked at all the same.
  if (seen) return;
  const found = told ?? (await look?.());
  const { registration } = scope;
  if (!found) {
    await badge(undefined);
    await registration.showNotification(chosen.newMessages, {
      tag: SOMETHING,
      icon: ICON,
      badge: ICON,
      lang: chosen.language,
      data: { path: '/' },
    });
    return;
  }
  const { notices, unread } = noticesFor(found, chosen, Date.now());
  await badge(unread);
  const shown = await registration.getNotifications();
  for (const old of shown) if (old.tag === SOMETHING) old.close();
  const known = new Map(shown.map((old) => [old.tag, (old.data as { at?: number } | null)?.at ?? 0]));
  // The oldest first, so that the newest stands on top.
  for (const notice of notices.reverse()) {
    if ((known.get(notice.tag) ?? 0) < notice.at) await show(scope, notice, chosen, false);
  }
  await correct(scope, found, chosen);
}

/** What was read elsewhere is told no more, nor what was deleted; what was edited is told as it is now, without a sound. */
export async function tidy(scope: ServiceWorkerGlobalScope): Promise<void> {
  const found = await conversations(scope, false);
  if (!found) return;
  await correct(scope, found, await settings());
  await badge(noticesFor(found, noticeDefaults, Date.now()).unread);
}

async function correct(
  scope: ServiceWorkerGlobalScope,
  found: readonly ConversationView[],
  chosen: NoticeSettings,
): Promise<void> {
  const shown = await scope.registration.getNotifications();
  const { gone, changed } = corrections(shown, found, chosen, Date.now());
  for (const old of shown) if (gone.includes(old.tag)) old.close();
  for (const notice of changed) await show(scope, notice, chosen, true);
}

/** Opens what a notification tells of: in a window that is there, else in a new one. */
export async function openNotice(scope: ServiceWorkerGlobalScope, notification: Notification): Promise<void> {
  notification.close();
  const { path } = (notification.data as { path?: string } | null) ?? {};
  const address = path !== undefined && /^\/c\/[^/]+$/.test(path) ? path : '/';
  const windows = await scope.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const one = windows.find(({ focused }) => focused) ?? windows[0];
  if (!one) {
    await scope.clients.openWindow(address);
    return;
  }
  await one.focus().catch(() => one);
  if (address !== '/') one.postMessage({ type: OPEN_MESSAGE, path: address });
}
