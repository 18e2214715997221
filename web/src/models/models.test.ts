import { expect, test, vi } from 'vitest';
import { FAKE_DEVICE_LINK, FAKE_INVITATION, FAKE_PIN, FakeEngine } from '../engine/fake';
import { AppLockModel } from './app-lock';
import type { DeviceView } from '../api';
import { ApproveDeviceModel } from './approve-device';
import { deviceLabel } from './device-label';
import { AGAIN_MS, DevicesModel } from './devices';
import { JoinModel } from './join';
import { LinkDeviceModel } from './link-device';
import { readLink, spaced } from './links';
import { NotificationsModel } from './notifications';
import { pinProblem } from './pin';
import { DEFAULTS, PreferencesModel } from './preferences';
import { problemOf } from './problem';
import { fromBase64Url, ProfileModel } from './profile';
import { SafetyNumberModel } from './safety-number';
import { SessionModel, type Clock } from './session';
import { StorageUseModel } from './storage-use';

const memory = (): Pick<Storage, 'getItem' | 'setItem'> => {
  const map = new Map<string, string>();
  return { getItem: (key) => map.get(key) ?? null, setItem: (key, value) => void map.set(key, value) };
};

test('an invitation is read with its fingerprint, also out of a mail', () => {
  const read = readLink(`Hello Ana,\nplease open <${FAKE_INVITATION}>.`);
  expect(read).toMatchObject({
    kind: 'invitation',
    host: 'chat.lindenhof.example',
    link: FAKE_INVITATION,
    fingerprint: '01'.repeat(32),
  });
});

test.each([
  ['', 'invalid_link'],
  ['hello', 'invalid_link'],
  [FAKE_INVITATION.slice(0, -1), 'invalid_link'],
  [FAKE_INVITATION.replace('/i#', '/x#'), 'invalid_link'],
  [FAKE_INVITATION.replace('https://', 'https://me:you@'), 'invalid_link'],
  [FAKE_INVITATION.replace('https', 'http'), 'insecure_link'],
  [FAKE_INVITATION.replace('#AQ', '#Ag'), 'link_version'],
])('the damaged link %s is refused as %s', (text, problem) => {
  expect(readLink(text)).toEqual({ problem });
});

test('http is allowed on this machine', () => {
  expect(readLink(FAKE_DEVICE_LINK.replace('https://chat.lindenhof.example', 'http://127.0.0.1:8008'))).toMatchObject({
    kind: 'device',
    host: '127.0.0.1:8008',
  });
});

test('a fingerprint is spaced for reading aloud', () => {
  expect(spaced('0123456789ab')).toBe('0123 4567 89ab');
});

test.each([
  '123',
  '12345',
  '123456',
  '654321',
  '111111',
  '135791',
  '121212',
  '123123',
  '112211',
  '240589',
  '890524',
  '12241989',
  '19891224',
  '159753',
  '112112',
])('the weak PIN %s is refused', (pin) => {
  expect(pinProblem(pin)).toBeDefined();
});

test.each(['482913', '739104', '8204671', '5938274610'])('the PIN %s is accepted', (pin) => {
  expect(pinProblem(pin)).toBeUndefined();
});

test('joining goes through lock and join to the welcome, and asks to keep the data', async () => {
  const engine = new FakeEngine({ joined: false });
  const join = new JoinModel(engine, 'Chrome · Linux', FAKE_INVITATION);
  expect(join.getSnapshot().step).toBe('invitation');
  await join.accept();
  expect(join.getSnapshot().step).toBe('lock');
  await join.protect({ pin: FAKE_PIN });
  expect(join.getSnapshot()).toMatchObject({
    step: 'welcome',
    busy: false,
    joined: { name: 'Ana Ruiz', organisation: 'Lindenhof Studios' },
  });
  expect(engine.commands).toEqual([{ type: 'join', link: FAKE_INVITATION, label: 'Chrome · Linux' }]);
  expect((await engine.storage()).persisted).toBe(true);
});

test('a network cut while joining leaves the store and the link, and the retry joins', async () => {
  const engine = new FakeEngine({ joined: false });
  const join = new JoinModel(engine, 'Chrome', FAKE_INVITATION);
  await join.accept();
  engine.failNext('passkey_cancelled');
  await join.protect({ passkey: true });
  expect(join.getSnapshot()).toMatchObject({
    step: 'lock',
    busy: false,
    problem: { code: 'passkey_cancelled', retry: true },
  });
  const create = vi.spyOn(engine, 'create');
  const commands = vi
    .spyOn(engine, 'command')
    .mockRejectedValueOnce(Object.assign(new Error('no network'), { code: 'unreachable' }));
  await join.protect({ pin: FAKE_PIN });
  expect(join.getSnapshot()).toMatchObject({
    step: 'joining',
    busy: false,
    locked: true,
    problem: { code: 'unreachable', retry: true },
  });
  await join.join();
  expect(join.getSnapshot().step).toBe('welcome');
  expect(create).toHaveBeenCalledTimes(1);
  expect(commands).toHaveBeenCalledTimes(2);
});

