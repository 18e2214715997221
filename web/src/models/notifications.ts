/** Whether this browser may show notifications, and why not. */
import { Model } from './model';
import type { PreferencesModel } from './preferences';

/** What the model needs of the browser. */
export interface NotificationPort {
  readonly supported: boolean;
  /** On iPhones and iPads only an installed app gets them. */
  readonly needsInstall: boolean;
  permission(): NotificationPermission;
  request(): Promise<NotificationPermission>;
}

export interface NotificationsState {
  readonly state: 'unsupported' | 'needs-install' | 'denied' | 'off' | 'on';
  readonly busy: boolean;
}

export class NotificationsModel extends Model<NotificationsState> {
  readonly #port: NotificationPort;
  readonly #preferences: PreferencesModel;

  constructor(port: NotificationPort, preferences: PreferencesModel) {
    super({ state: 'off', busy: false });
    this.#port = port;
    this.#preferences = preferences;
    this.refresh();
  }

  /** The person may have changed it in the browser's own settings. */
  refresh(): void {
    const port = this.#port;
    if (port.needsInstall) return this.set({ state: 'needs-install' });
    if (!port.supported) return this.set({ state: 'unsupported' });
    const permission = port.permission();
    if (permission === 'denied') return this.set({ state: 'denied' });
    this.set({ state: permission === 'granted' && this.#preferences.getSnapshot().notifications ? 'on' : 'off' });
  }

  async enable(): Promise<void> {
    if (this.getSnapshot().busy) return;
    this.set({ busy: true });
    const permission = await this.#port.request();
    this.#preferences.change({ notifications: permission === 'granted' });
    this.set({ busy: false });
    this.refresh();
  }

  disable(): void {
    this.#preferences.change({ notifications: false });
    this.refresh();
  }
}
