/** What the models need of the browser. */
import type { AttentionPort } from '../models/attention';
import type { NotificationPort, PushPort } from '../models/notifications';
import type { Clock } from '../models/session';
import { NEWS_MESSAGE, READ_MESSAGE } from '../sw/notice-settings';
import { hasKey, subscriptionOf } from '../sw/subscription';

export const clock: Clock = {
  after(ms, act) {
    const timer = setTimeout(act, ms);
    return () => clearTimeout(timer);
  },
  hasNetwork: () => navigator.onLine,
};

const isApple = () => /iPhone|iPad|iPod/.test(navigator.userAgent);
const isInstalled = () => matchMedia('(display-mode: standalone)').matches;

const registration = () => navigator.serviceWorker.getRegistration();

const push: PushPort = {
  async ready() {
    return (await registration()) !== undefined;
  },
  async subscribe(key) {
    const manager = (await navigator.serviceWorker.ready).pushManager;
    const former = await manager.getSubscription();
    // With a key that the relay no longer has.
    if (former && !hasKey(former, key)) await former.unsubscribe();
    return subscriptionOf(await manager.subscribe({ userVisibleOnly: true, applicationServerKey: key }));
  },
  async unsubscribe() {
    await (await (await registration())?.pushManager.getSubscription())?.unsubscribe();
  },
};

export const attentionPort: AttentionPort = {
  hidden: () => document.visibilityState === 'hidden',
  tell(what) {
    void registration().then((found) =>
      found?.active?.postMessage({ type: what === 'news' ? NEWS_MESSAGE : READ_MESSAGE }),
    );
  },
  after: (ms, act) => void setTimeout(act, ms),
};

export const notificationPort: NotificationPort = {
  supported: 'Notification' in globalThis && 'serviceWorker' in navigator,
  needsInstall: isApple() && !isInstalled() && !('Notification' in globalThis),
  permission: () => Notification.permission,
  request: () => Notification.requestPermission(),
  push: 'serviceWorker' in navigator && 'PushManager' in globalThis ? push : undefined,
};

/** A passkey protects the store only when it gives a secret (PRF). Where the browser can't say, it is tried. */
export async function passkeyAvailable(): Promise<boolean> {
  if (!('PublicKeyCredential' in globalThis)) return false;
  // The DOM's types say that this is everywhere; older browsers don't have it.
  const type = PublicKeyCredential as unknown as {
    isUserVerifyingPlatformAuthenticatorAvailable(): Promise<boolean>;
    getClientCapabilities?: () => Promise<Record<string, boolean>>;
  };
  try {
    if (!(await type.isUserVerifyingPlatformAuthenticatorAvailable())) return false;
    const capabilities = await type.getClientCapabilities?.();
    return capabilities?.['extension:prf'] !== false;
  } catch {
    return false;
  }
}

/** Chromium tells before it would ask; the app asks when the person presses the button instead. */
interface InstallPrompt extends globalThis.Event {
  prompt(): Promise<{ outcome: 'accepted' | 'dismissed' }>;
}
let installPrompt: InstallPrompt | undefined;
const installListeners = new Set<() => void>();

export function watchInstall(): void {
  addEventListener('beforeinstallprompt', (event) => {
    event.preventDefault();
    installPrompt = event as InstallPrompt;
    for (const listener of installListeners) listener();
  });
}
export const onInstall = (listener: () => void) => {
  installListeners.add(listener);
  return () => {
    installListeners.delete(listener);
  };
};
export const canInstall = () => installPrompt !== undefined;
export async function install(): Promise<void> {
  await installPrompt?.prompt();
  installPrompt = undefined;
  for (const listener of installListeners) listener();
}
