import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { CrashBoundary } from './crash';
import { startLayers } from '../ui/back';
import { loadAllWords } from './locale';
import { Root } from './root';

/*
 * /            conversations
 * /c/$group    one of them; /c/$group/info what is known about it, beside it; /new starts one; /starred
 * /settings    list of settings; /settings/$section
 * /devices/link, /l     let a new device in
 * /safety/$user         compare keys
 * /g           a link into a group that was opened
 * /i           an invitation: without an account `Root` shows joining at any address
 */
const root = createRootRoute({
  component: () => (
    <CrashBoundary>
      <Root />
    </CrashBoundary>
  ),
});

/** A screen's code, and the words that it needs beside those of the first screen. */
async function spoken<T>(code: Promise<T>): Promise<T> {
  const [module] = await Promise.all([code, loadAllWords()]);
  return module;
}

const main = createRoute({
  getParentRoute: () => root,
  id: 'main',
  component: lazyRouteComponent(() => import('./main-layout'), 'MainLayout'),
});
const home = createRoute({
  getParentRoute: () => main,
  path: '/',
  component: lazyRouteComponent(() => import('./main-layout'), 'NothingOpen'),
});
const chat = createRoute({
  getParentRoute: () => main,
  path: '/c/$group',
  validateSearch: (search: Record<string, unknown>): { message?: string } =>
    typeof search['message'] === 'string' && /^[0-9a-f]{64}$/.test(search['message'])
      ? { message: search['message'] }
      : {},
  component: lazyRouteComponent(() => spoken(import('./chat-route')), 'ChatRoute'),
});

// A child, so that the thread stays as it is while the details come and go.
const chatInfo = createRoute({ getParentRoute: () => chat, path: 'info' });
const starting = createRoute({
  getParentRoute: () => main,
  path: '/new',
  component: lazyRouteComponent(() => spoken(import('./new-route')), 'NewRoute'),
});
const starred = createRoute({
  getParentRoute: () => main,
  path: '/starred',
  component: lazyRouteComponent(() => spoken(import('./starred-route')), 'StarredRoute'),
});
const joinGroup = createRoute({
  getParentRoute: () => main,
  path: '/g',
  component: lazyRouteComponent(() => spoken(import('./join-group-route')), 'JoinGroupRoute'),
});

const settingsScreens = () => spoken(import('./settings-layout'));
const settings = createRoute({
  getParentRoute: () => root,
  path: '/settings',
  component: lazyRouteComponent(settingsScreens, 'SettingsLayout'),
});
const settingsHome = createRoute({
  getParentRoute: () => settings,
  path: '/',
  component: lazyRouteComponent(settingsScreens, 'SettingsHome'),
});
const section = createRoute({
  getParentRoute: () => settings,
  path: '$section',
  component: lazyRouteComponent(settingsScreens, 'SettingsSectionRoute'),
});
const approve = createRoute({
  getParentRoute: () => root,
  path: '/devices/link',
  component: lazyRouteComponent(settingsScreens, 'ApproveRoute'),
});
const openedLink = createRoute({
  getParentRoute: () => root,
  path: '/l',
  component: lazyRouteComponent(settingsScreens, 'ApproveRoute'),
});
const openedInvitation = createRoute({
  getParentRoute: () => root,
  path: '/i',
  component: lazyRouteComponent(settingsScreens, 'InvitationRoute'),
});
const safety = createRoute({
  getParentRoute: () => root,
  path: '/safety/$user',
  validateSearch: (search: Record<string, unknown>) => ({
    name: typeof search['name'] === 'string' ? search['name'] : undefined,
    back: typeof search['back'] === 'string' && search['back'].startsWith('/') ? search['back'] : '/',
  }),
  component: lazyRouteComponent(() => spoken(import('./safety-route')), 'SafetyRoute'),
});

const tree = root.addChildren([
  main.addChildren([home, chat.addChildren([chatInfo]), starting, starred, joinGroup]),
  settings.addChildren([settingsHome, section]),
  approve,
  openedLink,
  openedInvitation,
  safety,
]);

// First, so that it hears of each step of the history before the router does.
startLayers();
export const router = createRouter({ routeTree: tree, defaultPreload: 'intent' });

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
