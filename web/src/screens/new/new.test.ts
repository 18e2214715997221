import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PersonView } from '../../api';
import { FakeEngine } from '../../engine/fake';
import { ME, people } from '../../engine/fake-office';
import { nameWithin, NewModel } from './new-model';
import { PeopleModel } from './people-model';

const marcus = people[1];

describe('a new conversation', () => {
  it('with somebody is one command', async () => {
    const engine = new FakeEngine();
    const model = new NewModel(engine);
    expect(await model.startDirect(marcus?.user ?? '')).toBeTypeOf('string');
    expect(engine.commands).toEqual([{ type: 'start_direct', user: marcus?.user }]);
  });
  it('as a group takes members, name, purpose and picture, and needs a name', async () => {
    const engine = new FakeEngine();
    const model = new NewModel(engine);
    for (const person of people.slice(1, 4)) model.toggle(person);
    if (marcus) model.toggle(marcus);
    expect(await model.startGroup()).toBeUndefined();
    model.setName(' Fair ');
    model.setPurpose(' All about it ');
    model.setPicture(new Blob([new Uint8Array([1])]));
    const group = await model.startGroup();
    expect(engine.commands).toEqual([
      {
        type: 'start_group',
        name: 'Fair',
        users: people.slice(2, 4).map((person) => person.user),
        purpose: 'All about it',
      },
      { type: 'set_group_picture', group, picture: 'AQ' },
    ]);
  });
  it('has a name as long as the protocol allows, in whole characters', () => {
    expect(nameWithin('Fair')).toBe('Fair');
    expect(nameWithin('😀'.repeat(40))).toBe('😀'.repeat(32));
    expect(nameWithin(`${'a'.repeat(127)}é`)).toBe('a'.repeat(127));
  });
  it('that fails says why and keeps what was typed', async () => {
    const engine = new FakeEngine();
    const model = new NewModel(engine);
    model.setName('Fair');
    engine.failNext('unreachable');
    expect(await model.startGroup()).toBeUndefined();
    expect(model.getSnapshot()).toMatchObject({ busy: false, name: 'Fair' });
    expect(model.getSnapshot().error).toContain('can’t be reached');
  });
});

const ids = (list: readonly PersonView[]) => list.map((person) => person.user);

describe('people', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('are the latest ones and the directory by name, without oneself', async () => {
    const model = new PeopleModel(new FakeEngine(), new Set([marcus?.user ?? '']));
    await model.load();
    const { recent, people: all, phase } = model.getSnapshot();
    expect(phase).toBe('ready');
    expect(recent.length).toBeGreaterThan(0);
    expect(ids(all)).not.toContain(ME);
    expect(ids([...all, ...recent])).not.toContain(marcus?.user);
    expect(new Set(ids(all)).size).toBe(all.length);
    expect(all.map((person) => person.name)).toEqual(
      all.map((person) => person.name).sort((one, two) => one.localeCompare(two)),
    );
  });
  it('are searched once somebody stops typing', async () => {
    const engine = new FakeEngine();
    const model = new PeopleModel(engine);
    await model.load();
    const before = engine.commands.length;
    for (const text of ['p', 'pr', 'pri']) model.setQuery(text);
    await vi.advanceTimersByTimeAsync(500);
    expect(engine.commands.slice(before)).toEqual([{ type: 'find_users', query: 'pri' }]);
    expect(model.getSnapshot().people.map((person) => person.name)).toEqual(['Priya Nair']);
    model.setQuery('');
    expect(model.getSnapshot().people.length).toBeGreaterThan(5);
  });
  it('known to the device are there without a network', async () => {
    const engine = new FakeEngine();
    engine.failNext('unreachable');
    const model = new PeopleModel(engine);
    await model.load();
    expect(model.getSnapshot()).toMatchObject({ phase: 'failed', offline: true });
    expect(model.getSnapshot().recent.length).toBeGreaterThan(0);
  });
});
