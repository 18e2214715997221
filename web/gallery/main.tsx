import '../src/ui/base.css';
import { createMemoryHistory, createRootRoute, createRouter, RouterProvider } from '@tanstack/react-router';
import { createRoot } from 'react-dom/client';
import { RouterProvider as AriaRouterProvider } from 'react-aria-components';
import { applyAppearance } from '../src/app/appearance';
import type { App } from '../src/app/context';
import { activateLocale, loadAllWords, type Locale } from '../src/app/locale';
import { Providers } from '../src/app/providers';
import { FakeEngine } from '../src/engine/fake';
import { NOW_MS } from '../src/engine/fake-office';
import { NotificationsModel } from '../src/models/notifications';
import { PreferencesModel } from '../src/models/preferences';
import { SessionModel } from '../src/models/session';
import { toasts } from '../src/ui';
import type { Entry } from './entry';
import { Overview } from './overview';

const modules = import.meta.glob<{ entries: Entry[] }>('./entries/*.tsx', { eager: true });
const entries = Object.values(modules).flatMap((module) => module.entries);

/** Settings of this page only. */
function preferencesOfPage(query: URLSearchParams, locale: Locale): PreferencesModel {
  const map = new Map([
    [
      'preferences',
      JSON.stringify({
        theme: query.get('theme') ?? 'system',
        textSize: query.get('text') ?? 'normal',
        language: locale,
      }),
    ],
  ]);
  return new PreferencesModel({
    getItem: (key) => map.get(key) ?? null,
    setItem: (key, value) => void map.set(key, value),
  });
}

const pause = (ms: number) => new Promise((over) => setTimeout(over, ms));

/** Shows the page that the address asks for; returns how to take it away. */
async function show(place: HTMLElement): Promise<() => void> {
  const query = new URLSearchParams(location.search);
  const locale = (query.get('lang') ?? 'en') as Locale;
  const direction = query.get('dir') === 'rtl' ? 'rtl' : 'ltr';
  const preferences = preferencesOfPage(query, locale);
  applyAppearance(preferences.getSnapshot(), locale, direction);
  await activateLocale(locale);
  await loadAllWords();
  const entry = entries.find((one) => one.id === query.get('entry'));
  const engine = new FakeEngine(entry?.engine);
  const app: App = {
    engine,
    session: new SessionModel(engine, {
      after: (_ms, act) => {
        act();
        return () => undefined;
      },
      hasNetwork: () => query.get('network') !== 'none',
    }),
    preferences,
    notifications: new NotificationsModel(
      {
        supported: true,
        needsInstall: false,
        permission: () => (query.get('permission') ?? 'default') as NotificationPermission,
        request: () => Promise.resolve('granted'),
      },
      preferences,
    ),
    now: () => NOW_MS,
    deviceLabel: 'Chrome · Android',
    passkeyAvailable: () => Promise.resolve(query.get('passkey') !== 'none'),
    origin: 'https://chat.lindenhof.example',
  };
  for (const toast of toasts.getSnapshot()) toasts.close(toast.id);
  await entry?.prepare?.(engine, app);
  // Components alone have no frame with a main part around them.
  const alone = entry?.group === 'Components';
  const page = () => {
    if (!entry) return <Overview entries={entries} />;
    return alone ? <main className="h-full">{entry.render(app, engine)}</main> : entry.render(app, engine);
  };
  const router = createRouter({
    routeTree: createRootRoute({ component: page, notFoundComponent: page }),
    history: createMemoryHistory({ initialEntries: ['/'] }),
  });
  const root = createRoot(place);
  root.render(
    <Providers app={app} direction={direction}>
      <AriaRouterProvider navigate={() => undefined} useHref={(href) => href}>
        <RouterProvider router={router as never} />
      </AriaRouterProvider>
    </Providers>,
  );
  // The scripts wait for this: fonts are there, the page has its heading, and models have answered.
  await document.fonts.ready;
  for (let waited = 0; waited < 3000 && !document.querySelector('h1, h2'); waited += 20) await pause(20);
  await pause(150);
  document.documentElement.dataset['ready'] = 'true';
  return () => root.unmount();
}

const place = document.getElementById('root');
if (place) {
  let shown = show(place);
  // The scripts go from page to page without loading the code anew.
  addEventListener('popstate', () => {
    shown = shown.then((takeAway) => {
      takeAway();
      return show(place);
    });
  });
}
