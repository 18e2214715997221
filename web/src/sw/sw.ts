/// <reference lib="webworker" />
import { install, respond, takeOver } from './shell-cache';
import type { BuildManifest } from '../../scripts/service-worker-plugin';

declare const self: ServiceWorkerGlobalScope;
declare const __BUILD__: BuildManifest;

const build = __BUILD__;

self.addEventListener('install', (event) => {
  event.waitUntil(install(build));
});

self.addEventListener('activate', (event) => {
  event.waitUntil(takeOver(build).then(() => self.clients.claim()));
});

self.addEventListener('fetch', (event) => {
  const answer = respond(event.request, build);
  if (answer) event.respondWith(answer);
});

// The page asks for the change-over when the person agreed, or when no window is in the middle of something.
self.addEventListener('message', (event) => {
  if ((event.data as { type?: string } | null)?.type === 'skip-waiting') void self.skipWaiting();
});
