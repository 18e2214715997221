/** Files on their way, both ways, whatever happens in between; photos, voice, scans; nothing of it runs here. */
import type { Page, Route } from '@playwright/test';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import config from '../playwright.config';
import { expect, type Person, test } from './app';
import type { Line, World } from './world';

const { launchOptions = {} } = config.use ?? {};
test.use({
  launchOptions: {
    ...launchOptions,
    args: [...(launchOptions.args ?? []), '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream'],
  },
});

const sha = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

/** Bytes that no compression makes smaller and that differ everywhere. */
function noise(size: number, seed: number): Buffer {
  const bytes = Buffer.alloc(size);
  let state = seed;
  for (let at = 0; at + 4 <= size; at += 4) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes.writeUInt32LE(state, at);
  }
  return bytes;
}

/** A photo as a camera makes it: larger than what is sent. */
async function photo(page: Page, colour: string): Promise<Buffer> {
  const text = await page.evaluate((colour) => {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [2400, 1800];
    const context = canvas.getContext('2d');
    if (!context) throw new Error('no canvas');
    context.fillStyle = colour;
    context.fillRect(0, 0, 2400, 1800);
    context.fillStyle = 'white';
    for (let n = 0; n < 400; n += 1) context.fillRect((n * 977) % 2400, (n * 613) % 1800, 60, 40);
    return canvas.toDataURL('image/png').split(',')[1] ?? '';
  }, colour);
  return Buffer.from(text, 'base64');
}

interface Given {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

const sheet = (person: Person) => person.page.getByRole('dialog', { name: /^Send to/ });

/** Chooses files in the system's dialogue, by way of the composer's menu. */
async function pick(person: Person, item: 'Photos and videos' | 'Document', ...files: Given[]): Promise<void> {
  await person.button('Attach').click();
  const chooser = person.page.waitForEvent('filechooser');
  await person.page.getByRole('menuitem', { name: item, exact: true }).click();
  await (await chooser).setFiles(files);
  await expect(sheet(person)).toBeVisible();
}

async function sendSheet(person: Person): Promise<void> {
  await sheet(person).getByRole('button', { name: 'Send', exact: true }).click();
  await expect(sheet(person)).toBeHidden();
}

/** Pastes or drops files on something, as the browser would. */
async function give(person: Person, how: 'paste' | 'drop', file: Given): Promise<void> {
  const where = how === 'paste' ? person.composer : person.thread;
  await where.evaluate(
    (element, { how, name, type, text }) => {
      const transfer = new DataTransfer();
      const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
      transfer.items.add(new File([bytes], name, { type }));
      const shared = { bubbles: true, cancelable: true };
      if (how === 'paste') element.dispatchEvent(new ClipboardEvent('paste', { ...shared, clipboardData: transfer }));
      else
        for (const event of ['dragenter', 'dragover', 'drop'])
          element.dispatchEvent(new DragEvent(event, { ...shared, dataTransfer: transfer }));
    },
    { how, name: file.name, type: file.mimeType, text: file.buffer.toString('base64') },
  );
  await expect(sheet(person)).toBeVisible();
}

/** Saves a document of the open conversation; resolves with its bytes. */
async function save(person: Person, name: string): Promise<Buffer> {
  const download = person.page.waitForEvent('download', { timeout: 60_000 });
  await person.page.getByRole('button', { name: new RegExp(`^(Save|Try again:) ${name}`) }).click();
  const risky = person.page.getByRole('alertdialog', { name: 'Save this file?' });
  if (/\.(html|svg|exe)$/.test(name)) await risky.getByRole('button', { name: 'Save it' }).click();
  const saved = await download;
  expect(saved.suggestedFilename()).toBe(name);
  return readFileSync(await saved.path());
}

/** What a native client gets of a file. */
function fetched(world: World, profile: string, conversation: string, name: string): Buffer {
  const message = world
    .client(profile, 'messages', conversation)
    .find((each) => (each['body'] as Line | undefined)?.['name'] === name);
  world.client(profile, 'fetch', String(message?.['id']), '--to', `got-${name}`);
  return readFileSync(join(world.dir, `got-${name}`));
}

const names = (world: World, profile: string, conversation: string) =>
  world.client(profile, 'messages', conversation).flatMap((message) => {
    const name = (message['body'] as Line | undefined)?.['name'];
    return typeof name === 'string' ? [name] : [];
  });

test('photos and documents go from browser to browser; nothing runs in the app', async ({ someone }) => {
  const bob = await someone();
  await bob.join('bob', 'Bob');
  const carol = await someone({ kind: 'phone' });
  await carol.join('carol', 'Carol');
  await bob.write('Carol');

  // Picked, with words; made smaller by choice.
  await pick(bob, 'Photos and videos', {
    name: 'IMG_0001.png',
    mimeType: 'image/png',
    buffer: await photo(bob.page, 'teal'),
  });
  await expect(sheet(bob).getByText('1600 × 1200')).toBeVisible();
  await sheet(bob).getByRole('radio', { name: 'Original' }).click({ force: true });
  await expect(sheet(bob).getByText('2400 × 1800')).toBeVisible();
  await sheet(bob).getByRole('radio', { name: 'HD' }).click({ force: true });
  await expect(sheet(bob).getByText('2400 × 1800')).toBeVisible();
  await sheet(bob).getByRole('radio', { name: 'Standard' }).click({ force: true });
  await expect(sheet(bob).getByText('1600 × 1200')).toBeVisible();
  await sheet(bob).getByRole('textbox', { name: 'Caption' }).fill('the roof');
  await sendSheet(bob);
  await carol.open('Bob');
  await carol.sees('the roof');
  await carol.page.getByRole('button', { name: /^Photo from Bob/ }).click();
  const shown = carol.page.getByRole('dialog', { name: 'Photos and videos' }).locator('img').last();
  await expect(shown).toBeVisible();
  await expect
    .poll(() => shown.evaluate((image) => (image as HTMLImageElement).naturalWidth), { timeout: 15_000 })
    .toBe(1600);
  await carol.page.keyboard.press('Escape');

  // Pasted and dropped.
  await give(bob, 'paste', { name: 'image.png', mimeType: 'image/png', buffer: await photo(bob.page, 'brown') });
  await sendSheet(bob);
  const minutes = Buffer.from('Minutes of the meeting\n');
  await give(bob, 'drop', { name: 'minutes.txt', mimeType: 'text/plain', buffer: minutes });
  await sendSheet(bob);
  await expect(carol.page.getByRole('button', { name: 'Save minutes.txt' })).toBeVisible();
  expect((await save(carol, 'minutes.txt')).equals(minutes)).toBe(true);
  await expect(carol.page.getByRole('button', { name: /Photo/ })).toHaveCount(2);

  // What a browser would run is a document like any other, is asked about, and is only ever saved.
  const run = 'document.title = "run"; location = "https://evil.example/"';
  const html = Buffer.from(`<!doctype html><script>${run}</script>`);
  const svg = Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" onload='${run}'><script>${run}</script></svg>`);
  await pick(
    bob,
    'Document',
    { name: 'page.html', mimeType: 'text/html', buffer: html },
    { name: 'drawing.svg', mimeType: 'image/svg+xml', buffer: svg },
  );
  await sendSheet(bob);
  // A page that calls itself a photo.
  await pick(bob, 'Document', { name: 'cat.png', mimeType: 'image/png', buffer: html });
  await sendSheet(bob);
  expect((await save(carol, 'page.html')).equals(html)).toBe(true);
  expect((await save(carol, 'drawing.svg')).equals(svg)).toBe(true);
  expect(carol.context.pages()).toHaveLength(1);
  expect(await carol.page.title()).not.toBe('run');
  expect(await carol.page.locator('svg[onload], iframe, object, embed').count()).toBe(0);
  await carol.fitsItsWidth();
});

/** Holds the requests of one kind for a file's parts until it is let go. */
class Gate {
  #held: (() => void)[] = [];
  #open = true;
  passed = 0;

