/** Ties notifications to the engine: what is told of, in which words, and where a click leads. */
import { msg } from '@lingui/core/macro';
import { i18n } from '@lingui/core';
import type { Engine } from '../engine/engine';
import { watchAttention } from '../models/attention';
import type { NotificationsModel } from '../models/notifications';
import type { PreferencesModel } from '../models/preferences';
import { NOTICE_SETTINGS, type NoticeSettings, OPEN_MESSAGE } from '../sw/notice-settings';
import { attentionPort } from './browser';

/** The service worker knows neither the language nor what was chosen. */
async function keepSettings(preferences: PreferencesModel): Promise<void> {
  const settings: NoticeSettings = {
    shows: preferences.getSnapshot().notificationShows,
    language: i18n.locale,
    newMessages: i18n._(msg`New messages`),
    newMessage: i18n._(msg`New message`),
  };
  const cache = await caches.open(NOTICE_SETTINGS);
  await cache.put('/', new Response(JSON.stringify(settings)));
}

export function startNotices(
  engine: Engine,
  preferences: PreferencesModel,
  notifications: NotificationsModel,
  go: (path: string) => void,
): void {
  if (!('serviceWorker' in navigator) || !('caches' in globalThis)) return;
  const keep = () => void keepSettings(preferences).catch(() => undefined);
  keep();
  preferences.subscribe(keep);
  i18n.on('change', keep);
  watchAttention(engine, preferences, attentionPort);
  navigator.serviceWorker.addEventListener(
    'message',
    ({ data }: MessageEvent<{ type?: string; path?: string } | null>) => {
      if (data?.type === OPEN_MESSAGE && data.path?.startsWith('/c/') === true) go(data.path);
    },
  );
  const stop = engine.onStatus(() => {
    const status = engine.status();
    if (status.phase !== 'ready' || status.connection !== 'online') return;
    stop();
    void notifications.keep();
  });
}
