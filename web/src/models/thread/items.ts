import type { MessageView } from '../../api';
import { albumLength } from './shape';

/** What stands under each other in a thread. */
export type ThreadItem =
  | { readonly kind: 'day'; readonly key: string; readonly day: number }
  | { readonly kind: 'unread'; readonly key: string; readonly count: number }
  | { readonly kind: 'note'; readonly key: string; readonly message: MessageView }
  | {
      readonly kind: 'message';
      readonly key: string;
      readonly message: MessageView;
      /** Several photos and videos that came together, this message's first; else only this message. */
      readonly messages: readonly MessageView[];
      readonly own: boolean;
      /** First and last of a run of one sender. */
      readonly first: boolean;
      readonly last: boolean;
    };

export type MessageItem = Extract<ThreadItem, { kind: 'message' }>;

/** Messages of one sender further apart than this don't stand together. */
const RUN_GAP_MS = 5 * 60_000;

/** Midnight of a time's day, where the person is. */
export function dayOf(ms: number): number {
  const date = new Date(ms);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

const together = (a: MessageView | undefined, b: MessageView | undefined): boolean =>
  a !== undefined &&
  b !== undefined &&
  a.sender !== null &&
  a.sender === b.sender &&
  a.body.type !== 'note' &&
  b.body.type !== 'note' &&
  Math.abs(b.at_ms - a.at_ms) <= RUN_GAP_MS &&
  dayOf(a.at_ms) === dayOf(b.at_ms);

export interface ItemsInput {
  readonly messages: readonly MessageView[];
  readonly me: string | null;
  /** There are older messages than these. */
  readonly older: boolean;
  readonly firstUnread: string | null;
  readonly unreadCount: number;
}

/**
 * Day separators, the unread marker, and messages with their place in a run. An item that is as before is the same object.
 *
 * **Invariant:** a key is never used for another place. That is why the first day of a cut-off window has no separator: it
 * would move when older messages come.
 */
export function buildItems(input: ItemsInput, before: ReadonlyMap<string, ThreadItem>): ThreadItem[] {
  const { messages, me, older, firstUnread, unreadCount } = input;
  const items: ThreadItem[] = [];
  const keep = (item: ThreadItem) => {
    const old = before.get(item.key);
    items.push(old && equal(old, item) ? old : item);
  };
  let day = messages[0] && older ? dayOf(messages[0].at_ms) : -1;
  for (let n = 0; n < messages.length; n += 1) {
    const message = messages[n];
    if (!message) break;
    const own = message.sender !== null && message.sender === me;
    const today = dayOf(message.at_ms);
    // A clock set back doesn't begin a day again.
    if (today > day) {
      keep({ kind: 'day', key: `day:${today}`, day: today });
      day = today;
    }
    if (message.id === firstUnread) keep({ kind: 'unread', key: 'unread', count: unreadCount });
    if (message.body.type === 'note') {
      keep({ kind: 'note', key: message.id, message });
      continue;
    }
    const before = messages[n - 1];
    const album = messages.slice(n, n + Math.max(1, albumLength(messages, n)));
    // An album ends where the unread begins and where the day does.
    const cut = album.findIndex((one, at) => at > 0 && (one.id === firstUnread || dayOf(one.at_ms) > day));
    const shown = cut > 0 ? album.slice(0, cut) : album;
    n += shown.length - 1;
    const next = messages[n + 1];
    keep({
      kind: 'message',
      key: message.id,
      message,
      messages: shown,
      own,
      first: message.id === firstUnread || !together(before, message),
      last: next?.id === firstUnread || !together(messages[n], next),
    });
  }
  return items;
}

function equal(a: ThreadItem, b: ThreadItem): boolean {
  if (a.kind === 'message' && b.kind === 'message')
    return (
      a.messages.length === b.messages.length &&
      a.messages.every((message, n) => message === b.messages[n]) &&
      a.own === b.own &&
      a.first === b.first &&
      a.last === b.last
    );
  if (a.kind === 'note' && b.kind === 'note') return a.message === b.message;
  if (a.kind === 'unread' && b.kind === 'unread') return a.count === b.count;
  return a.kind === 'day' && b.kind === 'day' && a.day === b.day;
}

/** Where a message stands; it may be one of an album. */
export function placeOf(items: readonly ThreadItem[], key: string): number {
  return items.findIndex(
    (item) => item.key === key || (item.kind === 'message' && item.messages.some((message) => message.id === key)),
  );
}

/** Not in the log yet. A note is never that: at 0 it stands before everything, as the one about the beginning does. */
const waits = (message: MessageView) => message.seq === 0 && message.sender !== null;

/** Order in a thread: by position; what waits to be sent (position 0) comes last, in the order it was queued. */
export function compare(a: MessageView, b: MessageView): number {
  const [late, later] = [waits(a), waits(b)];
  if (late || later) {
    if (late !== later) return late ? 1 : -1;
    return a.at_ms - b.at_ms;
  }
  return a.seq - b.seq;
}
