/** What a screen's test puts around it. */
import type { App } from '../app/context';
import { FakeEngine } from '../engine/fake';
import { NOW_MS } from '../engine/fake-office';
import { NotificationsModel } from '../models/notifications';
import { PreferencesModel } from '../models/preferences';
import { SessionModel } from '../models/session';
import type { ChatRoutes } from './conversations/chat';

export const routes: ChatRoutes = {
  conversation: (group) => `/c/${group}`,
  conversationInfo: (group) => `/c/${group}/info`,
  newConversation: '/new',
  home: '/',
  go: () => undefined,
};

export function appOf(engine: FakeEngine): App {
  const map = new Map<string, string>();
  const preferences = new PreferencesModel({
    getItem: (key) => map.get(key) ?? null,
    setItem: (key, value) => void map.set(key, value),
  });
  return {
    engine,
    session: new SessionModel(engine, { after: () => () => undefined, hasNetwork: () => true }),
    preferences,
    notifications: new NotificationsModel(
      { supported: false, needsInstall: false, permission: () => 'default', request: () => Promise.resolve('denied') },
      preferences,
    ),
    now: () => NOW_MS,
    deviceLabel: 'Test',
    passkeyAvailable: () => Promise.resolve(false),
    origin: 'https://chat.lindenhof.example',
  };
}
