/** A person's second device: browser to browser both ways, with native clients, refused, cut off, and removed again. */
import { chromium, type Page } from '@playwright/test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, Person, PIN, test } from './app';
import { Running } from './native';

/** A new browser that asks to be linked. */
async function ask(person: Person): Promise<void> {
  await person.page.goto(person.world.url);
  await person.button('I already have Chancery on another device').click();
  await person.newPin();
}

/** The link that it shows, as it is copied. */
async function shown(person: Person): Promise<string> {
  await expect(person.page.getByRole('img', { name: 'QR code that links this device' })).toBeVisible();
  await person.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await person.button('Copy as a link').click();
  return person.page.evaluate(() => navigator.clipboard.readText());
}

const code = (page: Page) => page.getByText(/^\d{3} \d{3}$/);

/** Pastes a link on a device that is there already. */
async function paste(person: Person, link: string): Promise<void> {
  await person.page.goto(`${person.world.url}/devices/link`);
  await person.page.getByLabel('Or paste the link that it shows').fill(link);
  await person.button('Continue').click();
}

/** Both show the same number. */
async function compare(one: Person, other: Person): Promise<void> {
  await expect(code(one.page)).toBeVisible();
  await expect(code(other.page)).toHaveText(await code(one.page).innerText());
}

async function approve(person: Person, pin = PIN): Promise<void> {
  await person.button('Yes, the numbers are the same').click();
  await prove(person, pin);
}

async function prove(person: Person, pin = PIN): Promise<void> {
  await person.page.getByLabel('PIN', { exact: true }).fill(pin);
  await person.button('Link the device').click();
}

test('a phone is linked from a desk, a terminal from the phone; all are told; one is removed', async ({
  world,
  someone,
}) => {
  test.setTimeout(150_000);
  const desk = await someone();
  await desk.join('bob', 'Bob');
  await desk.write('Alice Martin');
  for (let n = 1; n <= 5; n += 1) await desk.send(`history ${n}`);
  await expect.poll(() => world.texts('alice', 'Bob').length).toBe(5);
  world.client('alice', 'send', 'Bob', 'history from Alice');
  await desk.sees('history from Alice');

  const phone = await someone({ kind: 'phone' });
  await ask(phone);
  const link = await shown(phone);
  await phone.fitsItsWidth();
  await paste(desk, link);
  await compare(desk, phone);
  // Presence is asked for, and a wrong PIN lets nobody in.
  await approve(desk, '735291');
  await expect(desk.page.getByText('This PIN isn’t right.')).toBeVisible();
  await prove(desk);
  await expect(desk.page.getByRole('heading', { name: 'The device is linked' })).toBeVisible();
  await expect(phone.page.getByRole('heading', { name: 'This device is ready' })).toBeVisible({ timeout: 30_000 });
  await expect(phone.page.getByText(/messages came over/)).toBeVisible();
  await phone.button('Start').click();
  await phone.open('Alice Martin');
  await phone.sees('history 1');
  await phone.sees('history from Alice');
  // It is a whole device: it hears, writes, and the other one sees that.
  world.client('alice', 'send', 'Bob', 'to both devices');
  await phone.sees('to both devices');
  await phone.send('from the new phone');
  await expect.poll(() => world.texts('alice', 'Bob')).toContain('from the new phone');
  await desk.page.goto(world.url);
  await desk.open('Alice Martin');
  await desk.sees('from the new phone');

  // The phone lets a terminal in; the desk is told.
  const terminal = new Running(world, 'bob', 'link', world.url, '--label', 'terminal', '--no-qr');
  const asked = await terminal.line('link');
  await paste(phone, String(asked['link']));
  await expect(code(phone.page)).toHaveText(String(asked['matching_code']).replace(/(...)/, '$1 '));
  await expect(phone.page.getByText('terminal', { exact: true })).toBeVisible();
  await approve(phone);
  await expect(phone.page.getByRole('heading', { name: 'The device is linked' })).toBeVisible();
  expect(await terminal.ended).toBe(0);
  expect(world.texts('bob', 'Alice Martin')).toContain('history 1');
  await expect(desk.page.getByText('A new device was linked to you.')).toBeVisible();
  await desk.button('Devices').click();
  await expect(desk.page.getByText('terminal', { exact: true })).toBeVisible();
  await expect(desk.page.getByText('Last used today')).toHaveCount(2);

  // The desk removes the phone: it shows that, and nothing is left on it.
  const row = desk.page.getByRole('button', { name: /^Remove Chrom/ });
  await row.click();
  await desk.button('Remove the device').click();
  await expect(phone.page.getByRole('heading', { name: 'This device was removed' })).toBeVisible({ timeout: 20_000 });
  await expect(row).toBeHidden();
  await phone.page.reload();
  await expect(phone.page.getByRole('heading', { name: 'This device was removed' })).toBeVisible();
  await expect.poll(() => storedBytes(phone.page)).toBe(0);
  await phone.button('Start again').click();
  await expect(phone.button('I already have Chancery on another device')).toBeVisible();
  phone.expectCuts();
});

