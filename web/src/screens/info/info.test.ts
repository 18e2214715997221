import { describe, expect, it } from 'vitest';
import type { MemberView, Role } from '../../api';
import { FakeEngine } from '../../engine/fake';
import { GROUPS, ME } from '../../engine/fake-office';
import { customSeconds, DAY_S, inUnits, WEEK_S } from './disappearing';
import { FOR_EVER_MS, InfoModel, successionOf } from './info-model';
import { linksOf, SharedModel } from './shared-model';
import { StarredModel } from './starred-page';

const member = (user: string, role: Role, kind: MemberView['kind'] = 'member'): MemberView => ({
  user,
  name: user,
  kind,
  role,
  devices: 1,
  delivered_seq: 0,
  read_seq: 0,
  picture: null,
  verified: false,
});

describe('leaving', () => {
  it('says who looks after the group then', () => {
    const me = member('me', 'admin');
    expect(successionOf([me], 'me')).toBe('last');
    expect(successionOf([me, member('r', 'reader', 'recorder')], 'me')).toBe('last');
    expect(successionOf([me, member('a', 'member')], 'me')).toBe('successor');
    expect(successionOf([me, member('a', 'admin')], 'me')).toBe('admins');
    expect(successionOf([member('me', 'member'), member('a', 'admin')], 'me')).toBe('none');
  });
});

describe('disappearing messages', () => {
  it('take a whole number within the policy', () => {
    expect(customSeconds('12', 'hour', null)).toEqual({ seconds: 43_200 });
    expect(customSeconds('2', 'week', WEEK_S)).toEqual({ problem: 'too_long' });
    expect(customSeconds('7', 'day', WEEK_S)).toEqual({ seconds: WEEK_S });
    for (const text of ['', '0', '-1', '1.5', 'x', '1e3'])
      expect(customSeconds(text, 'day', null)).toEqual({ problem: 'missing' });
    expect(customSeconds('9999', 'week', null)).toEqual({ problem: 'too_long' });
  });
  it('are said in their largest whole unit', () => {
    expect(inUnits(4 * WEEK_S)).toEqual({ value: 4, unit: 'week' });
    expect(inUnits(DAY_S)).toEqual({ value: 1, unit: 'day' });
    expect(inUnits(5400)).toEqual({ value: 90, unit: 'minute' });
    expect(inUnits(61)).toEqual({ value: 61, unit: 'second' });
  });
});

describe('the info of a conversation', () => {
  it('has oneself first, then admins', async () => {
    const model = new InfoModel(new FakeEngine(), GROUPS.launch);
    await model.load();
    const { members, phase, conversation } = model.getSnapshot();
    expect(phase).toBe('ready');
    expect(conversation?.kind).toBe('group');
    expect(members[0]?.user).toBe(ME);
    expect(members.slice(1).map((one) => one.role === 'admin')).toEqual(
      members
        .slice(1)
        .map((one) => one.role === 'admin')
        .sort((one, two) => Number(two) - Number(one)),
    );
  });
  it('sends what was asked for, and shows what went wrong', async () => {
    const engine = new FakeEngine();
    const model = new InfoModel(engine, GROUPS.launch);
    await model.load();
    expect(await model.setDisappearing(DAY_S)).toBe(true);
    expect(await model.mute(FOR_EVER_MS)).toBe(true);
    expect(await model.setRole('a@b', 'reader')).toBe(true);
    expect(await model.setPicture(new Blob([new Uint8Array([0xff, 0xd8, 0xff])]))).toBe(true);
    expect(engine.commands).toEqual([
      { type: 'set_disappearing', group: GROUPS.launch, seconds: DAY_S },
      { type: 'mute', group: GROUPS.launch, until_ms: FOR_EVER_MS },
      { type: 'set_role', group: GROUPS.launch, user: 'a@b', role: 'reader' },
      { type: 'set_group_picture', group: GROUPS.launch, picture: '_9j_' },
    ]);
    engine.failNext('unreachable');
    expect(await model.leave()).toBe(false);
    expect(model.getSnapshot()).toMatchObject({
      busy: undefined,
      error: expect.stringContaining('can’t be reached') as string,
    });
  });
  it('is missing for a conversation that isn’t here', async () => {
    const model = new InfoModel(new FakeEngine(), 'nowhere@x');
    await model.load();
    expect(model.getSnapshot().phase).toBe('missing');
  });
});

describe('shared things', () => {
  it.each([
    ['see https://a.example/x?y=1, and (http://b.example).', ['https://a.example/x?y=1', 'http://b.example/']],
    ['javascript:alert(1) data:text/html,x file:///etc', []],
    ['https://good.example@evil.example/', []],
    ['https://', []],
    ['HTTPS://UP.example', ['https://up.example/']],
  ])('find web addresses in %j', (text, urls) => expect(linksOf(text).map((link) => link.url)).toEqual(urls));
  it('come newest first and go when their message goes', async () => {
    const engine = new FakeEngine();
    const model = new SharedModel(engine, GROUPS.launch);
    model.open();
    await model.loadMore();
    while (model.getSnapshot().loading) await Promise.resolve();
    const { files, more } = model.getSnapshot();
    expect(more).toBe(false);
    const [first] = files;
    if (!first) throw new Error('the sample has no file');
    expect(files.map((file) => file.seq)).toEqual(files.map((file) => file.seq).sort((one, two) => two - one));
    engine.emit({ type: 'message_gone', group: GROUPS.launch, message: first.id });
    expect(model.getSnapshot().files.some((file) => file.id === first.id)).toBe(false);
    model.close();
  });
  it('starred messages lose their star here', async () => {
    const engine = new FakeEngine();
    const { messages } = await engine.ask({ type: 'messages', group: GROUPS.launch, limit: 5 });
    const last = messages.at(-1);
    if (!last) throw new Error('empty');
    await engine.command({ type: 'star', message: last.id, on: true });
    const model = new StarredModel(engine, GROUPS.launch);
    await model.load();
    expect(model.getSnapshot().list?.map((one) => one.message.id)).toContain(last.id);
    await model.unstar(last.id);
    expect(model.getSnapshot().list?.map((one) => one.message.id)).not.toContain(last.id);
  });
});
