/** Notifications and streamed files, by the service worker of a real browser. */
import type { Worker } from '@playwright/test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Person, expect, test } from './app';

interface Shown {
  title: string;
  body: string;
  tag: string;
}

/** The service worker, and a way to have the browser's push service wake it. */
async function serviceWorker(
  person: Person,
): Promise<{ worker: Worker; push: () => Promise<unknown>; shown: () => Promise<Shown[]> }> {
  const { context, page, world } = person;
  await context.grantPermissions(['notifications'], { origin: world.url });
  const cdp = await context.newCDPSession(page);
  const registered = new Promise<string>((resolve) => {
    cdp.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      const [found] = registrations;
      if (found) resolve(found.registrationId);
    });
  });
  await cdp.send('ServiceWorker.enable');
  const registrationId = await registered;
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  const worker = context.serviceWorkers()[0] ?? (await context.waitForEvent('serviceworker'));
  return {
    worker,
    // What is in it must not matter.
    push: () =>
      cdp.send('ServiceWorker.deliverPushMessage', { origin: world.url, registrationId, data: 'Mallory says: click!' }),
    shown: () =>
      worker.evaluate(async () => {
        const { registration } = self as unknown as ServiceWorkerGlobalScope;
        return (await registration.getNotifications()).map(({ title, body, tag }) => ({ title, body, tag }));
      }),
  };
}

/** Playwright keeps every page visible; the service worker is told that nobody looks. */
async function nobodyLooks(worker: Worker): Promise<void> {
  await worker.evaluate(() => {
    const { clients } = self as unknown as ServiceWorkerGlobalScope;
    const all = clients.matchAll.bind(clients);
    const hidden = async (options?: ClientQueryOptions) =>
      (await all(options)).map(
        (client) =>
          new Proxy(client as WindowClient, {
            get(target, name) {
              if (name === 'visibilityState') return 'hidden';
              const value: unknown = Reflect.get(target, name, target);
              return typeof value === 'function' ? (value.bind(target) as unknown) : value;
            },
          }),
      );
    Object.defineProperty(clients, 'matchAll', { value: hidden });
  });
}

test('with a window open a push tells what came, and a click opens it', async ({ world, someone }) => {
  const bob = await someone();
  await bob.join('bob', 'Bob Moreau');
  world.client('alice', 'start', 'bob');
  const { worker, push, shown } = await serviceWorker(bob);

  // Somebody who looks at the app sees it there.
  world.client('alice', 'send', 'Bob Moreau', 'seen at once');
  await expect(bob.row('Alice Martin')).toBeVisible();
  await push();
  await expect(bob.row('Alice Martin')).toContainText('seen at once');
  expect(await shown()).toEqual([]);

  // From whom and what, as the person chose.
  await nobodyLooks(worker);
  await push();
  await expect.poll(shown).toEqual([
    {
      title: 'Alice Martin',
      body: expect.stringContaining('seen at once') as unknown,
      tag: expect.stringMatching(/^conversation:/) as unknown,
    },
  ]);

  const told = worker.evaluate(async () => {
    const scope = self as unknown as ServiceWorkerGlobalScope;
    const [notification] = await scope.registration.getNotifications();
    if (!notification) throw new Error('no notification');
    scope.dispatchEvent(new NotificationEvent('notificationclick', { notification }));
  });
  await told;
  await expect(bob.page.getByRole('heading', { level: 1, name: 'Alice Martin' })).toBeVisible();
  await bob.sees('seen at once');
  await expect.poll(shown).toEqual([]);
});

/** Closes the app; the service worker stays, and the page that holds the browser's push service open shows nothing of ours. */
async function closeApp(person: Person): Promise<void> {
  await person.page.goto('about:blank');
}

test('with the app closed a push tells what came, on a copy that harms nothing', async ({ world, someone }) => {
  const bob = await someone();
  await bob.join('bob', 'Bob Moreau');
  world.client('alice', 'start', 'bob');
  world.client('alice', 'send', 'Bob Moreau', 'seen before');
  await expect(bob.row('Alice Martin')).toContainText('seen before');
  const { push, shown } = await serviceWorker(bob);
  // It has told so and stored that: a change that is cut off has to be undone first, by the app.
  await expect.poll(() => world.messages('alice', 'Bob Moreau').at(-1)?.['state']).toBe('delivered');
  await closeApp(bob);

  world.client('alice', 'send', 'Bob Moreau', 'while closed');
  world.client('alice', 'send', 'Bob Moreau', 'and another');
  await push();
  const notice = (body: string) => [
    {
      title: 'Alice Martin',
      body: expect.stringContaining(body) as unknown,
      tag: expect.stringMatching(/^conversation:/) as unknown,
    },
  ];
  await expect.poll(shown).toEqual(notice('and another'));
  // It keeps nothing, so the next one reads all of it again, and more.
  world.client('alice', 'send', 'Bob Moreau', 'a third');
  await push();
  await push();
  await expect.poll(shown).toEqual(notice('a third'));
  // It joins what it was added to, to read what was said there.
  world.client('alice', 'group', 'Summer party', 'bob');
  world.client('alice', 'send', 'Summer party', 'who brings a cake?');
  await push();
  const titles = async () => (await shown()).map(({ title }) => title).sort();
  await expect.poll(titles).toEqual(['Alice Martin', 'Summer party']);
  expect((await shown()).find(({ title }) => title === 'Summer party')?.body).toContain('who brings a cake?');
  // Nobody was told that anything was delivered.
  const states = world.messages('alice', 'Bob Moreau').map((message) => message['state']);
  expect(states.slice(-3)).toEqual(['sent', 'sent', 'sent']);

  // The app itself takes it all in, once, and goes on.
  await bob.page.goto(world.url);
  await bob.open('Alice Martin');
  for (const text of ['seen before', 'while closed', 'and another', 'a third']) await bob.sees(text);
  await expect(bob.page.getByRole('article').filter({ hasText: 'while closed' })).toHaveCount(1);
  await bob.send('read now');
  await expect.poll(() => world.texts('alice', 'Bob Moreau')).toContain('read now');
  // The invitation was left for it.
  await bob.open('Summer party');
  await bob.sees('who brings a cake?');
  await bob.send('me');
  await expect.poll(() => world.texts('alice', 'Summer party')).toContain('me');
});

