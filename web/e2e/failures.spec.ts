/** What goes wrong in a browser, each with its screen. */
import { chromium, type Page } from '@playwright/test';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, Person, test } from './app';

const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name });

test('a browser that lacks what is needed says so', async ({ world, someone }) => {
  const bob = await someone({ kind: 'phone' });
  // Workers have a scope of their own: what a browser lacks is missing there.
  await bob.context.route('**/assets/worker-*.js', async (route) => {
    const answer = await route.fetch();
    const body = `delete StorageManager.prototype.getDirectory;\n${await answer.text()}`;
    await route.fulfill({ response: answer, body });
  });
  await bob.page.goto(world.url);
  await expect(heading(bob.page, 'This browser is too old')).toBeVisible();
  await bob.fitsItsWidth();
});

test('a relay that is down when the app is opened again', async ({ world, someone }) => {
  const bob = await someone();
  bob.expectCuts();
  await bob.join('bob', 'Bob');
  await bob.write('Alice Martin');
  await bob.send('safe and sound');
  await expect.poll(() => world.texts('alice', 'Bob')).toEqual(['safe and sound']);
  const thread = bob.page.url();

  // A joined browser whose relay is down starts all the same.
  await bob.page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await world.kill();
  await bob.page.close();
  const page = await bob.context.newPage();
  await page.goto(thread);
  await expect(page.getByText('safe and sound').last()).toBeVisible();
  await expect(page.getByRole('status').filter({ hasText: 'server can’t be reached' })).toBeVisible();
  await world.start();
  await expect(page.getByText('server can’t be reached').filter({ visible: true })).toHaveCount(0, { timeout: 30_000 });
});

test('a crash of the core is said, and loses nothing', async ({ world, someone }) => {
  const bob = await someone();
  await bob.join('bob', 'Bob');
  await bob.write('Alice Martin');
  await bob.send('before the crash');
  await expect.poll(() => world.texts('alice', 'Bob')).toEqual(['before the crash']);
  const [worker] = bob.page.workers();
  // A trap, as a mistake in the core gives one.
  await worker?.evaluate(() => {
    const { now } = Date;
    Date.now = () => {
      if (new Error().stack?.includes('wasm')) throw new WebAssembly.RuntimeError('unreachable');
      return now();
    };
  });
  // Typing is told to the core, too, unless a receipt came first: then the composer is gone already.
  await bob.composer.fill('into the crash', { timeout: 5000 }).catch(() => undefined);
  await expect(heading(bob.page, 'Chancery stopped')).toBeVisible();
  await bob.button('Try again').click();
  await bob.sees('before the crash');
  await bob.send('after the crash');
  await expect.poll(() => world.texts('alice', 'Bob').at(-1)).toBe('after the crash');
});

test('a full disk stops the app before it loses something, and it goes on when there is room', async ({
  world,
  someone,
}) => {
  const bob = await someone();
  await bob.join('bob', 'Bob');
  await bob.write('Alice Martin');
  await bob.send('safe and sound');
  await expect.poll(() => world.texts('alice', 'Bob')).toEqual(['safe and sound']);
  const { page } = bob;
  const cdp = await bob.context.newCDPSession(page);
  const { usage } = await page.evaluate(() => navigator.storage.estimate());
  await cdp.send('Storage.overrideQuotaForOrigin', { origin: world.url, quotaSize: (usage ?? 0) + 1000 });
  const full = heading(page, 'This device is full');
  for (let n = 0; n < 60 && !(await full.isVisible()); n += 1) {
    await bob.composer.fill(`${n} ${'a long message '.repeat(400)}`, { timeout: 2000 }).catch(() => undefined);
    await bob.composer.press('Enter', { timeout: 2000 }).catch(() => undefined);
  }
  await expect(full).toBeVisible();
  await cdp.send('Storage.overrideQuotaForOrigin', { origin: world.url });
  await bob.button('Try again').click();
  await expect(page.getByText('safe and sound').last()).toBeAttached();
  await bob.composer.fill('room again');
  await bob.composer.press('Enter');
  await expect.poll(() => world.texts('alice', 'Bob').at(-1), { timeout: 30_000 }).toBe('room again');
});

test('a store that was damaged is not opened, and can be erased', async ({ world, browser }, info) => {
  const profile = info.outputPath('profile');
  const launch = info.project.use.launchOptions ?? {};
  const before = await Person.at(browser, world, { context: await chromium.launchPersistentContext(profile, launch) });
  await before.join('bob', 'Bob');
  await before.write('Alice Martin');
  await before.send('will be lost');
  await expect.poll(() => world.texts('alice', 'Bob')).toEqual(['will be lost']);
  await before.context.close();

  const stored = readdirSync(profile, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.parentPath.includes('File System'))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => statSync(path).size > 64 * 1024);
  expect(stored.length).toBeGreaterThan(0);
  for (const path of stored) {
    const bytes = readFileSync(path);
    // The place's own header stays; every byte of the store after it is turned over.
    for (let at = 8192; at < bytes.length; at += 1) bytes.writeUInt8(bytes.readUInt8(at) ^ 0x5a, at);
    writeFileSync(path, bytes);
  }

  const context = await chromium.launchPersistentContext(profile, launch);
  const after = await Person.at(browser, world, { context });
  await after.page.goto(world.url);
  await expect(heading(after.page, 'What is stored here is damaged')).toBeVisible();
  await after.button('Erase and start again').click();
  await after.page.getByRole('alertdialog').getByRole('button', { name: 'Erase', exact: true }).click();
  await expect(after.button('I already have Chancery on another device')).toBeVisible();
  await after.page.reload();
  await expect(after.button('I already have Chancery on another device')).toBeVisible();
  await context.close();
  expect(after.complaints()).toEqual([]);
});