/** Bytes of everything in the origin private file system. */
function storedBytes(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const sum = async (folder: FileSystemDirectoryHandle): Promise<number> => {
      let bytes = 0;
      for await (const handle of folder.values()) {
        if (handle.kind === 'directory') bytes += await sum(handle as FileSystemDirectoryHandle);
        else bytes += (await (handle as FileSystemFileHandle).getFile()).size;
      }
      return bytes;
    };
    return sum(await navigator.storage.getDirectory());
  });
}

test('a terminal lets a browser in; refused, used and cut off', async ({ world, someone }) => {
  test.setTimeout(150_000);
  const desk = await someone();
  desk.expectCuts();
  await desk.page.goto(world.url);
  await desk.page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  // Without a relay there is no code, and it is said.
  await world.kill();
  await ask(desk);
  await expect(desk.page.getByRole('alert')).toContainText('server can’t be reached');
  await world.start();
  await desk.button('Try again').click();
  const first = await shown(desk);
  // The relay goes and comes back while the code is shown.
  await world.kill();
  await world.start();
  world.client('alice', 'approve', first, '--yes');
  await expect(desk.page.getByRole('heading', { name: 'This device is ready' })).toBeVisible({ timeout: 60_000 });
  await desk.button('Start').click();
  await desk.home();

  const phone = await someone({ kind: 'phone' });
  phone.expectCuts();
  await ask(phone);
  // Used up already.
  await paste(desk, first);
  await expect(desk.page.getByRole('alert')).toContainText('This code was used, or its time is over');
  await paste(desk, 'https://elsewhere.example/l#AQ');
  await expect(desk.page.getByRole('alert')).toContainText('This link isn’t complete');
  // The numbers differ: refused, and nothing happened.
  const link = await shown(phone);
  await paste(desk, link);
  await compare(desk, phone);
  await desk.button('No, refuse').click();
  await expect(desk.page.getByLabel('Or paste the link that it shows')).toBeVisible();
  expect(world.client('alice', 'devices').length).toBe(2);
  // No relay while it is looked at, and while it is approved.
  await world.kill();
  await paste(desk, link);
  await expect(desk.page.getByRole('alert')).toContainText('server can’t be reached');
  await world.start();
  await desk.button('Continue').click();
  await compare(desk, phone);
  await desk.button('Yes, the numbers are the same').click();
  await world.kill();
  await prove(desk);
  await expect(desk.page.getByRole('alert')).toContainText('server can’t be reached');
  await world.start();
  await prove(desk);
  await expect(desk.page.getByRole('heading', { name: 'The device is linked' })).toBeVisible();
  await expect(phone.page.getByRole('heading', { name: 'This device is ready' })).toBeVisible({ timeout: 60_000 });
  // Told at the terminal, too.
  expect(world.client('alice', 'devices').length).toBe(3);
});