test('with the app closed and locked a push only says that there is something', async ({ world, someone }) => {
  const bob = await someone();
  await bob.join('bob', 'Bob Moreau');
  world.client('alice', 'start', 'bob');
  const { push, shown } = await serviceWorker(bob);
  await bob.page.goto(`${world.url}/settings/lock`);
  await bob.page.getByRole('button', { name: 'Lock now' }).click();
  await expect(bob.page.getByText('Chancery is locked')).toBeVisible();
  await closeApp(bob);
  world.client('alice', 'send', 'Bob Moreau', 'the secret text');
  await push();
  await push();
  await expect.poll(shown).toEqual([{ title: 'New messages', body: '', tag: 'news' }]);
});

/** Ten seconds of a tone: 8000 samples of one byte each. */
function tone(): Buffer {
  const samples = Buffer.from(Array.from({ length: 80_000 }, (_, n) => 128 + Math.round(100 * Math.sin(n / 3))));
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + samples.length, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(8000, 24);
  head.writeUInt32LE(8000, 28);
  head.writeUInt16LE(1, 32);
  head.writeUInt16LE(8, 34);
  head.write('data', 36);
  head.writeUInt32LE(samples.length, 40);
  return Buffer.concat([head, samples]);
}

test('a file plays from a same-origin address, decrypted by ranges, and runs nothing', async ({ world, someone }) => {
  const bob = await someone();
  await bob.join('bob', 'Bob Moreau');
  world.client('alice', 'start', 'bob');
  await serviceWorker(bob);
  // The first page load came before the service worker.
  await bob.page.evaluate(() =>
    navigator.serviceWorker.controller
      ? undefined
      : new Promise((resolve) => navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true })),
  );
  world.client('alice', 'send', 'Bob Moreau', 'hello');
  const file = tone();
  const attach = (name: string, content: Buffer | string): string => {
    const path = join(world.dir, name);
    writeFileSync(path, content);
    world.client('alice', 'attach', 'Bob Moreau', path);
    const sent = world.messages('alice', 'Bob Moreau').at(-1);
    return `/media/${String(sent?.['id'])}`;
  };
  const audio = attach('tone.wav', file);
  const page = attach('page.html', '<script>document.title = "run"</script>');
  await bob.open('Alice Martin');
  await bob.sees('page.html');

  const fetched = await bob.page.evaluate(async (address) => {
    const answer = await fetch(address, { headers: { range: 'bytes=70000-70009' } });
    const names = ['content-range', 'content-type', 'x-content-type-options', 'content-security-policy'];
    return {
      status: answer.status,
      headers: names.map((name) => answer.headers.get(name)),
      bytes: [...new Uint8Array(await answer.arrayBuffer())],
    };
  }, audio);
  expect(fetched).toEqual({
    status: 206,
    headers: [`bytes 70000-70009/${file.length}`, 'audio/wav', 'nosniff', "default-src 'none'; sandbox"],
    bytes: [...file.subarray(70_000, 70_010)],
  });

  const played = await bob.page.evaluate(async (address) => {
    const element = new Audio(address);
    const event = (name: string) =>
      new Promise((resolve, reject) => {
        element.addEventListener(name, resolve, { once: true });
        element.addEventListener('error', () => reject(new Error(element.error?.message)), { once: true });
      });
    element.preload = 'auto';
    const loaded = event('loadedmetadata');
    element.load();
    await loaded;
    const sought = event('seeked');
    element.currentTime = 9;
    await sought;
    return { duration: element.duration, at: element.currentTime };
  }, audio);
  expect(played).toEqual({ duration: 10, at: 9 });

  const html = await bob.page.evaluate(async (address) => {
    const answer = await fetch(address);
    return [answer.status, answer.headers.get('content-type'), answer.headers.get('content-disposition')];
  }, page);
  expect(html).toEqual([200, 'application/octet-stream', 'attachment']);
  // As a page it isn't answered at all.
  bob.expectCuts();
  const tab = await bob.context.newPage();
  const opened = await tab.goto(world.url + page);
  expect(opened?.status()).toBe(403);
  expect(await tab.title()).not.toBe('run');
  await expect(tab.locator('body')).toHaveText('This can’t be opened here.');
});
