import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { activateLocale, loadAllWords } from '../../app/locale';
import { sentence } from './sentences';

const core = fileURLToPath(new URL('../../../../crates/core/src', import.meta.url));
/** Of all files, with strings over several lines as one. */
const source = readdirSync(core, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.rs'))
  .map((name) => readFileSync(join(core, name), 'utf8').replace(/\\\n\s*/g, ''))
  .join('\n');

/** What the core writes, as it stands there, and what stands for each of its placeholders. */
const written: [code: string, text: string, ...values: string[]][] = [
  ['created', 'You started this conversation.'],
  ['added', '{} added you. You read on from here.', 'Ana'],
  ['added', '{by} added {}.', 'You', 'Ana'],
  ['added', '{by} added {}.', 'The organisation', 'Ana'],
  ['added', '{by} added {}.', 'Bob', 'Ana'],
  ['left', '{name} left.', 'Ana'],
  ['left', '{name} is no longer in the group.', 'Ana'],
  ['removed', 'You left.'],
  ['removed', 'You were removed from this conversation.'],
  ['removed', "The relay says that this device isn't in this conversation any more, so it can't be repaired."],
  ...['You', 'Ana'].flatMap((who): [string, string, ...string[]][] => [
    ...['admin', 'member', 'reader'].map((role): [string, string, ...string[]] => [
      'role',
      '{name}: now {role}.',
      who,
      role,
    ]),
    ['renamed', '{by} named this conversation “{}”.', who, 'Spring launch'],
    ['picture', '{by} {did} the picture of this conversation.', who, 'changed'],
    ['picture', '{by} {did} the picture of this conversation.', who, 'removed'],
    ['disappearing', '{by} set messages to disappear after {}.', who, '2 weeks'],
    ['disappearing', '{by} turned disappearing messages off.', who],
    ['rejoined', '{by} rejoined with one of their devices.', who],
    ['group_link', '{by} made a link that lets people into this group.', who],
    ['group_link', '{by} made a new link into this group. The former one', who],
    ['group_link', '{by} turned off the link into this group.', who],
  ]),
  ['group_link', 'The link into this group was turned off, because somebody went.'],
  ['join_asked', 'You asked {} to let you into a group.', 'Ana'],
  ['join_let_in', '{name} joined “{title}” with your link.', 'Ana', 'Spring launch'],
  ['join_let_in', '{admin} let you into “{}”.', 'Ana', 'Spring launch'],
  ['join_let_in', '{admin} let you into the group.', 'Ana'],
  [
    'join_refused',
    "{name} asked to be let into “{title}” with a link that doesn't work any more.",
    'Ana',
    'Spring launch',
  ],
  ['join_refused', "The link doesn't work any more. Ask {admin} for a new one.", 'Ana'],
  ['rejoined', 'This device rejoined the conversation. Messages sent while it was out'],
  ['identity_changed', '{} has a new identity, approved by the organisation. Compare safety numbers', 'Ana'],
  ['relay_rolled_back', 'The relay has lost messages of this conversation that this device has'],
  ['history_mismatch', 'The relay shows you and another member different histories of this conversation'],
  ['log_time', "The relay's time for this conversation went back by {} days", '3'],
  ['certificate_not_renewed', "This device's clock and the relay's are more than a day apart"],
  ['certificate_not_renewed', "This device can't renew its certificate ({refusal}).", 'x'],
  ['log_gap', 'The relay skipped from message {} to {} of this conversation', '4', '9'],
  ['forged_sender', 'The relay named another sender for a message than the one who really sent it.'],
  ['forged_sender', 'The relay repeated an old change of this conversation.'],
  ['forged_sender', 'The relay or a member proposed a change of this conversation that was refused ({error}).', 'x'],
  ['forged_sender', 'The relay delivered a message a second time.'],
  ['damaged', 'The relay says that this device was removed from this conversation and added again'],
  ['offered', "This device was added to this conversation again, but hasn't seen how it went out of it."],
  ['replacement_refused', 'The relay tried to put another conversation in the place of this one'],
  ['message_held', 'What you wrote here waits: somebody was added after you wrote it.'],
  ['link_never_came', 'A device that you approved never came, so the approval was taken back.'],
  ['link_used', 'The new device is one of your devices already.'],
  ['damaged', "This conversation can't go on: a change of it was refused ({why}).", 'x'],
  ['damaged', "The relay says that this device isn't in this conversation any more"],
  ['behind_horizon', 'This device was away too long: the relay no longer has messages {} to {head}', '1', '2'],
  ['unreadable', "A message that this device sent before it was restored can't be shown here"],
  ['unreadable', "A message can't be read on this device ({error}).", 'x'],
  ['unreadable', "{} sent something that can't be shown ({error}).", 'Ana', 'x'],
  ['rule_violated', '{} may only read here; what they sent is not shown.', 'Ana'],
  ['rule_violated', "Somebody set messages to disappear later than the organisation's policy allows."],
  [
    'storage_full',
    "The relay's disk is nearly full, so your messages wait and go out by themselves when there is room.",
  ],
  ['untrusted_device', 'A device that calls itself yours, but that you never linked, is in this conversation.'],
  ['untrusted_device', 'The relay lists a device as yours that you never linked.'],
  ['untrusted_device', "The relay offered a key package for {user} that can't be trusted ({why}).", 'a@b', 'x'],
  ['device_linked', '“{}” was linked by another of your devices', 'phone'],
  ['untrusted_organisation', 'The relay shows an older manifest or policy than before.'],
  ['refused_welcome', "This device was to be added to a conversation, but that can't be trusted", 'x'],
];
const filled = (text: string, values: string[]) => {
  const rest = [...values];
  return text.replace(/\{\w*\}/g, () => rest.shift() ?? '');
};

beforeAll(loadAllWords);
afterAll(() => activateLocale('en'));

test.each(written)('what the core tells as %s is known: %s', (code, text, ...values) => {
  expect(source).toContain(`"${code}"`);
  expect(source).toContain(text);
  expect(sentence(code, filled(text, values))).not.toContain('relay');
});

test.each(['es', 'fr'] as const)('all of it is told in the reader’s language: %s', async (locale) => {
  await activateLocale('en');
  const english = written.map(([code, text, ...values]) => sentence(code, filled(text, values)));
  await activateLocale(locale);
  written.forEach(([code, text, ...values], n) => {
    const told = sentence(code, filled(text, values));
    expect(told).not.toBe(english[n]);
    for (const value of values) if (value === 'Ana' || value === 'Spring launch') expect(told).toContain(value);
  });
});

test('a time is said as people say it there', async () => {
  await activateLocale('es');
  expect(sentence('disappearing', 'Bob set messages to disappear after 2 weeks.')).toContain('2 semanas');
});

test('what isn’t known stays as it came', () => {
  expect(sentence('added', 'Somebody came in.')).toBe('Somebody came in.');
  expect(sentence('poll_closed', 'The poll is over.')).toBe('The poll is over.');
});

test('a name written from right to left stays in its place', () => {
  expect(sentence('added', 'Bob added שרה 2.')).toContain('\u2068שרה 2\u2069');
  expect(sentence('added', 'Bob added Ana.')).not.toContain('\u2068');
});
