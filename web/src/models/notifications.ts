/** Whether this browser may show notifications, and whether it is woken for them while the app is closed; and why not. */
import type { Subscription } from '../api';
import { type Engine, EngineError } from '../engine/engine';
import { Model } from './model';
import type { PreferencesModel } from './preferences';

/** The browser's side of push messages. */
export interface PushPort {
  /** Whether the app's service worker is there. */
  ready(): Promise<boolean>;
  /** Subscribes with the relay's key (base64url), or takes the subscription that there is. Rejects with what the browser says. */
  subscribe(key: string): Promise<Subscription | undefined>;
  unsubscribe(): Promise<void>;
}

/** What the model needs of the browser. */
export interface NotificationPort {
  readonly supported: boolean;
  /** On iPhones and iPads only an installed app gets them. */
  readonly needsInstall: boolean;
  permission(): NotificationPermission;
  request(): Promise<NotificationPermission>;
  /** Absent where the browser has none, as in many private windows. */
  readonly push?: PushPort | undefined;
}

/** Why nothing comes while the app is closed. */
export type PushFailure =
  /** The browser has no push, or not in a private window. */
  | 'no-push'
  | 'no-service-worker'
  /** The browser refuses though notifications are allowed. */
  | 'blocked'
  /** The push service of the browser's maker can't be reached. */
  | 'service-unreachable'
  /** The organisation's server can't be reached now. */
  | 'offline'
  /** The administrator has switched it off. */
  | 'relay-off'
  /** The server doesn't take this push service. */
  | 'relay-refused'
  | 'failed';

export interface NotificationsState {
  readonly state: 'unsupported' | 'needs-install' | 'denied' | 'off' | 'on';
  readonly busy: boolean;
  /** Whether messages are told of while the app is closed. */
  readonly push: 'off' | 'on' | PushFailure;
}

export class NotificationsModel extends Model<NotificationsState> {
  readonly #port: NotificationPort;
  readonly #preferences: PreferencesModel;
  readonly #engine: Pick<Engine, 'command'> | undefined;

  constructor(port: NotificationPort, preferences: PreferencesModel, engine?: Pick<Engine, 'command'>) {
    super({ state: 'off', busy: false, push: 'off' });
    this.#port = port;
    this.#preferences = preferences;
    this.#engine = engine;
    this.refresh();
  }

  /** The person may have changed it in the browser's own settings. */
  refresh(): void {
    const port = this.#port;
    if (port.needsInstall) return this.set({ state: 'needs-install' });
    if (!port.supported) return this.set({ state: 'unsupported' });
    const permission = port.permission();
    if (permission === 'denied') return this.set({ state: 'denied', push: 'off' });
    this.set({ state: permission === 'granted' && this.#preferences.getSnapshot().notifications ? 'on' : 'off' });
  }

  /** Only ever because the person pressed a button: browsers ask then. */
  async enable(): Promise<void> {
    if (this.getSnapshot().busy) return;
    this.set({ busy: true });
    try {
      const permission = await this.#port.request();
      this.#preferences.change({ notifications: permission === 'granted' });
      this.refresh();
      if (permission === 'granted') await this.#subscribe();
    } finally {
      this.set({ busy: false });
    }
  }

  /** At each start, once the server is reached: the subscription or the server's key may have changed. Asks nobody. */
  async keep(): Promise<void> {
    this.refresh();
    const { state, busy } = this.getSnapshot();
    if (state !== 'on' || busy) return;
    this.set({ busy: true });
    await this.#subscribe();
    this.set({ busy: false });
  }

  async disable(): Promise<void> {
    this.#preferences.change({ notifications: false });
    this.set({ push: 'off' });
    this.refresh();
    // Each ends it: without the relay the push service says that it is gone, without the push service the relay sends nothing.
    await Promise.allSettled([
      this.#engine?.command({ type: 'set_push', subscription: null }),
      this.#port.push?.unsubscribe(),
    ]);
  }

  async #subscribe(): Promise<void> {
    const engine = this.#engine;
    if (!engine) return;
    this.set({ push: await subscribe(engine, this.#port.push) });
    // Switched off meanwhile.
    if (!this.#preferences.getSnapshot().notifications) await this.disable();
  }
}

async function subscribe(engine: Pick<Engine, 'command'>, push: PushPort | undefined): Promise<'on' | PushFailure> {
  if (!push) return 'no-push';
  if (!(await push.ready())) return 'no-service-worker';
  try {
    const answer = await engine.command({ type: 'get_push_key' });
    if (answer.type !== 'push_key') return 'failed';
    const subscription = await push.subscribe(answer.key);
    if (!subscription) return 'no-push';
    await engine.command({ type: 'set_push', subscription });
    return 'on';
  } catch (error) {
    return reason(error);
  }
}

function reason(error: unknown): PushFailure {
  if (error instanceof EngineError) {
    switch (error.code) {
      case 'push_off':
        return 'relay-off';
      case 'push_endpoint_refused':
        return 'relay-refused';
      case 'unreachable':
      case 'draining':
        return 'offline';
      default:
        return 'failed';
    }
  }
  switch ((error as { name?: string } | null)?.name) {
    case 'NotAllowedError':
      return 'blocked';
    case 'AbortError':
    case 'NetworkError':
      return 'service-unreachable';
    case 'NotSupportedError':
    case 'InvalidStateError':
      return 'no-push';
    default:
      return 'failed';
  }
}
