import { describe, expect, it } from 'vitest';
import { FakeEngine } from '../../../engine/fake';
import { GROUPS } from '../../../engine/fake-office';
import { vcardOf } from '../contact/vcard';
import { LocationModel, PlaceError, type Locator } from './location-model';
import { geoUri, mapUrl } from './place';

const berlin = { latitudeE7: 525_200_080, longitudeE7: -134_049_540, accuracyM: 18 };
const locator = (allowed: boolean, locate: Locator['locate'] = () => Promise.resolve(berlin)): Locator => ({
  allowed: () => Promise.resolve(allowed),
  locate,
});

describe('sharing a place', () => {
  it('explains before the browser asks, and shows the place before it goes', async () => {
    const engine = new FakeEngine();
    const model = new LocationModel(engine, GROUPS.launch, locator(false));
    await model.begin();
    expect(model.getSnapshot().phase).toBe('explaining');
    await model.locate();
    expect(model.getSnapshot()).toMatchObject({ phase: 'ready', position: berlin });
    expect(engine.commands).toEqual([]);
    model.setName(' Main entrance ');
    expect(await model.send()).toBe(true);
    expect(engine.commands.at(-1)).toEqual({
      type: 'send',
      group: GROUPS.launch,
      draft: {
        type: 'location',
        latitude_e7: 525_200_080,
        longitude_e7: -134_049_540,
        accuracy_m: 18,
        name: 'Main entrance',
      },
    });
  });
  it('goes on at once where it was allowed before', async () => {
    const model = new LocationModel(new FakeEngine(), GROUPS.launch, locator(true));
    await model.begin();
    expect(model.getSnapshot().phase).toBe('ready');
  });
  it('says when it was denied, and can be tried again', async () => {
    let denied = true;
    const model = new LocationModel(
      new FakeEngine(),
      GROUPS.launch,
      locator(false, () => (denied ? Promise.reject(new PlaceError('denied')) : Promise.resolve(berlin))),
    );
    await model.locate();
    expect(model.getSnapshot()).toEqual({ phase: 'failed', problem: 'denied' });
    denied = false;
    await model.locate();
    expect(model.getSnapshot().phase).toBe('ready');
  });
  it('keeps the place when sending fails', async () => {
    const engine = new FakeEngine();
    const model = new LocationModel(engine, GROUPS.launch, locator(true));
    await model.begin();
    engine.failNext('storage_full');
    expect(await model.send()).toBe(false);
    expect(model.getSnapshot()).toMatchObject({ phase: 'ready', position: berlin });
  });
});

describe('addresses of a place', () => {
  it('are exact in every language', () => {
    expect(geoUri(525_200_080, -134_049_540, 18)).toBe('geo:52.5200080,-13.4049540;u=18');
    expect(mapUrl(525_200_080, -134_049_540)).toContain('mlat=52.520008&mlon=-13.404954');
  });
});

describe('a saved contact', () => {
  it('can’t smuggle in lines or fields', () => {
    const card = vcardOf({
      name: 'Eve\r\nEND:VCARD\nBEGIN:VCARD;x,y\\',
      user: 'eve@example.org',
      emails: ['a@b\r\nTEL:1'],
      phones: ['+49;type=x'],
    });
    expect(card.match(/BEGIN:VCARD/g)).toHaveLength(2);
    expect(card.split('\r\n').filter((line) => line.startsWith('END'))).toEqual(['END:VCARD']);
    expect(card).toContain('FN:Eve\\nEND:VCARD\\nBEGIN:VCARD\\;x\\,y\\\\');
    expect(card).not.toMatch(/^TEL:1/m);
  });
  it('has no line beyond 75 octets and breaks no character', () => {
    const card = vcardOf({ name: '李😀'.repeat(60), user: null, emails: [], phones: [] });
    for (const line of card.split('\r\n')) expect(new TextEncoder().encode(line).length).toBeLessThanOrEqual(75);
    expect(card.replaceAll('\r\n ', '')).toContain('李😀'.repeat(60));
  });
});
