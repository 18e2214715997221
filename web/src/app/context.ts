import { createContext, use } from 'react';
import type { Engine } from '../engine/engine';
import type { NotificationsModel } from '../models/notifications';
import type { PreferencesModel } from '../models/preferences';
import type { SessionModel } from '../models/session';

/** What every screen may need; made once at start, by the gallery with a fake engine. */
export interface App {
  readonly engine: Engine;
  readonly session: SessionModel;
  readonly preferences: PreferencesModel;
  readonly notifications: NotificationsModel;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** What this device is called at first. */
  readonly deviceLabel: string;
  /** Whether this device has a passkey that can protect data (WebAuthn with PRF). */
  readonly passkeyAvailable: () => Promise<boolean>;
  /** Where this page comes from: the organisation's server. */
  readonly origin: string;
}

export const AppContext = createContext<App | undefined>(undefined);

export function useApp(): App {
  const app = use(AppContext);
  if (!app) throw new Error('a screen outside of the app');
  return app;
}
