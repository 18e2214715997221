import { msg } from '@lingui/core/macro';
import { i18n } from '@lingui/core';
import { scriptUrl } from '../engine/trusted';
import { toasts } from '../ui/toasts';

/** How often a page that stays open asks for a new version. */
const UPDATE_EVERY_MS = 3_600_000;

/** Tells that a new version is there; it takes over when the person agrees, so that nobody is interrupted while writing. */
function offer(waiting: ServiceWorker): void {
  toasts.show({
    text: i18n._(msg`A new version is ready.`),
    stays: true,
    action: { label: i18n._(msg`Reload`), run: () => waiting.postMessage({ type: 'skip-waiting' }) },
  });
}

export async function registerServiceWorker(): Promise<void> {
  if (!('serviceWorker' in navigator)) return;
  const wasControlled = navigator.serviceWorker.controller !== null;
  let reloading = false;
  navigator.serviceWorker.addEventListener('controllerchange', () => {
    // The very first take-over needs no reload: the page is of the same build.
    if (!wasControlled || reloading) return;
    reloading = true;
    location.reload();
  });
  const registration = await navigator.serviceWorker.register(scriptUrl('/sw.js'), { updateViaCache: 'none' });
  if (registration.waiting && wasControlled) offer(registration.waiting);
  registration.addEventListener('updatefound', () => {
    const installing = registration.installing;
    installing?.addEventListener('statechange', () => {
      if (installing.state === 'installed' && navigator.serviceWorker.controller) offer(installing);
    });
  });
  setInterval(() => void registration.update().catch(() => undefined), UPDATE_EVERY_MS);
}
