import { describe, expect, it } from 'vitest';
import { FakeEngine } from '../../../engine/fake';
import { fileBody, GROUPS, message } from '../../../engine/fake-office';
import { ViewerModel, type VisualMessage } from './viewer-model';
import { clamped, fitted, meaning, REST, SCALE_MAX, zoomedAt } from './zoom';

const box = { width: 400, height: 800 };
const picture = { width: 4000, height: 3000 };

describe('zoom', () => {
  it('fits all of a picture, and never blows a small one up', () => {
    expect(fitted(picture, box)).toEqual({ width: 400, height: 300 });
    expect(fitted({ width: 10, height: 10 }, box)).toEqual({ width: 10, height: 10 });
    expect(fitted({ width: 0, height: 0 }, box)).toEqual({ width: 0, height: 0 });
  });
  it('keeps the point under the finger where it is', () => {
    const view = zoomedAt({ scale: 2, x: 10, y: -20 }, 4, { x: 100, y: 50 });
    // The picture's point that was at (100, 50) before.
    expect((100 - 10) / 2).toBe((100 - view.x) / 4);
    expect((50 + 20) / 2).toBe((50 - view.y) / 4);
  });
  it('leaves no empty margin and no scale beyond its ends', () => {
    expect(clamped({ scale: 2, x: 9999, y: 9999 }, picture, box)).toEqual({ scale: 2, x: 200, y: 0 });
    expect(clamped({ scale: 0.2, x: 50, y: 50 }, picture, box)).toEqual(REST);
    expect(clamped({ scale: 99, x: 0, y: 0 }, picture, box).scale).toBe(SCALE_MAX);
  });
  it('tells a swipe from a slip', () => {
    expect(meaning(-150, 5, 400, 400)).toBe('next');
    expect(meaning(40, 0, 40, 400)).toBe('previous');
    expect(meaning(40, 0, 900, 400)).toBe('nothing');
    expect(meaning(10, 180, 300, 400)).toBe('close');
    expect(meaning(10, -180, 300, 400)).toBe('nothing');
  });
});

function picturesOf(engine: FakeEngine, group: string, count: number, between: number): VisualMessage[] {
  const list: VisualMessage[] = [];
  for (let at = 0; at < count; at += 1) {
    const picture = { ...message(), body: fileBody('a.jpg', 'image/jpeg', 5) };
    list.push(picture);
    engine.receive(group, picture);
    for (let n = 0; n < between; n += 1) engine.receive(group, message());
  }
  return list;
}

describe('the viewer', () => {
  it('goes through the pictures of a conversation in both directions', async () => {
    const engine = new FakeEngine();
    const list = picturesOf(engine, GROUPS.lilei, 5, 3);
    const start = list[2];
    if (!start) throw new Error('missing');
    const model = new ViewerModel(engine, start);
    await model.load();
    expect(model.current?.id).toBe(start.id);
    model.step(1);
    expect(model.current?.id).toBe(list[3]?.id);
    model.step(-1);
    model.step(-1);
    expect(model.current?.id).toBe(list[1]?.id);
    for (let step = 0; step < 20; step += 1) model.step(1);
    expect(model.current?.id).toBe(list[4]?.id);
    model.close();
  });
  it('shows what is left when a picture is deleted or its time is over', async () => {
    const engine = new FakeEngine();
    const [a, b] = picturesOf(engine, GROUPS.lilei, 2, 0);
    if (!a || !b) throw new Error('missing');
    const model = new ViewerModel(engine, b);
    await model.load();
    engine.emit({ type: 'message_gone', group: GROUPS.lilei, message: b.id });
    expect(model.current?.id).toBe(a.id);
    engine.emit({ type: 'message_gone', group: GROUPS.lilei, message: a.id });
    expect(model.getSnapshot()).toMatchObject({ gone: true, items: [] });
    model.close();
  });
});
