/** The engine in a real browser, against a real relay and a native client. */
import { type BrowserContext, type Page, expect, test } from '@playwright/test';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { World } from './world';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const PIN = '271828';

let world: World;

test.beforeAll(() => {
  const built = spawnSync(process.execPath, [here('../node_modules/vite/bin/vite.js'), 'build', '--config', here('./vite.page.config.ts'), '--logLevel', 'error'], {
    encoding: 'utf8',
  });
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

async function join(page: Page, user: string, name: string): Promise<void> {
  await page.evaluate(() => chancery.until((status) => status.phase === 'new'));
  await page.evaluate((pin) => chancery.engine.create({ pin }), PIN);
  const joined = await page.evaluate((link) => chancery.engine.command({ type: 'join', link, label: 'browser' }), world.invite(user, name));
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
    ({ group, text }) => chancery.engine.command({ type: 'send', group, draft: { type: 'text', text, reply_to: null } }),
    { group, text },
  );
}

function texts(page: Page, group: string): Promise<string[]> {
  return page.evaluate(async (group) => {
    const { messages } = await chancery.engine.ask({ type: 'messages', group, limit: 50 });
    return messages.flatMap((message) => (message.sender && message.body.type === 'text' ? [message.body.text] : []));
  }, group);
}

/** Every byte of the origin private file system, of the page's origin, that can be read while the engine runs. */
test('a browser joins, talks to a native client, and keeps everything over a reload', async ({ context }) => {
  const page = await open(context);
  await join(page, 'bob', 'Bob');
  const group = await direct(page, 'alice@example.org');
  await send(page, group, 'hello from the browser');
  await expect.poll(() => world.texts('alice', 'Bob')).toEqual(['hello from the browser']);
  world.client('alice', 'send', 'Bob', 'hello from the terminal');
  await expect.poll(() => texts(page, group)).toEqual(['hello from the browser', 'hello from the terminal']);

  await page.reload();
  await page.waitForFunction(() => 'chancery' in globalThis);
  await page.evaluate(() => chancery.until((status) => status.phase === 'ready' && status.connection === 'online'));
  expect(await texts(page, group)).toEqual(['hello from the browser', 'hello from the terminal']);
  world.client('alice', 'send', 'Bob', 'still there?');
  await expect.poll(() => texts(page, group)).toContain('still there?');
});
