import './ui/base.css';
import { RouterProvider } from '@tanstack/react-router';
import { createRoot } from 'react-dom/client';
import { applyAppearance } from './app/appearance';
import { clock, notificationPort, passkeyAvailable, watchInstall } from './app/browser';
import type { App } from './app/context';
import { activateLocale, resolveLocale } from './app/locale';
import { startNotices } from './app/notices';
import { Providers } from './app/providers';
import { router } from './app/router';
import { registerServiceWorker } from './app/service-worker';
import { followKeyboard } from './app/viewport';
import { startEngine } from './engine/client';
import { EngineError } from './engine/engine';
import { deviceLabel } from './models/device-label';
import { NotificationsModel } from './models/notifications';
import { PreferencesModel } from './models/preferences';
import { SessionModel } from './models/session';

async function start(place: HTMLElement): Promise<void> {
  watchInstall();
  const preferences = new PreferencesModel(localStorage);
  addEventListener('storage', () => preferences.reload());
  const locale = resolveLocale(preferences.getSnapshot().language, navigator.languages);
  applyAppearance(preferences.getSnapshot(), locale, 'ltr');
  // Worker and WebAssembly load while the words do.
  const engine = startEngine();
  // The app was locked or stopped, and the screen says so: what the screens before it still asked for is no news.
  addEventListener('unhandledrejection', (event) => {
    if (event.reason instanceof EngineError && engine.status().phase !== 'ready') event.preventDefault();
  });
  await activateLocale(locale);
  const app: App = {
    engine,
    session: new SessionModel(engine, clock),
    preferences,
    notifications: new NotificationsModel(notificationPort, preferences, engine),
    now: () => Date.now(),
    deviceLabel: deviceLabel(navigator.userAgent),
    passkeyAvailable,
    origin: location.origin,
  };
  followKeyboard();
  createRoot(place).render(
    <Providers app={app}>
      <RouterProvider router={router} />
    </Providers>,
  );
  startNotices(engine, preferences, app.notifications, (path) => router.history.push(path));
  if (import.meta.env.PROD) await registerServiceWorker();
}

const place = document.getElementById('root');
if (place) void start(place);