test('after a reload in the middle of joining the lock is not asked for again', async () => {
  const engine = new FakeEngine({ joined: false, status: { phase: 'ready', connection: 'online' } });
  const join = new JoinModel(engine, 'Chrome', FAKE_INVITATION);
  await join.accept();
  expect(join.getSnapshot().step).toBe('welcome');
});

test('a used invitation says so and is not offered again', async () => {
  const engine = new FakeEngine({ joined: false, status: { phase: 'ready', connection: 'online' } });
  const join = new JoinModel(engine, 'Chrome', FAKE_INVITATION);
  engine.failNext('invitation_used');
  await join.accept();
  expect(join.getSnapshot().problem).toMatchObject({ code: 'invitation_used', retry: false });
});

test('a device link is no invitation', () => {
  expect(new JoinModel(new FakeEngine({ joined: false }), 'x', FAKE_DEVICE_LINK).getSnapshot()).toMatchObject({
    step: 'link',
    problem: { code: 'invalid_link' },
  });
});

test('a new device shows a code, then the history, then is done', async () => {
  const engine = new FakeEngine({ joined: false });
  const link = new LinkDeviceModel(engine, 'https://chat.lindenhof.example', 'Chrome · Android');
  await link.protect({ pin: FAKE_PIN });
  expect(link.getSnapshot()).toMatchObject({ step: 'code', link: FAKE_DEVICE_LINK, matchingCode: '408517' });
  engine.emit({ type: 'linked', user: 'ana.ruiz@lindenhof.example' });
  engine.emit({ type: 'history_progress', messages: 120, total: 800, done: false });
  expect(link.getSnapshot()).toMatchObject({ step: 'history', history: { done: 120, total: 800 } });
  engine.emit({ type: 'history_progress', messages: 800, total: 800, done: true });
  expect(link.getSnapshot().step).toBe('done');
});

test('a failed start of linking can be repeated and makes a new code', async () => {
  const engine = new FakeEngine({ joined: false, status: { phase: 'ready', connection: 'offline' } });
  const link = new LinkDeviceModel(engine, 'https://chat.lindenhof.example', 'Chrome');
  engine.failNext('unreachable');
  await link.resume();
  expect(link.getSnapshot()).toMatchObject({ step: 'code', busy: false, problem: { retry: true } });
  await link.start();
  expect(link.getSnapshot().matchingCode).toBe('408517');
});

test('a device is approved only after presence was proved', async () => {
  const engine = new FakeEngine();
  const approve = new ApproveDeviceModel(engine);
  await approve.open(FAKE_DEVICE_LINK);
  expect(approve.getSnapshot()).toMatchObject({
    step: 'compare',
    label: 'Chrome on Android',
    matchingCode: '408517',
    methods: ['pin'],
  });
  approve.matches();
  await approve.approve({ pin: '999999' });
  expect(approve.getSnapshot()).toMatchObject({ step: 'presence', problem: { code: 'wrong_pin' } });
  expect(engine.commands.map((command) => command.type)).toEqual(['inspect_link']);
  approve.setHistory(false);
  await approve.approve({ pin: FAKE_PIN });
  expect(approve.getSnapshot().step).toBe('done');
  expect(engine.commands.at(-1)).toEqual({ type: 'approve_link', link: FAKE_DEVICE_LINK, history: false });
});

test('devices: this one first, and a removed one goes', async () => {
  const engine = new FakeEngine();
  const model = new DevicesModel(engine);
  await vi.waitFor(() => expect(model.getSnapshot().devices).toHaveLength(3));
  expect(model.getSnapshot().devices?.map((device) => device.this)).toEqual([true, false, false]);
  const other = model.getSnapshot().devices?.[2]?.device ?? '';
  expect(await model.remove(other)).toBe(true);
  expect(model.getSnapshot().devices?.map((device) => device.device)).not.toContain(other);
  model.dispose();
});

