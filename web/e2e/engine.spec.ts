/** The engine in a real browser, against a real relay and a native client. */
import { type BrowserContext, type Page, chromium, expect, test } from '@playwright/test';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { found } from './disk';
import { World } from './world';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const PIN = '271828';

let world: World;

test.beforeAll(() => {
  const built = spawnSync(
    process.execPath,
    [
      here('../node_modules/vite/bin/vite.js'),
      'build',
      '--config',
      here('./vite.page.config.ts'),
      '--logLevel',
      'error',
    ],
    {
      encoding: 'utf8',
    },
  );
  if (built.status !== 0) throw new Error(built.stderr + built.stdout);
});

test.beforeEach(async () => {
  world = await World.running(here('../dist/e2e'));
  world.joinOwner();
});

test.afterEach(() => world.end());

/** Opens the page; everything that the browser complains about fails the test. */
async function open(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  page.on('pageerror', (error) => {
    throw error;
  });
  await page.goto(world.url);
  await page.waitForFunction(() => 'chancery' in globalThis);
  return page;
}

async function joinAs(page: Page, user: string, name: string): Promise<void> {
  await page.evaluate(() => chancery.until((status) => status.phase === 'new'));
  await page.evaluate((pin) => chancery.engine.create({ pin }), PIN);
  const joined = await page.evaluate(
    (link) => chancery.engine.command({ type: 'join', link, label: 'browser' }),
    world.invite(user, name),
  );
  expect(joined).toMatchObject({ type: 'joined', user: `${user}@example.org` });
  await page.evaluate(() => chancery.until((status) => status.phase === 'ready' && status.connection === 'online'));
}

async function direct(page: Page, user: string): Promise<string> {
  const started = await page.evaluate((user) => chancery.engine.command({ type: 'start_direct', user }), user);
  if (started.type !== 'conversation') throw new Error(JSON.stringify(started));
  return started.group;
}

function send(page: Page, group: string, text: string) {
  return page.evaluate(
    ({ group, text }) =>
      chancery.engine.command({ type: 'send', group, draft: { type: 'text', text, reply_to: null } }),
    { group, text },
  );
}

function texts(page: Page, group: string): Promise<string[]> {
  return page.evaluate(async (group) => {
    const { messages } = await chancery.engine.ask({ type: 'messages', group, limit: 50 });
    return messages.flatMap((message) => (message.sender && message.body.type === 'text' ? [message.body.text] : []));
  }, group);
}

/** Loads the page again and waits until it is connected. */
async function reload(page: Page): Promise<void> {
  await page.reload();
  await page.waitForFunction(() => 'chancery' in globalThis);
  await page.evaluate(() => chancery.until((status) => status.phase === 'ready' && status.connection === 'online'));
}

test('a browser joins, talks to a native client, and keeps everything over a reload', async ({ context }) => {
  const page = await open(context);
  await joinAs(page, 'bob', 'Bob');
  const group = await direct(page, 'alice@example.org');
  await send(page, group, 'hello from the browser');
  await expect.poll(() => world.texts('alice', 'Bob')).toEqual(['hello from the browser']);
  world.client('alice', 'send', 'Bob', 'hello from the terminal');
  await expect.poll(() => texts(page, group)).toEqual(['hello from the browser', 'hello from the terminal']);

  await reload(page);
  expect(await texts(page, group)).toEqual(['hello from the browser', 'hello from the terminal']);
  world.client('alice', 'send', 'Bob', 'still there?');
  await expect.poll(() => texts(page, group)).toContain('still there?');
});

test('a second tab works along, and takes over when the first one ends', async ({ context }) => {
  const first = await open(context);
  await joinAs(first, 'bob', 'Bob');
  const second = await open(context);
  await second.evaluate(() => chancery.until((status) => status.phase === 'ready' && status.connection === 'online'));
  const group = await direct(second, 'alice@example.org');
  await send(second, group, 'from the second tab');
  await expect.poll(() => texts(first, group)).toEqual(['from the second tab']);

  // The owner ends in the middle of commands of the other tab: each is carried out exactly once.
  const sent = second.evaluate(async (group) => {
    const all = Array.from({ length: 20 }, (_, n) =>
      chancery.engine.command({ type: 'send', group, draft: { type: 'text', text: `number ${n}`, reply_to: null } }),
    );
    return (await Promise.all(all)).length;
  }, group);
  await first.close();
  expect(await sent).toBe(20);
  const expected = ['from the second tab', ...Array.from({ length: 20 }, (_, n) => `number ${n}`)];
  await expect.poll(() => texts(second, group)).toEqual(expected);
  await expect.poll(() => world.texts('alice', 'Bob')).toEqual(expected);
});

test('nothing on the disk is plain', async ({ browserName }, info) => {
  const profile = info.outputPath('profile');
  expect(browserName).toBe('chromium');
  const launch = info.project.use.launchOptions ?? {};
  const context = await chromium.launchPersistentContext(profile, launch);
  const page = await open(context);
  await joinAs(page, 'bob', 'Bob Quillfeather');
  const group = await direct(page, 'alice@example.org');
  await send(page, group, 'velvet-hammer-seventeen');
  const file = 'file-content-marzipan-'.repeat(20_000);
  await page.evaluate(
    async ({ group, file }) => {
      await chancery.engine.sendFile(
        group,
        { file: new Blob([file]), name: 'notes-saffron.txt', mediaType: 'text/plain' },
        'caption-basil',
      );
    },
    { group, file },
  );
  await expect.poll(() => world.messages('alice', 'Bob Quillfeather').length).toBe(2);
  // Over a reload, so that the second opening is looked at, too.
  await reload(page);
  expect(await texts(page, group)).toContain('velvet-hammer-seventeen');
  await context.close();
  expect(
    found(profile, ['velvet-hammer', 'marzipan', 'saffron', 'basil', 'Quillfeather', 'Alice Martin', PIN]),
  ).toEqual([]);
});

