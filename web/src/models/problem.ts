/** What went wrong, for people: from a stable code to a sentence in their language that says what to do. */
import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';

export interface Problem {
  readonly code: string;
  readonly text: MessageDescriptor | string;
  /** Doing the same again may help. */
  readonly retry: boolean;
}

const known: Record<string, { text: MessageDescriptor; retry?: true }> = {
  unreachable: {
    text: msg`The server can’t be reached. Check your connection, then try again; nothing is lost.`,
    retry: true,
  },
  draining: { text: msg`The server is restarting. Try again in a moment.`, retry: true },
  internal: { text: msg`The server had a fault. Try again; if it stays, tell your administrator.`, retry: true },
  rate_limited: { text: msg`Too many attempts. Wait a minute, then try again.`, retry: true },
  storage_full: { text: msg`There is no room left. Make some, then try again.`, retry: true },
  unexpected_answer: {
    text: msg`The server answers with something else than Chancery. A network sign-in page may be in between.`,
    retry: true,
  },
  proxy_too_large: {
    text: msg`Something between you and the server takes nothing as large as this. Tell your administrator: it has to allow 16 MiB.`,
  },
  invalid_link: { text: msg`This link isn’t complete. Copy the whole link, including the part after #.` },
  link_version: { text: msg`This link was made by a newer version. Update Chancery, then open it again.` },
  insecure_link: { text: msg`This link isn’t encrypted (http). Ask for one that begins with https.` },
  invitation_unknown: { text: msg`The server doesn’t know this invitation. Ask for a new one.` },
  invitation_used: {
    text: msg`This invitation was used already. If it wasn’t you, tell your administrator. If it was, link this device from the one you joined with.`,
  },
  invitation_expired: { text: msg`This invitation’s time is over. Ask for a new one.` },
  invitation_untrusted: {
    text: msg`This invitation isn’t signed by the organisation it names. Don’t use it; tell whoever sent it.`,
  },
  untrusted_organisation: {
    text: msg`The server can’t prove that it belongs to the organisation. Don’t go on; tell your administrator.`,
  },
  user_exists: { text: msg`This person has joined already. Link this device from the one that is in use.` },
  already_joined: { text: msg`This browser belongs to an account already.` },
  link_closed: { text: msg`This code was used, or its time is over. Show a new one on the new device.` },
  link_over: { text: msg`This code was not approved in time, or refused. Show a new one.`, retry: true },
  link_untrusted: { text: msg`This code doesn’t fit what the new device asked for. Show a new one on the new device.` },
  too_many_devices: { text: msg`You have as many devices as allowed. Remove one first.` },
  other_organisation: { text: msg`This link leads into a group of another organisation.` },
  too_many_requests: {
    text: msg`You asked several times within a minute. Wait a minute, then try again.`,
    retry: true,
  },
  other_relay: { text: msg`This code belongs to another organisation’s server.` },
  own_device: { text: msg`This code comes from this device. Scan it with the other one.` },
  not_found: { text: msg`This code is no longer valid. Show a new one on the new device.` },
  wrong_pin: { text: msg`This PIN isn’t right.`, retry: true },
  wait: { text: msg`Too many wrong PINs. Wait a little, then try again.`, retry: true },
  too_many_attempts: { text: msg`Too many wrong attempts. Wait before you try again.` },
  passkey_cancelled: { text: msg`The passkey wasn’t confirmed. Try again, or use a PIN.`, retry: true },
  passkey_unsupported: { text: msg`This passkey can’t protect data on this device. Use a PIN instead.` },
  device_revoked: { text: msg`This device was removed. Link it again.` },
  quota_exceeded: { text: msg`Your storage for files is used up. Delete files, or ask your administrator.` },
  too_large: { text: msg`This is larger than your organisation allows.` },
  unsupported_version: { text: msg`Chancery and the server are of different versions. Reload the page.`, retry: true },
};

const hasCode = (error: unknown): error is { code: string; message: string } =>
  typeof error === 'object' &&
  error !== null &&
  'code' in error &&
  typeof error.code === 'string' &&
  'message' in error;

/** Every error becomes a sentence; an unknown code keeps the sentence that came with it. */
export function problemOf(error: unknown): Problem {
  if (hasCode(error)) {
    const entry = known[error.code];
    return entry
      ? { code: error.code, text: entry.text, retry: entry.retry ?? false }
      : { code: error.code, text: error.message, retry: true };
  }
  return {
    code: 'crashed',
    text: msg`Something went wrong in the app. Try again; if it stays, reload the page.`,
    retry: true,
  };
}

export const problem = (code: keyof typeof known): Problem => problemOf({ code, message: code });
