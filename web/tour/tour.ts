/**
 * The tour: an organisation with a real relay, colleagues at terminals and one of them with a phone and a computer, whose
 * screens go into docs/tour. Run by `npm run tour` after `cargo xtask web` and `cargo build -p chancery-cli`.
 */
import { expect, type Page, test } from '@playwright/test';
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { paint, type Scene } from '../gallery/paint';
import { Person, PIN } from '../e2e/app';
import { World } from '../e2e/world';

const common = { locale: 'en-GB', timezoneId: 'Europe/London', reducedMotion: 'reduce' } as const;
/** Fine enough for a screen that shows them at half the size, and small enough for the repository. */
const PHONE = {
  ...common,
  viewport: { width: 360, height: 740 },
  deviceScaleFactor: 1.5,
  hasTouch: true,
  isMobile: true,
  userAgent:
    'Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36',
};
const DESK = { ...common, viewport: { width: 1120, height: 700 } };

const folder = fileURLToPath(new URL('../../docs/tour/', import.meta.url));
const PICTURE_BYTES_MAX = 150 * 1024;

interface Shot {
  name: string;
  title: string;
  text: string;
  phone: boolean;
}
const shots: Shot[] = [];

/** Takes a picture when everything that is on its way has come. */
async function shot(page: Page, name: string, title: string, text: string): Promise<void> {
  await page.evaluate(() => document.fonts.ready);
  await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
  const path = join(folder, `${name}.png`);
  await page.screenshot({ path, animations: 'disabled', caret: 'hide' });
  expect(statSync(path).size, `${name}.png is too large`).toBeLessThanOrEqual(PICTURE_BYTES_MAX);
  shots.push({ name, title, text, phone: (page.viewportSize()?.width ?? 0) < 768 });
}

/** A picture as a camera would have made it, on the disk of a colleague. */
async function photograph(
  page: Page,
  world: World,
  name: string,
  scene: Scene,
  size: [number, number],
): Promise<string> {
  const [width, height] = size;
  const base64 = await page.evaluate(
    async ({ scene: what, width: wide, height: high }) => {
      const { draw } = globalThis as unknown as { draw: typeof paint };
      const blob = await draw(what, wide, high).convertToBlob();
      return btoa(Array.from(new Uint8Array(await blob.arrayBuffer()), (byte) => String.fromCharCode(byte)).join(''));
    },
    { scene, width, height },
  );
  const path = join(world.dir, name);
  writeFileSync(path, Buffer.from(base64, 'base64'));
  return path;
}

const MOVE = 'Harbour office';

/** What colleagues have written before. */
function talk(world: World, photos: readonly string[]): void {
  const client = (who: string, ...args: string[]) => world.client(who, ...args, '--timeout', '50');
  const say = (who: string, where: string, text: string, ...more: string[]) =>
    String(client(who, 'send', where, text, ...more)[0]?.['message']);
  const react = (who: string, message: string, emoji: string) => client(who, 'react', message, emoji);

  client('tomas', 'start', 'nora');
  say('tomas', 'nora', 'Are the new badges ready? Security asked me this morning.');

  client('ben', 'group', 'Budget 2027', 'nora', 'alice', 'priya');
  say('ben', 'Budget 2027', 'Second draft is in the folder. Rent is 4 % lower than we feared.');
  say('priya', 'Budget 2027', 'Good news for a Monday. I’ll check the figures for IT tonight.');

  client('priya', 'start', 'nora');
  say('priya', 'nora', 'Do you have the number of the electrician?');

  client('chloe', 'group', MOVE, 'nora', 'ben', 'alice', '--purpose', 'Moving to the harbour in March');
  client('chloe', 'picture', '--group', MOVE, photos[0] ?? '');
  say(
    'chloe',
    MOVE,
    'Welcome! This is for everything about the **move to the harbour**. Keys are handed over on 2 March.',
  );
  const plan = say(
    'alice',
    MOVE,
    'Plan for the week:\n\n1. Monday: boxes and labels\n2. Wednesday: servers, after 18:00\n3. Friday: desks',
  );
  react('chloe', plan, '👍');
  react('ben', plan, '👍');
  const question = say('ben', MOVE, 'Who has the key to the loading dock?');
  say('alice', MOVE, 'Chloé, and the porter has another one.', '--reply', question);
  for (const photo of photos.slice(1)) client('chloe', 'attach', MOVE, photo);
  const view = say('chloe', MOVE, 'The view from the third floor this morning.');
  react('alice', view, '😍');
}