  static async at(person: Person, method: string, free: number): Promise<Gate> {
    const gate = new Gate();
    await person.context.route('**/v1/files/*', async (route: Route) => {
      if (route.request().method() !== method) return route.continue();
      if (!gate.#open && gate.passed >= free) await new Promise<void>((resolve) => gate.#held.push(resolve));
      gate.passed += 1;
      await route.continue().catch(() => undefined);
    });
    return gate;
  }

  close(): void {
    this.passed = 0;
    this.#open = false;
  }

  open(): void {
    this.#open = true;
    for (const go of this.#held.splice(0)) go();
  }

  get holds(): boolean {
    return this.#held.length > 0;
  }
}

test('an upload is paused, cancelled, cut off and reloaded, and loses nothing', async ({ world, someone }) => {
  test.setTimeout(150_000);
  const bob = await someone();
  bob.expectCuts();
  await bob.join('bob', 'Bob');
  await bob.write('Alice Martin');
  const gate = await Gate.at(bob, 'PATCH', 1);
  gate.close();
  const big = noise(13_000_001, 7);
  await pick(bob, 'Document', { name: 'plans.bin', mimeType: 'application/x-plans', buffer: big });
  await sendSheet(bob);

  // One part is there, the next one is held: progress, pause, go on.
  await expect.poll(() => gate.holds, { timeout: 20_000 }).toBe(true);
  await expect(bob.page.getByText(/^26\d kB of 13(\.\d)? MB$/)).toBeVisible();
  await bob.button('Pause plans.bin').click();
  await expect(bob.page.getByText(/^Paused at 26\d kB of 13/)).toBeVisible();
  // A paused one stays so over a reload.
  await bob.page.reload();
  await expect(bob.page.getByText(/^Paused at/)).toBeVisible();
  await bob.button('Go on with plans.bin').click();
  await expect.poll(() => gate.holds).toBe(true);

  // The relay goes away in the middle of a part.
  await world.kill();
  gate.open();
  await expect(bob.page.getByText('Waiting for the network').first()).toBeVisible();
  gate.close();
  await world.start();
  await expect.poll(() => gate.holds, { timeout: 30_000 }).toBe(true);
  // The page is loaded again in the middle of a part.
  await bob.page.reload();
  await expect(bob.page.getByText('plans.bin')).toBeVisible();
  gate.open();
  await expect(bob.button('Save plans.bin')).toBeVisible({ timeout: 30_000 });
  await expect(bob.button('Cancel plans.bin')).toBeHidden();

  // Another one is given up.
  gate.close();
  await pick(bob, 'Document', { name: 'wrong.bin', mimeType: 'application/x-plans', buffer: noise(9_000_000, 3) });
  await sendSheet(bob);
  await expect.poll(() => gate.holds, { timeout: 20_000 }).toBe(true);
  await bob.button('Cancel wrong.bin').click();
  await expect(bob.page.getByText('wrong.bin')).toBeHidden();
  gate.open();
  // Several at once arrive in the order in which they were chosen, the large one first.
  await pick(
    bob,
    'Document',
    { name: 'a-large.bin', mimeType: 'application/x-plans', buffer: noise(3_000_000, 5) },
    { name: 'b-small.bin', mimeType: 'application/x-plans', buffer: noise(100, 6) },
  );
  await sendSheet(bob);
  await expect(bob.button('Save b-small.bin')).toBeVisible({ timeout: 20_000 });

  expect(names(world, 'alice', 'Bob')).toEqual(['plans.bin', 'a-large.bin', 'b-small.bin']);
  expect(sha(fetched(world, 'alice', 'Bob', 'plans.bin'))).toBe(sha(big));
});

test('a download goes on after the relay was killed, and comes from a native client', async ({ world, someone }) => {
  const bob = await someone({ kind: 'phone' });
  bob.expectCuts();
  await bob.join('bob', 'Bob');
  await bob.write('Alice Martin');
  await bob.send('send me the plans');
  await expect.poll(() => world.texts('alice', 'Bob').length).toBe(1);
  const big = noise(13_000_003, 11);
  writeFileSync(join(world.dir, 'plans.bin'), big);
  world.client('alice', 'attach', 'Bob', 'plans.bin');
  const gate = await Gate.at(bob, 'GET', 1);
  gate.close();
  await expect(bob.button('Save plans.bin')).toBeVisible();
  const saving = save(bob, 'plans.bin');
  await expect.poll(() => gate.holds, { timeout: 20_000 }).toBe(true);
  const fetching = bob.page.getByRole('progressbar', { name: 'Fetching plans.bin' });
  await expect(fetching).toBeVisible();
  // Cancelled, and begun again.
  await bob.button('Cancel plans.bin').click();
  await bob.button('Save plans.bin').click();
  await expect(fetching).toBeVisible();
  await world.kill();
  gate.open();
  await bob.page.getByText('server can’t be reached').filter({ visible: true }).waitFor();
  await world.start();
  expect(sha(await saving)).toBe(sha(big));
  // It is kept: the next time needs no relay.
  await world.kill();
  expect(sha(await save(bob, 'plans.bin'))).toBe(sha(big));
});

test('a voice message and a scanned document', async ({ someone }) => {
  const bob = await someone({ kind: 'phone' });
  await bob.join('bob', 'Bob');
  const carol = await someone();
  await carol.join('carol', 'Carol');
  await bob.write('Carol');
  await bob.button('Record a voice message').click();
  await expect(bob.page.getByRole('timer', { name: 'Recorded: 0:02' })).toBeVisible({ timeout: 10_000 });
  await bob.fitsItsWidth();
  await bob.button('Stop and listen').click();
  await expect(bob.button('Listen')).toBeVisible();
  await bob.button('Send the voice message').click();
  await carol.open('Bob');
  const note = carol.thread.locator('article').last();
  await note.getByRole('button', { name: 'Play', exact: true }).click();
  await expect(note.getByRole('button', { name: 'Pause', exact: true })).toBeVisible();
  await note.getByRole('button', { name: /^Speed/ }).click();
  await expect(note.getByRole('button', { name: 'Play', exact: true })).toBeVisible({ timeout: 10_000 });

  await bob.button('Attach').click();
  await bob.page.getByRole('menuitem', { name: 'Scan a document' }).click();
  await bob.button('Take the page').click();
  await bob.button('Keep the page').click({ timeout: 20_000 });
  await bob.button('Another page').click();
  await bob.button('Take the page').click();
  await bob.button('Keep the page').click({ timeout: 20_000 });
  await expect(bob.button('Page 2')).toBeVisible();
  await bob.button('Make a PDF').click();
  await expect(sheet(bob)).toBeVisible({ timeout: 20_000 });
  await sendSheet(bob);
  const saved = carol.page.getByRole('button', { name: /^Save Scan .*\.pdf$/ });
  await expect(saved).toBeVisible({ timeout: 20_000 });
  const download = carol.page.waitForEvent('download');
  await saved.click();
  const pdf = readFileSync(await (await download).path());
  expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
});