test('the network may be cut while the history comes over', async ({ world, someone }) => {
  const desk = await someone();
  desk.expectCuts();
  await desk.join('bob', 'Bob');
  await desk.write('Alice Martin');
  await desk.send('the beginning');
  await expect.poll(() => world.texts('alice', 'Bob').length).toBe(1);
  // More than one segment.
  const long = 'All that was said before. '.repeat(1200);
  for (let n = 0; n < 24; n += 1) world.client('alice', 'send', 'Bob', `${n}: ${long}`);
  await desk.sees('23: All that');

  const phone = await someone({ kind: 'phone' });
  phone.expectCuts();
  // The grant arrives, the history not.
  let cut = true;
  await phone.context.route(/\/v1\/links\/[^/]+\/messages\?from=[1-9]/, (route) =>
    cut ? route.abort('connectionreset') : route.continue(),
  );
  await ask(phone);
  await paste(desk, await shown(phone));
  await compare(desk, phone);
  await approve(desk);
  await expect(desk.page.getByRole('heading', { name: 'The device is linked' })).toBeVisible();
  await expect(phone.page.getByRole('heading', { name: 'This device is linked' })).toBeVisible();
  // It is a device already, and goes on with the history after it was closed, and after both networks and the relay were away.
  await phone.page.reload();
  await expect(phone.row('Alice Martin')).toBeVisible({ timeout: 30_000 });
  await phone.offline(true);
  await world.kill();
  await desk.page.reload();
  await world.start();
  cut = false;
  await phone.offline(false);
  await phone.open('Alice Martin');
  await expect(phone.message('23: All that')).toBeVisible({ timeout: 60_000 });
  await phone.button('Search in this conversation').tap();
  const search = phone.page.getByRole('searchbox', { name: 'Search in this conversation' });
  await expect(async () => {
    await search.fill('');
    await search.fill('beginning');
    await expect(phone.page.getByText('1 of 1', { exact: true })).toBeVisible({ timeout: 2000 });
  }).toPass({ timeout: 60_000 });
  await phone.sees('the beginning');
});

test('the camera reads the code, and a code that is over is renewed', async ({ world, someone }, info) => {
  const phone = await someone({ kind: 'phone' });
  phone.expectCuts();
  await ask(phone);
  await shown(phone);
  // Its time is over at the relay.
  const over = { code: 'link_closed', detail: 'over' };
  const answer = { status: 410, contentType: 'application/problem+json', body: JSON.stringify(over) };
  await phone.context.route('**/v1/links/**', (route) => route.fulfill(answer));
  await expect(phone.page.getByRole('alert')).toContainText('not approved in time, or refused');
  await phone.context.unroute('**/v1/links/**');
  await phone.button('Try again').click();
  const picture = phone.page.getByRole('img', { name: 'QR code that links this device' });
  await expect(picture).toBeVisible();

  const film = join(world.dir, 'camera.mjpeg');
  const args = [
    ...(info.project.use.launchOptions?.args ?? []),
    '--use-fake-ui-for-media-stream',
    '--use-fake-device-for-media-stream',
    `--use-file-for-fake-video-capture=${film}`,
  ];
  writeFileSync(film, await phone.page.screenshot({ type: 'jpeg', quality: 90 }));
  const other = await chromium.launch({ ...info.project.use.launchOptions, args });
  const desk = await Person.at(other, world);
  await desk.join('bob', 'Bob');
  await desk.page.goto(`${world.url}/devices/link`);
  await compare(desk, phone);
  await approve(desk);
  await expect(phone.page.getByRole('heading', { name: 'This device is ready' })).toBeVisible({ timeout: 30_000 });
  await other.close();
  expect(desk.complaints()).toEqual([]);
});
