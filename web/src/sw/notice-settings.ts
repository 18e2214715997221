/** What the page tells the service worker about notifications: it has no other way to know the person's choice and language. Nothing secret. */

/** Name of the cache that it lies in. */
export const NOTICE_SETTINGS = 'notices';
/** From the service worker to a page: show this path. */
export const OPEN_MESSAGE = 'open';
/** From a page to the service worker: there is something new; something was read. */
export const NEWS_MESSAGE = 'news';
export const READ_MESSAGE = 'read';

export type NoticeShows = 'text' | 'name' | 'nothing';

export interface NoticeSettings {
  readonly shows: NoticeShows;
  readonly language: string;
  /** Without saying of whom. */
  readonly newMessages: string;
  /** Below a name. */
  readonly newMessage: string;
}

/** Until the page has told more; less is shown, not more. */
export const noticeDefaults: NoticeSettings = {
  shows: 'nothing',
  language: 'en',
  newMessages: 'New messages',
  newMessage: 'New message',
};

/** Reads what was kept; whatever isn't as it should be is as nothing was chosen. */
export function readNotices(kept: unknown): NoticeSettings {
  if (typeof kept !== 'object' || kept === null) return noticeDefaults;
  const { shows, language, newMessages, newMessage } = kept as Record<string, unknown>;
  const text = (value: unknown, otherwise: string) =>
    typeof value === 'string' && value.length > 0 && value.length <= 100 ? value : otherwise;
  return {
    shows: shows === 'text' || shows === 'name' ? shows : 'nothing',
    language: text(language, noticeDefaults.language),
    newMessages: text(newMessages, noticeDefaults.newMessages),
    newMessage: text(newMessage, noticeDefaults.newMessage),
  };
}
