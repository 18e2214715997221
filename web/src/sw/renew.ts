/// <reference lib="webworker" />
/** The browser's push service gave the subscription up: a new one, told to the relay by the window that is open, or at the next start. */
import { subscriptionOf } from './subscription';
import { askOwner } from './owner';

const MILLIS = 10_000;

export async function renewSubscription(
  scope: ServiceWorkerGlobalScope,
  { oldSubscription }: PushSubscriptionChangeEvent,
): Promise<void> {
  const applicationServerKey = oldSubscription?.options.applicationServerKey;
  if (!applicationServerKey) return;
  const renewed = await scope.registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey });
  const subscription = subscriptionOf(renewed);
  if (!subscription) return;
  const command = { type: 'set_push', subscription } as const;
  // Without a window it is told when the app is opened.
  await askOwner({ type: 'command', command, key: keyOf() }, MILLIS).catch(() => undefined);
}

const keyOf = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