test('a file goes to a native client and back, and can be read in parts', async ({ context }) => {
  const page = await open(context);
  await joinAs(page, 'bob', 'Bob');
  const group = await direct(page, 'alice@example.org');
  // Several requests long, and no multiple of anything.
  const size = 9_000_001;
  await page.evaluate(
    async ({ group, size }) => {
      const bytes = Uint8Array.from({ length: size }, (_, n) => (n * 7 + (n >> 8)) & 255);
      await chancery.engine.sendFile(
        group,
        { file: new Blob([bytes]), name: 'big.bin', mediaType: 'application/x-test' },
        'here',
      );
    },
    { group, size },
  );
  await expect
    .poll(
      () => world.messages('alice', 'Bob').some((message) => (message['body'] as { name?: string }).name === 'big.bin'),
      { timeout: 30_000 },
    )
    .toBe(true);
  const message = world.messages('alice', 'Bob').find((each) => (each['body'] as { name?: string }).name === 'big.bin');
  world.client('alice', 'fetch', String(message?.['id']), '--to', 'got.bin');
  const got = readFileSync(join(world.dir, 'got.bin'));
  expect(got.length).toBe(size);
  expect(got.every((byte, n) => byte === ((n * 7 + (n >> 8)) & 255))).toBe(true);

  writeFileSync(join(world.dir, 'answer.bin'), got.subarray(0, 3_000_000));
  world.client('alice', 'attach', 'Bob', 'answer.bin');
  const id = await page.evaluate(async () => {
    const came = await chancery.event(
      (event) =>
        event.type === 'message' && event.message.body.type === 'file' && event.message.body.name === 'answer.bin',
    );
    return came.type === 'message' ? came.message.id : '';
  });
  const read = await page.evaluate(async (id) => {
    const blob = await chancery.engine.openFile(id);
    const bytes = new Uint8Array(await blob.arrayBuffer());
    return { size: blob.size, right: bytes.every((byte, n) => byte === ((n * 7 + (n >> 8)) & 255)) };
  }, id);
  expect(read).toEqual({ size: 3_000_000, right: true });
});

test('the app locks, counts wrong PINs, and opens again', async ({ context }) => {
  const page = await open(context);
  await joinAs(page, 'bob', 'Bob');
  const group = await direct(page, 'alice@example.org');
  await send(page, group, 'before the lock');
  expect(await page.evaluate(() => chancery.code(chancery.engine.confirmPresence({ pin: '000000' })))).toBe(
    'wrong_pin',
  );
  expect(await page.evaluate((pin) => chancery.code(chancery.engine.confirmPresence({ pin })), PIN)).toBe('ok');
  await page.evaluate(() => chancery.engine.lock());
  expect(await page.evaluate(() => chancery.engine.status())).toEqual({ phase: 'locked', methods: ['pin'] });
  expect(await page.evaluate(() => chancery.code(chancery.engine.ask({ type: 'conversations' })))).toBe('locked');
  await page.reload();
  await page.waitForFunction(() => 'chancery' in globalThis);
  await page.evaluate(() => chancery.until((status) => status.phase === 'locked'));
  const codes = await page.evaluate(async () => {
    const codes: string[] = [];
    for (let n = 0; n < 6; n += 1) codes.push(await chancery.code(chancery.engine.unlock({ pin: '111111' })));
    return codes;
  });
  expect(codes).toEqual(['wrong_pin', 'wrong_pin', 'wrong_pin', 'wrong_pin', 'wrong_pin', 'wait']);
});

test('a passkey locks and opens the store', async ({ context }) => {
  const page = await open(context);
  const cdp = await context.newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      ctap2Version: 'ctap2_1',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      hasPrf: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  await page.evaluate(() => chancery.until((status) => status.phase === 'new'));
  await page.evaluate(() => chancery.engine.create({ passkey: true }));
  await page.evaluate(() => chancery.engine.lock());
  expect(await page.evaluate(() => chancery.engine.status())).toEqual({ phase: 'locked', methods: ['passkey'] });
  await page.evaluate(() => chancery.engine.unlock({ passkey: true }));
  expect(await page.evaluate(() => chancery.engine.status().phase)).toBe('ready');
  // A PIN takes its place.
  await page.evaluate((pin) => chancery.engine.changeLock({ passkey: true }, { pin }), PIN);
  expect(await page.evaluate(() => chancery.engine.lockMethods())).toEqual(['pin']);
  await page.evaluate(() => chancery.engine.erase());
  expect(await page.evaluate(() => chancery.engine.status().phase)).toBe('new');
});

test('a message written without a relay goes out once when it is back', async ({ context }) => {
  const page = await open(context);
  await joinAs(page, 'bob', 'Bob');
  const group = await direct(page, 'alice@example.org');
  await send(page, group, 'one');
  await expect.poll(() => world.texts('alice', 'Bob')).toEqual(['one']);
  await world.kill();
  await page.evaluate(() => chancery.until((status) => status.phase === 'ready' && status.connection === 'connecting'));
  await send(page, group, 'two');
  expect(await texts(page, group)).toEqual(['one', 'two']);
  await world.start();
  await expect.poll(() => world.texts('alice', 'Bob'), { timeout: 30_000 }).toEqual(['one', 'two']);
});
