/// <reference lib="webworker" />
import { MEDIA_PATH } from '../engine/protocol';
import { askForPart, respondMedia } from './media';
import { NEWS_MESSAGE, READ_MESSAGE } from './notice-settings';
import { openNotice, showNews, tidy } from './notices';
import { peek } from './peek';
import { renewSubscription } from './renew';
import { install, respond, takeOver } from './shell-cache';
import type { BuildManifest } from '../../scripts/service-worker-plugin';

declare const self: ServiceWorkerGlobalScope;
declare const __BUILD__: BuildManifest;

const build = __BUILD__;
const engine = build.precache.find((path) => path.endsWith('.wasm')) ?? '';

self.addEventListener('install', (event) => {
  event.waitUntil(install(build));
});

self.addEventListener('activate', (event) => {
  event.waitUntil(takeOver(build).then(() => self.clients.claim()));
});

self.addEventListener('fetch', (event) => {
  const { origin, pathname } = new URL(event.request.url);
  if (origin === location.origin && pathname.startsWith(MEDIA_PATH)) {
    event.respondWith(respondMedia(event.request, askForPart));
    return;
  }
  const answer = respond(event.request, build);
  if (answer) event.respondWith(answer);
});

// The page asks for the change-over when the person agreed, or when no window is in the middle of something.
self.addEventListener('message', (event) => {
  const type = (event.data as { type?: string } | null)?.type;
  if (type === 'skip-waiting') void self.skipWaiting();
  else if (type === NEWS_MESSAGE) event.waitUntil(showNews(self));
  else if (type === READ_MESSAGE) event.waitUntil(tidy(self));
});

// It says nothing but that there is something; what is in it is never looked at.
self.addEventListener('push', (event) => {
  event.waitUntil(showNews(self, () => peek(engine)));
});

self.addEventListener('notificationclick', (event) => {
  event.waitUntil(openNotice(self, event.notification));
});

self.addEventListener('pushsubscriptionchange', (event) => {
  event.waitUntil(renewSubscription(self, event));
});