test('the tour', async ({ browser }) => {
  mkdirSync(folder, { recursive: true });
  rmSync(join(folder, 'README.md'), { force: true });
  const world = await World.running(process.env['APP_DIR']);
  try {
    await walk(world, browser);
  } finally {
    await world.end();
  }
  writeFileSync(join(folder, 'README.md'), readme());
});

async function walk(world: World, browser: Parameters<typeof Person.at>[0]): Promise<void> {
  world.joinOwner();
  for (const [user, name] of [
    ['ben', 'Ben Okafor'],
    ['chloe', 'Chloé Dubois'],
    ['priya', 'Priya Nair'],
    ['tomas', 'Tomás García'],
  ] as const)
    world.client(user, 'join', world.invite(user, name), '--label', 'laptop');

  const studio = await browser.newPage();
  await studio.addScriptTag({ content: `globalThis.draw = ${paint.toString()}` });
  const photos = [
    await photograph(studio, world, 'harbour.png', 'coast', [320, 320]),
    await photograph(studio, world, 'view.png', 'coast', [1200, 900]),
    await photograph(studio, world, 'evening.png', 'dusk', [1200, 900]),
    await photograph(studio, world, 'hall.png', 'board', [1200, 900]),
    await photograph(studio, world, 'street.png', 'tower', [1200, 900]),
  ];
  await studio.close();

  // Joining, on a phone.
  const phone = await Person.at(browser, world, { kind: 'phone', context: await browser.newContext(PHONE) });
  const { page } = phone;
  await page.goto(world.invite('nora', 'Nora Lindqvist'));
  await expect(phone.button('Join')).toBeVisible();
  await shot(page, 'join', 'An invitation', 'The link opens the app; the organisation’s fingerprint is in the link.');
  await phone.button('Join').click();
  await expect(page.getByLabel('New PIN', { exact: true })).toBeVisible();
  await shot(page, 'join-lock', 'A passkey or a PIN', 'What opens the encrypted store on this device.');
  await phone.newPin();
  await expect(page.getByRole('heading', { name: 'Welcome, Nora Lindqvist' })).toBeVisible();
  await phone.button('Start').click();
  await phone.home();

  talk(world, photos);
  await expect(phone.row(MOVE)).toContainText('view from the third floor');
  await shot(page, 'list-phone', 'Conversations', 'Unread, drafts, who is writing, what was last said.');

  await phone.open('Tomás García');
  await phone.send('Tomorrow at ten. I’ll bring yours along.');
  await phone.seesState('Tomorrow at ten', 'Sent');
  await phone.open('Priya Nair');
  await phone.send('Sparks & Sons, 0131 496 0712. Ask for Mo.');
  await phone.open(MOVE);
  await expect(page.getByRole('group', { name: 'Album of 4' })).toBeVisible();
  await phone.send('Wonderful. I’ll order the labels today.');
  await phone.seesState('order the labels', 'Sent');
  for (const who of ['alice', 'ben', 'chloe']) world.client(who, 'read', MOVE);
  await phone.seesState('order the labels', 'Read');
  await shot(
    page,
    'thread-phone',
    'A group',
    'Formatting, replies, reactions, and photos that came together as an album.',
  );
  await page.emulateMedia({ colorScheme: 'dark' });
  await shot(page, 'thread-phone-dark', 'The same in the dark', 'Every screen has a light and a dark side.');
  await page.emulateMedia({ colorScheme: 'light' });

  await phone.press(phone.message('order the labels').getByText('order the labels'));
  await shot(page, 'message-menu', 'What can be done with a message', 'Hold it, or press the right button.');
  await page.keyboard.press('Escape');
  await page
    .getByRole('group', { name: 'Album of 4' })
    .getByRole('button', { name: /^Photo from/ })
    .first()
    .click();
  await expect(page.getByRole('dialog', { name: 'Photos and videos' })).toBeVisible();
  await expect(page.getByRole('dialog').locator('img').first()).toBeVisible();
  await shot(page, 'viewer', 'A photo', 'Swipe, zoom, save, forward. It was decrypted on this phone.');
  await phone.button('Close').first().click();
  await phone.details();
  await expect(page.getByText('Who can read this')).toBeVisible();
  await shot(page, 'group-info', 'Who can read this', 'Members, outsiders, recorder and the policy, in one place.');
  await page
    .getByRole('link', { name: /Back/ })
    .or(page.getByRole('button', { name: /Back|Close/ }))
    .first()
    .click();

  await phone.startNew();
  await page.getByText('New group', { exact: true }).click();
  for (const name of ['Alice Martin', 'Priya Nair']) await phone.someone(name).click();
  await shot(page, 'new-group', 'A new group', 'Everybody of the organisation is in the directory.');
  await page.goto(world.url);
  await phone.home();

  // The computer becomes hers, too.
  const desk = await Person.at(browser, world, { kind: 'desk', context: await browser.newContext(DESK) });
  await desk.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await desk.page.goto(world.url);
  await desk.button('I already have Chancery on another device').click();
  await desk.newPin();
  await expect(desk.page.getByRole('img', { name: 'QR code that links this device' })).toBeVisible();
  await shot(desk.page, 'link-desktop', 'Linking a computer', 'The new device shows a code.');
  await desk.button('Copy as a link').click();
  const link = await desk.page.evaluate(() => navigator.clipboard.readText());
  await desk.button('Dismiss').click();
  await page.goto(`${world.url}/devices/link`);
  await page.getByLabel('Or paste the link that it shows').fill(link);
  await phone.button('Continue').click();
  await expect(phone.button('Yes, the numbers are the same')).toBeVisible();
  await shot(page, 'link-phone', 'The phone lets it in', 'Both show the same number; a passkey or PIN confirms.');
  await phone.button('Yes, the numbers are the same').click();
  await page.getByLabel('PIN', { exact: true }).fill(PIN);
  await phone.button('Link the device').click();
  await expect(desk.page.getByRole('heading', { name: 'This device is ready' })).toBeVisible({ timeout: 60_000 });
  await desk.button('Start').click();
  await desk.home();

  await desk.open(MOVE);
  await expect(desk.page.getByRole('group', { name: 'Album of 4' }).locator('img').first()).toBeVisible();
  await desk.composer.fill('The porter knows. @Ch');
  await shot(desk.page, 'desktop', 'On a desk', 'List and conversation side by side; a mention is being completed.');
  await desk.page.keyboard.press('Escape');
  await desk.composer.fill('');
  await desk.details();
  await expect(desk.page.getByText('Who can read this')).toBeVisible();
  await desk.page.emulateMedia({ colorScheme: 'dark' });
  await shot(
    desk.page,
    'desktop-dark',
    'With details, in the dark',
    'In a wider window they stand beside the conversation.',
  );
  await desk.page.emulateMedia({ colorScheme: 'light' });
  await desk.page.goto(world.url);
  await desk.home();
  await desk.page.getByRole('searchbox').first().fill('keys');
  await expect(desk.page.getByText('handed over').first()).toBeVisible();
  await shot(
    desk.page,
    'search',
    'Search across everything',
    'On this device alone: the relay can’t search what it can’t read.',
  );
  await desk.page.goto(`${world.url}/settings/appearance`);
  await expect(desk.page.getByRole('heading', { name: 'Appearance' })).toBeVisible();
  await shot(desk.page, 'settings', 'Settings', 'Appearance, language, notifications, lock, devices, storage.');
  await page.goto(`${world.url}/settings/devices`);
  await expect(page.getByText('This device', { exact: true })).toBeVisible();
  await shot(page, 'devices', 'Devices', 'Every device that reads along; any can be removed.');
  await page.goto(`${world.url}/safety/tomas@example.org?name=${encodeURIComponent('Tomás García')}`);
  await expect(page.getByRole('img', { name: /QR/ })).toBeVisible();
  await shot(page, 'safety-number', 'Safety number', 'Compared in person, it proves that nobody stands in between.');
  expect([...phone.complaints(), ...desk.complaints()]).toEqual([]);
}

function readme(): string {
  const of = (phone: boolean) =>
    shots
      .filter((one) => one.phone === phone)
      .map(
        (one) =>
          `### ${one.title}\n\n${one.text}\n\n<img src="${one.name}.png" alt="${one.title}" width="${phone ? 300 : 800}">\n`,
      )
      .join('\n');
  return `# A tour of the app

Made by \`npm run tour\` in [web/](../../web/README.md): a real relay, colleagues at terminals, one of them with a phone and a computer.

## On a phone

${of(true)}
## On a computer

${of(false)}`;
}
