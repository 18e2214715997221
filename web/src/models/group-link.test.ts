import { expect, test, vi } from 'vitest';
import { FAKE_GROUP_LINK, FakeEngine } from '../engine/fake';
import { GROUPS, people } from '../engine/fake-office';
import { GroupLinkModel } from './group-link';
import { JoinGroupModel } from './join-group';

const admin = people[1]?.user ?? '';

test('an admin makes a link, renews it and turns it off', async () => {
  const engine = new FakeEngine();
  const model = new GroupLinkModel(engine, GROUPS.launch);
  expect(model.getSnapshot().link).toBeUndefined();
  await model.load();
  expect(model.getSnapshot().link).toBeNull();
  await model.change(true);
  const first = model.getSnapshot().link;
  expect(first).toBe(FAKE_GROUP_LINK);
  await model.change(true);
  expect(model.getSnapshot().link).not.toBe(first);
  await model.change(false);
  expect(model.getSnapshot()).toMatchObject({ link: null, busy: false });
  engine.failNext('not_admin', 'Only an admin of the group may do this.');
  await model.change(true);
  expect(model.getSnapshot()).toMatchObject({ busy: false, problem: { code: 'not_admin' } });
});

test('a link that another device turned off goes from the sheet', async () => {
  const engine = new FakeEngine();
  engine.groupLinks.set(GROUPS.launch, FAKE_GROUP_LINK);
  const model = new GroupLinkModel(engine, GROUPS.launch);
  model.open();
  await vi.waitFor(() => expect(model.getSnapshot().link).toBe(FAKE_GROUP_LINK));
  await engine.command({ type: 'set_group_link', group: GROUPS.launch, on: false });
  await vi.waitFor(() => expect(model.getSnapshot().link).toBeNull());
  model.close();
  engine.groupLinks.set(GROUPS.launch, FAKE_GROUP_LINK);
  engine.emit({ type: 'conversation_changed', group: GROUPS.launch });
  await Promise.resolve();
  expect(model.getSnapshot().link).toBeNull();
});

test('who opens a link asks, waits and is in', async () => {
  const engine = new FakeEngine();
  const view = { group: GROUPS.launch, admin, admin_name: 'Priya', state: 'new' } as const;
  engine.joinLink = view;
  const model = new JoinGroupModel(engine, FAKE_GROUP_LINK);
  model.open();
  await vi.waitFor(() => expect(model.getSnapshot().view?.state).toBe('new'));
  engine.failNext('too_many_requests');
  await model.ask();
  expect(model.getSnapshot().problem?.code).toBe('too_many_requests');
  await model.ask();
  expect(model.getSnapshot()).toMatchObject({ busy: false, problem: undefined, view: { state: 'asked' } });
  engine.joinLink = { ...view, state: 'member' };
  engine.emit({ type: 'conversation_changed', group: GROUPS.launch });
  await vi.waitFor(() => expect(model.getSnapshot().view?.state).toBe('member'));
  engine.setStatus({ phase: 'ready', connection: 'offline' });
  expect(model.getSnapshot().offline).toBe(true);
  model.close();
});

test('a link of elsewhere leads nowhere', async () => {
  const model = new JoinGroupModel(new FakeEngine(), 'https://elsewhere.example/g#AQ');
  await model.load();
  expect(model.getSnapshot().phase).toBe('nowhere');
});
