/** A browser's push subscription as the relay takes it. */
import type { Subscription } from '../api';

const base64url = (bytes: ArrayBuffer) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');

/** Nothing when the browser gives no keys: such a subscription takes no content, not even none. */
export function subscriptionOf(subscription: Pick<PushSubscription, 'endpoint' | 'getKey'>): Subscription | undefined {
  const [p256dh, auth] = [subscription.getKey('p256dh'), subscription.getKey('auth')];
  if (!p256dh || !auth) return undefined;
  return { endpoint: subscription.endpoint, p256dh: base64url(p256dh), auth: base64url(auth) };
}

/** Whether a subscription was made with this key (base64url). */
export const hasKey = (subscription: Pick<PushSubscription, 'options'>, key: string): boolean => {
  const own = subscription.options.applicationServerKey;
  return own !== null && base64url(own) === key;
};
