import { expect, test } from 'vitest';
import type { Command, CommandResult, Event } from '../api';
import { type Engine, EngineError } from '../engine/engine';
import { watchAttention } from './attention';
import { type NotificationPort, NotificationsModel, type PushPort } from './notifications';
import { PreferencesModel } from './preferences';

const memory = () => {
  const map = new Map<string, string>();
  return {
    getItem: (key: string) => map.get(key) ?? null,
    setItem: (key: string, value: string) => void map.set(key, value),
  };
};

const SUBSCRIPTION = { endpoint: 'https://push.example.net/x', p256dh: 'p', auth: 'a' };

class Relay {
  readonly commands: Command[] = [];
  refusal: { on: Command['type']; code: string } | undefined;
  command(command: Command): Promise<CommandResult> {
    this.commands.push(command);
    if (this.refusal?.on === command.type) return Promise.reject(new EngineError(this.refusal.code, ''));
    return Promise.resolve(command.type === 'get_push_key' ? { type: 'push_key', key: 'KEY' } : { type: 'done' });
  }
}

const pushing = (more: Partial<PushPort> = {}): PushPort => ({
  ready: () => Promise.resolve(true),
  subscribe: () => Promise.resolve(SUBSCRIPTION),
  unsubscribe: () => Promise.resolve(),
  ...more,
});

const port = (push: PushPort | undefined, asked: string[] = []): NotificationPort => ({
  supported: true,
  needsInstall: false,
  permission: () => (asked.length > 0 ? 'granted' : 'default'),
  request() {
    asked.push('asked');
    return Promise.resolve('granted');
  },
  push,
});

test('switching on subscribes with the key of the relay, and tells it where', async () => {
  const relay = new Relay();
  const keys: string[] = [];
  const push = pushing({
    subscribe(key) {
      keys.push(key);
      return Promise.resolve(SUBSCRIPTION);
    },
  });
  const model = new NotificationsModel(port(push), new PreferencesModel(memory()), relay);
  await model.enable();
  expect(model.getSnapshot()).toEqual({ state: 'on', busy: false, push: 'on' });
  expect(keys).toEqual(['KEY']);
  expect(relay.commands).toEqual([{ type: 'get_push_key' }, { type: 'set_push', subscription: SUBSCRIPTION }]);
  await model.disable();
  expect(model.getSnapshot()).toEqual({ state: 'off', busy: false, push: 'off' });
  expect(relay.commands.at(-1)).toEqual({ type: 'set_push', subscription: null });
});

test('nobody is asked until the person presses the button', async () => {
  const asked: string[] = [];
  const relay = new Relay();
  const model = new NotificationsModel(port(pushing(), asked), new PreferencesModel(memory()), relay);
  await model.keep();
  expect([asked, relay.commands]).toEqual([[], []]);
  await model.enable();
  await model.keep();
  expect([asked, relay.commands.length]).toEqual([['asked'], 4]);
});

const thrown = (name: string) => pushing({ subscribe: () => Promise.reject(Object.assign(new Error(), { name })) });

test.each([
  ['no-push', undefined, undefined],
  ['no-push', thrown('NotSupportedError'), undefined],
  ['no-push', pushing({ subscribe: () => Promise.resolve(undefined) }), undefined],
  ['no-service-worker', pushing({ ready: () => Promise.resolve(false) }), undefined],
  ['blocked', thrown('NotAllowedError'), undefined],
  ['service-unreachable', thrown('AbortError'), undefined],
  ['relay-off', pushing(), { on: 'get_push_key', code: 'push_off' }],
  ['offline', pushing(), { on: 'get_push_key', code: 'unreachable' }],
  ['relay-refused', pushing(), { on: 'set_push', code: 'push_endpoint_refused' }],
  ['failed', pushing(), { on: 'set_push', code: 'internal' }],
] as const)('the failure %s is told, and tabs notify all the same', async (failure, push, refusal) => {
  const relay = new Relay();
  relay.refusal = refusal;
  const model = new NotificationsModel(port(push), new PreferencesModel(memory()), relay);
  await model.enable();
  expect(model.getSnapshot()).toEqual({ state: 'on', busy: false, push: failure });
});

test('a hidden page has its news told once, a visible one has what was read taken back', () => {
  const preferences = new PreferencesModel(memory());
  preferences.change({ notifications: true });
  let hidden = true;
  const [told, acts]: [string[], (() => void)[]] = [[], []];
  const listeners: ((event: Event) => void)[] = [];
  const engine: Pick<Engine, 'onEvent'> = {
    onEvent(listener) {
      listeners.push(listener);
      return () => undefined;
    },
  };
  watchAttention(engine, preferences, {
    hidden: () => hidden,
    tell: (what) => void told.push(what),
    after: (_ms, act) => void acts.push(act),
  });
  const event = (value: unknown) => {
    for (const listener of listeners) listener(value as Event);
  };
  const pass = () => {
    for (const act of acts.splice(0)) act();
  };
  const message = { edited: false, body: { type: 'text' } };
  event({ type: 'message', message, new: true });
  event({ type: 'message', message, new: true });
  event({ type: 'message', message, new: false });
  event({ type: 'conversation_changed' });
  pass();
  expect(told).toEqual(['news']);
  // What is told of already may be another now, or nothing.
  event({ type: 'message', message: { ...message, edited: true }, new: false });
  event({ type: 'message', message: { ...message, body: { type: 'deleted' } }, new: false });
  event({ type: 'message_gone' });
  pass();
  expect(told.splice(1)).toEqual(['read']);
  hidden = false;
  event({ type: 'message', message, new: true });
  event({ type: 'conversation_changed' });
  pass();
  expect(told).toEqual(['news', 'read']);
  preferences.change({ notifications: false });
  event({ type: 'conversation_changed' });
  pass();
  expect(told).toHaveLength(2);
});
