/**
 * What the core tells in English (notes in a conversation, warnings), in the reader's language: a stable word says what it is about, the sentence
 * holds the names. A sentence that isn't known here stays as it came. `sentences.test.ts` holds them against the core's source.
 */
import type { MessageDescriptor } from '@lingui/core';
import { i18n } from '@lingui/core';
import { msg } from '@lingui/core/macro';

/** What the pattern found, in its order. */
type Say = (one: string, two: string) => MessageDescriptor;

/** Letters that are written from right to left (UAX #9). */
const FROM_THE_RIGHT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** A name stays in its place, whichever way it is written: isolated from a sentence that runs the other way. */
const isolated = (name = ''): string => (FROM_THE_RIGHT.test(name) ? `\u2068${name}\u2069` : name);

const span = (text: string): string => {
  const [count, unit = ''] = text.split(' ');
  const style = { style: 'unit', unit: unit.replace(/s$/, ''), unitDisplay: 'long' } as const;
  return new Intl.NumberFormat(i18n.locale, style).format(Number(count));
};

const known: Record<string, readonly (readonly [RegExp, Say])[]> = {
  created: [[/^You started this conversation/, () => msg`You started this conversation.`]],
  added: [
    [/^(.+) added you\. You read on from here\.$/s, (name) => msg`${name} added you. You read on from here.`],
    [/^You added (.+)\.$/s, (name) => msg`You added ${name}.`],
    [/^The organisation added (.+)\.$/s, (name) => msg`The organisation added ${name}.`],
    [/^(.+) added (.+)\.$/s, (by, name) => msg`${by} added ${name}.`],
  ],
  left: [
    [/^(.+) left\.$/s, (name) => msg`${name} left.`],
    [/^(.+) is no longer in the group\.$/s, (name) => msg`${name} is no longer in the group.`],
  ],
  removed: [
    [/^You left/, () => msg`You left.`],
    [/^You were removed/, () => msg`You were removed from this conversation.`],
    [
      /^The relay says that this device isn't/,
      () =>
        msg`The server says that this device isn’t in this conversation any more, so it can’t be repaired. Ask a member to add you.`,
    ],
  ],
  role: [
    [/^You: now admin/, () => msg`You are an admin now.`],
    [/^You: now member/, () => msg`You are a member now.`],
    [/^You: now reader/, () => msg`You can only read now.`],
    [/^(.+): now admin/s, (name) => msg`${name} is an admin now.`],
    [/^(.+): now member/s, (name) => msg`${name} is a member now.`],
    [/^(.+): now reader/s, (name) => msg`${name} can only read now.`],
  ],
  renamed: [
    [/^You named this conversation “(.+)”\.$/s, (title) => msg`You named this conversation “${title}”.`],
    [/^(.+) named this conversation “(.+)”\.$/s, (name, title) => msg`${name} named this conversation “${title}”.`],
  ],
  picture: [
    [/^You changed the picture/, () => msg`You changed the picture of this conversation.`],
    [/^You removed the picture/, () => msg`You removed the picture of this conversation.`],
    [/^(.+) changed the picture/s, (name) => msg`${name} changed the picture of this conversation.`],
    [/^(.+) removed the picture/s, (name) => msg`${name} removed the picture of this conversation.`],
  ],
  disappearing: [
    [
      /^You set messages to disappear after (\d+ \w+)\.$/,
      (text) => {
        const time = span(text);
        return msg`You set messages to disappear after ${time}.`;
      },
    ],
    [
      /^(.+) set messages to disappear after (\d+ \w+)\.$/s,
      (name, text) => {
        const time = span(text);
        return msg`${name} set messages to disappear after ${time}.`;
      },
    ],
    [/^You turned disappearing messages off/, () => msg`You turned disappearing messages off.`],
    [/^(.+) turned disappearing messages off/s, (name) => msg`${name} turned disappearing messages off.`],
  ],
  group_link: [
    [/^You made a link/, () => msg`You made a link that lets people into this group.`],
    [/^(.+) made a link that/s, (name) => msg`${name} made a link that lets people into this group.`],
    [/^You made a new link/, () => msg`You made a new link into this group. The former one doesn’t work any more.`],
    [
      /^(.+) made a new link/s,
      (name) => msg`${name} made a new link into this group. The former one doesn’t work any more.`,
    ],
    [/^The link into this group/, () => msg`The link into this group was turned off, because somebody went.`],
    [/^You turned off the link/, () => msg`You turned off the link into this group.`],
    [/^(.+) turned off the link/s, (name) => msg`${name} turned off the link into this group.`],
  ],
  join_asked: [[/^You asked (.+) to let you/s, (name) => msg`You asked ${name} to let you into a group.`]],
  join_let_in: [
    [/^(.+) joined “(.+)” with your link\.$/s, (name, title) => msg`${name} joined “${title}” with your link.`],
    [/^(.+) let you into “(.+)”\.$/s, (name, title) => msg`${name} let you into “${title}”.`],
    [/^(.+) let you into the group\.$/s, (name) => msg`${name} let you into the group.`],
  ],
  join_refused: [
    [
      /^(.+) asked to be let into “(.+)” with a link/s,
      (name, title) => msg`${name} asked to be let into “${title}” with a link that doesn’t work any more.`,
    ],
    [
      /^The link doesn't work any more\. Ask (.+) for a new one\.$/s,
      (name) => msg`The link doesn’t work any more. Ask ${name} for a new one.`,
    ],
  ],
  rejoined: [
    [
      /^This device rejoined/,
      () =>
        msg`This device rejoined the conversation. Messages sent while it was out are missing here; another of your devices, or another member, may have them.`,
    ],
    [/^You rejoined/, () => msg`You rejoined with one of your devices.`],
    [/^(.+) rejoined/s, (name) => msg`${name} rejoined with one of their devices.`],
  ],
  identity_changed: [
    [
      /^(.+) has a new identity/s,
      (name) =>
        msg`${name} has a new identity, approved by the organisation: with a new invitation, for example. Compare safety numbers to be sure that it is them.`,
    ],
  ],
  relay_rolled_back: [
    [
      /^The relay has lost messages/,
      () =>
        msg`The server has lost messages of this conversation that this device has: it was restored from an older backup, or it cheats. What is here stays here. Tell your administrator.`,
    ],
  ],
  history_mismatch: [
    [
      /^The relay shows you and another member/,
      () =>
        msg`The server shows you and another member different histories of this conversation: messages may have been withheld, added or reordered. Tell your administrator.`,
    ],
  ],
  log_time: [
    [
      /^The relay's time for this conversation went back/,
      () =>
        msg`The server’s time for this conversation went back: its clock was wrong before, or is now. Messages keep their order. Tell your administrator.`,
    ],
  ],
  certificate_not_renewed: [
    [
      /^This device's clock and the relay's/,
      () =>
        msg`This device’s clock and the server’s are more than a day apart, so this device can’t renew its certificate. Set this device’s clock. If it is right, tell your administrator.`,
    ],
    [
      /^This device can't renew its certificate/,
      () => msg`This device can’t renew its certificate. If this stays, link it anew from another of your devices.`,
    ],
  ],
  log_gap: [
    [
      /^The relay skipped/,
      () =>
        msg`The server skipped messages of this conversation. Nothing after them is shown, so that nothing is shown in a wrong order. Tell your administrator.`,
    ],
  ],
  forged_sender: [
    [
      /^The relay named another sender/,
      () =>
        msg`The server named another sender for a message than the one who really sent it. The true sender is shown. Tell your administrator.`,
    ],
    [
      /^The relay repeated an old change/,
      () => msg`The server repeated an old change of this conversation. It was refused.`,
    ],
    [
      /^The relay or a member proposed/,
      () => msg`The server or a member proposed a change of this conversation that was refused.`,
    ],
    [
      /^The relay delivered a message a second time/,
      () => msg`The server delivered a message a second time. It was refused.`,
    ],
  ],
  replacement_refused: [
    [
      /^The relay tried to put another/,
      () =>
        msg`The server tried to put another conversation in the place of this one, with an invitation into it, although you are in it. That was refused, and nothing has changed. Tell your administrator.`,
    ],
  ],
  message_held: [
    [
      /^What you wrote here waits/,
      () => msg`What you wrote here waits: somebody was added after you wrote it. Send it or delete it.`,
    ],
  ],
  link_never_came: [
    [
      /^A device that you approved/,
      () => msg`A device that you approved never came, so the approval was taken back. Link it again, if you want it.`,
    ],
  ],
  link_used: [
    [/^The new device is one/, () => msg`The new device is one of your devices already. To take it out, remove it.`],
  ],
  offered: [
    [
      /^This device was added to this/,
      () =>
        msg`This device was added to this conversation again, but hasn’t seen how it went out of it. Look who is in it now, then join again: repair it.`,
    ],
  ],
  damaged: [
    [
      /^The relay says that this device was removed/,
      () =>
        msg`The server says that this device was removed from this conversation and added again, and doesn’t show how. Repair it to go on; you will see who is in it now.`,
    ],
    [
      /^This conversation can't go on/,
      () =>
        msg`This conversation can’t go on: a change of it was refused. Nothing is lost up to here. Repair it to go on; if this happens again, tell your administrator.`,
    ],
    [
      /^The relay says that this device isn't/,
      () =>
        msg`The server says that this device isn’t in this conversation any more, without showing who removed it. Ask a member, or repair it.`,
    ],
  ],
  behind_horizon: [
    [
      /^This device was away too long/,
      () =>
        msg`This device was away too long: the server no longer has all messages of this conversation. Repair it to go on from now; another of your devices may still have what is missing here.`,
    ],
  ],
  unreadable: [
    [
      /^A message that this device sent before/,
      () =>
        msg`A message that this device sent before it was restored can’t be shown here; your other devices have it.`,
    ],
    [/^A message can't be read/, () => msg`A message can’t be read on this device. Ask the sender to send it again.`],
    [/^(.+) sent something that can't be shown/s, (name) => msg`${name} sent something that can’t be shown.`],
  ],
  rule_violated: [
    [/^(.+) may only read here/s, (name) => msg`${name} may only read here; what they sent is not shown.`],
    [
      /^Somebody set messages to disappear later/,
      () => msg`Somebody set messages to disappear later than the organisation’s policy allows. It was refused.`,
    ],
  ],
  storage_full: [
    [
      /^The relay's disk is nearly full/,
      () =>
        msg`The server’s disk is nearly full, so your messages wait and go out by themselves when there is room. Tell your administrator.`,
    ],
  ],
  untrusted_device: [
    [
      /^A device that calls itself yours/,
      () =>
        msg`A device that calls itself yours, but that you never linked, is in this conversation. Tell your administrator.`,
    ],
    [
      /^The relay lists a device as yours/,
      () =>
        msg`The server lists a device as yours that you never linked. It gets nothing from here. Tell your administrator.`,
    ],
    [
      /^The relay offered a key package for (\S+)/,
      (user) => msg`The server offered a key of ${user} that can’t be trusted. It isn’t used. Tell your administrator.`,
    ],
  ],
  device_linked: [[/was linked by/, () => msg`A new device was linked to you. If it wasn’t you, remove it at once.`]],
  untrusted_organisation: [
    [/./, () => msg`The server can’t prove any more that it belongs to your organisation. Tell your administrator.`],
  ],
  refused_welcome: [
    [
      /./,
      () =>
        msg`This device was to be added to a conversation, but that can’t be trusted or no longer works. Ask to be added again.`,
    ],
  ],
};

export function sentence(code: string, text: string): string {
  for (const [pattern, say] of known[code] ?? []) {
    const found = pattern.exec(text);
    if (found) return i18n._(say(isolated(found[1]), isolated(found[2])));
  }
  return text;
}

/** Whose identity changed, by name: the core's sentence begins with it. */
export const nameIn = (text: string): string | undefined => /^(.+) has a new identity/s.exec(text)?.[1];
