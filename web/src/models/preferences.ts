/** How the app looks and speaks on this browser. Nothing secret: it has to be there before the store is open. */
import { Model } from './model';

export interface Preferences {
  readonly theme: 'light' | 'dark' | 'system';
  readonly textSize: 'small' | 'normal' | 'large' | 'largest';
  readonly language: 'system' | 'en' | 'es' | 'fr';
  /** Otherwise Enter begins a line, and Ctrl with Enter sends. */
  readonly enterSends: boolean;
  readonly notifications: boolean;
  /** What a notification shows: sender and text, the sender, or only that there is something. */
  readonly notificationShows: 'text' | 'name' | 'nothing';
}

export const DEFAULTS: Preferences = {
  theme: 'system',
  textSize: 'normal',
  language: 'system',
  enterSends: true,
  notifications: false,
  notificationShows: 'text',
};

const KEY = 'preferences';

const allowed: { [K in keyof Preferences]: (value: unknown) => value is Preferences[K] } = {
  theme: (value) => ['light', 'dark', 'system'].includes(value as string),
  textSize: (value) => ['small', 'normal', 'large', 'largest'].includes(value as string),
  language: (value) => ['system', 'en', 'es', 'fr'].includes(value as string),
  enterSends: (value) => typeof value === 'boolean',
  notifications: (value) => typeof value === 'boolean',
  notificationShows: (value) => ['text', 'name', 'nothing'].includes(value as string),
} as { [K in keyof Preferences]: (value: unknown) => value is Preferences[K] };

function read(storage: Pick<Storage, 'getItem'>): Preferences {
  try {
    const stored = JSON.parse(storage.getItem(KEY) ?? '{}') as Record<string, unknown>;
    const valid = Object.entries(stored).filter(
      ([key, value]) => Object.hasOwn(allowed, key) && allowed[key as keyof Preferences](value),
    );
    return { ...DEFAULTS, ...Object.fromEntries(valid) };
  } catch {
    return DEFAULTS;
  }
}

export class PreferencesModel extends Model<Preferences> {
  readonly #storage: Pick<Storage, 'getItem' | 'setItem'>;

  constructor(storage: Pick<Storage, 'getItem' | 'setItem'>) {
    super(read(storage));
    this.#storage = storage;
  }

  change(change: Partial<Preferences>): void {
    this.set(change);
    try {
      this.#storage.setItem(KEY, JSON.stringify(this.getSnapshot()));
    } catch {
      // Storage denied or full: it holds until the page closes.
    }
  }

  /** Another tab changed them. */
  reload(): void {
    this.replace(read(this.#storage));
  }
}