test('devices: one that was removed is shown last, and asked after until it has left every conversation', async () => {
  vi.useFakeTimers();
  const engine = new FakeEngine();
  let removing: DeviceView['removing'] = { done: 3, total: 120 };
  const ask = engine.ask.bind(engine);
  engine.ask = (async (query: Parameters<typeof ask>[0]) => {
    const answer = await ask(query);
    if (query.type !== 'devices') return answer;
    const [first, second, ...others] = answer as DeviceView[];
    return removing === null ? [first, ...others] : [first, { ...second, removing }, ...others];
  }) as typeof engine.ask;
  const model = new DevicesModel(engine);
  await vi.advanceTimersByTimeAsync(AGAIN_MS);
  expect(model.getSnapshot().devices?.at(-1)?.removing).toEqual({ done: 3, total: 120 });
  const refreshes = () => engine.commands.filter((command) => command.type === 'refresh_devices').length;
  expect(refreshes()).toBe(2);
  removing = null;
  await vi.advanceTimersByTimeAsync(AGAIN_MS * 5);
  expect(model.getSnapshot().devices).toHaveLength(2);
  expect(refreshes()).toBe(3);
  model.dispose();
  vi.useRealTimers();
});

test('devices: one that was just linked is asked after until it has connected', async () => {
  vi.useFakeTimers();
  const engine = new FakeEngine();
  let connected = false;
  const ask = engine.ask.bind(engine);
  engine.ask = (async (query: Parameters<typeof ask>[0]) => {
    const answer = await ask(query);
    if (query.type !== 'devices' || connected) return answer;
    return (answer as DeviceView[]).map((device) => (device.this ? device : { ...device, last_seen_day: null }));
  }) as typeof engine.ask;
  const model = new DevicesModel(engine);
  const refreshes = () => engine.commands.filter((command) => command.type === 'refresh_devices').length;
  await vi.advanceTimersByTimeAsync(AGAIN_MS * 2);
  expect(model.getSnapshot().devices?.[1]?.last_seen_day).toBeNull();
  expect(refreshes()).toBe(3);
  connected = true;
  await vi.advanceTimersByTimeAsync(AGAIN_MS * 5);
  expect(model.getSnapshot().devices?.[1]?.last_seen_day).not.toBeNull();
  expect(refreshes()).toBe(4);
  connected = false;
  model.dispose();
  engine.emit({ type: 'devices_changed' });
  await vi.advanceTimersByTimeAsync(AGAIN_MS * 5);
  expect(refreshes()).toBe(4);
  vi.useRealTimers();
});

test('a scanned safety number of the same digits verifies, another one warns', async () => {
  const engine = new FakeEngine();
  const model = new SafetyNumberModel(engine, 'marcus.weber@lindenhof.example');
  await vi.waitFor(() => expect(model.getSnapshot().number?.verified).toBe(false));
  const digits = model.getSnapshot().number?.digits ?? '';
  await model.scanned(digits.replace('4', '5'));
  expect(model.getSnapshot()).toMatchObject({ compared: 'different', number: { verified: false } });
  await model.scanned(digits.replaceAll(' ', ''));
  expect(model.getSnapshot()).toMatchObject({ compared: 'same', number: { verified: true } });
});

test('the lock counts attempts, opens with the right PIN and can be changed', async () => {
  const engine = new FakeEngine({ status: { phase: 'locked', methods: ['pin'], attemptsLeft: 5 } });
  const model = new AppLockModel(engine);
  expect(await model.unlock({ pin: '000000' })).toBe(false);
  expect(model.getSnapshot()).toMatchObject({ attemptsLeft: 4, problem: { code: 'wrong_pin' } });
  expect(await model.unlock({ pin: FAKE_PIN })).toBe(true);
  expect(engine.status().phase).toBe('ready');
  expect(await model.change({ pin: FAKE_PIN }, { passkey: true })).toBe(true);
  expect(model.getSnapshot().methods).toEqual(['passkey']);
  // How long it stays open is the lock's to say, not a setting's beside it.
  expect(await model.setLease(0)).toBe(true);
  expect(model.getSnapshot().leaseHours).toBe(0);
  model.dispose();
});

test('preferences survive a reload, and rubbish in storage does no harm', () => {
  const storage = memory();
  new PreferencesModel(storage).change({ theme: 'dark', language: 'fr' });
  expect(new PreferencesModel(storage).getSnapshot()).toMatchObject({
    theme: 'dark',
    language: 'fr',
    textSize: 'normal',
  });
  new PreferencesModel(storage).change({ enterSends: false });
  expect(new PreferencesModel(storage).getSnapshot()).toMatchObject({ theme: 'dark', enterSends: false });
  storage.setItem('preferences', '{"theme":"pink","textSize":3,"constructor":1,"enterSends":"no","language":"es"}');
  expect(new PreferencesModel(storage).getSnapshot()).toEqual({ ...DEFAULTS, language: 'es' });
  storage.setItem('preferences', 'not json');
  expect(new PreferencesModel(storage).getSnapshot()).toEqual(DEFAULTS);
});

test.each([
  [{ supported: false, needsInstall: false, permission: 'default' }, 'unsupported'],
  [{ supported: false, needsInstall: true, permission: 'default' }, 'needs-install'],
  [{ supported: true, needsInstall: false, permission: 'denied' }, 'denied'],
  [{ supported: true, needsInstall: false, permission: 'default' }, 'off'],
] as const)('notifications with %o are %s', (port, state) => {
  const model = new NotificationsModel(
    { ...port, permission: () => port.permission, request: () => Promise.resolve('denied') },
    new PreferencesModel(memory()),
  );
  expect(model.getSnapshot().state).toBe(state);
});

test('notifications are on after the browser agreed, and off at once when switched off', async () => {
  let permission: NotificationPermission = 'default';
  const request = () => {
    permission = 'granted';
    return Promise.resolve(permission);
  };
  const model = new NotificationsModel(
    { supported: true, needsInstall: false, permission: () => permission, request },
    new PreferencesModel(memory()),
  );
  await model.enable();
  expect(model.getSnapshot().state).toBe('on');
  await model.disable();
  expect(model.getSnapshot().state).toBe('off');
});

test('storage use is read, and keeping the data is asked for', async () => {
  const model = new StorageUseModel(new FakeEngine());
  await vi.waitFor(() => expect(model.getSnapshot().persisted).toBe(false));
  await model.persist();
  expect(model.getSnapshot()).toMatchObject({ persisted: true, refused: false });
});

class Timer implements Clock {
  network = true;
  acts: (() => void)[] = [];
  after(_ms: number, act: () => void): () => void {
    this.acts.push(act);
    return () => {
      this.acts = this.acts.filter((other) => other !== act);
    };
  }
  readonly hasNetwork = () => this.network;
  pass(): void {
    for (const act of this.acts.splice(0)) act();
  }
}

test('a short cut shows nothing; a longer one says offline or that the server is away', () => {
  const [engine, clock] = [new FakeEngine(), new Timer()];
  const session = new SessionModel(engine, clock);
  engine.setStatus({ phase: 'ready', connection: 'offline' });
  engine.setStatus({ phase: 'ready', connection: 'online' });
  clock.pass();
  expect(session.getSnapshot().notice).toBeUndefined();
  engine.setStatus({ phase: 'ready', connection: 'offline' });
  engine.setStatus({ phase: 'ready', connection: 'connecting' });
  clock.pass();
  expect(session.getSnapshot().notice).toBe('relay-down');
  clock.network = false;
  engine.setStatus({ phase: 'ready', connection: 'offline' });
  expect(session.getSnapshot().notice).toBe('offline');
  engine.setStatus({ phase: 'ready', connection: 'catching-up' });
  expect(session.getSnapshot().notice).toBe('catching-up');
  engine.setStatus({ phase: 'ready', connection: 'online' });
  expect(session.getSnapshot().notice).toBeUndefined();
  session.dispose();
});

test('who one is is known after start, and forgotten when locked', async () => {
  const engine = new FakeEngine();
  const session = new SessionModel(engine, new Timer());
  await vi.waitFor(() => expect(session.getSnapshot()).toMatchObject({ account: { name: 'Ana Ruiz' }, waiting: 1 }));
  await engine.lock();
  expect(session.getSnapshot()).toMatchObject({ status: { phase: 'locked' }, account: undefined });
});

test('a code that nobody knows keeps its sentence', () => {
  expect(problemOf({ code: 'brand_new', message: 'Do this.' })).toEqual({
    code: 'brand_new',
    text: 'Do this.',
    retry: true,
  });
  expect(problemOf(new Error('x')).code).toBe('crashed');
});

test.each([
  [
    'Mozilla/5.0 (Linux; Android 15; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36',
    'Chrome · Android',
  ],
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox · Windows'],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Mobile/15E148 Safari/604.1',
    'Safari · iPhone',
  ],
])('%s is called %s', (agent, label) => {
  expect(deviceLabel(agent)).toBe(label);
});

test('a picture goes to the core as base64url and is taken away again', async () => {
  const engine = new FakeEngine();
  const model = new ProfileModel(engine);
  await vi.waitFor(() => expect(model.getSnapshot().account?.name).toBe('Ana Ruiz'));
  expect(await model.setPicture(new Blob([new Uint8Array([255, 254, 0, 1])], { type: 'image/webp' }))).toBe(true);
  expect(engine.commands.at(-1)).toEqual({ type: 'set_picture', picture: '__4AAQ' });
  expect(await model.setPicture(undefined)).toBe(true);
  expect(engine.commands.at(-1)).toEqual({ type: 'set_picture', picture: null });
  expect([...fromBase64Url('__4AAQ')]).toEqual([255, 254, 0, 1]);
  model.dispose();
});
