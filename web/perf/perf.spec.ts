/**
 * The app's speed, with what is shipped: the release bundle in a real browser, a real relay, and a native client that fills a conversation.
 *
 *     cargo xtask web && cargo build -p chancery-cli && cargo build -p chancery-client --example flood
 *     npm run perf                 # MESSAGES=100000
 *
 * Prints a table and writes `dist/perf.json`. A target that is missed fails.
 */
import { type Page, chromium, expect, test } from '@playwright/test';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Person } from '../e2e/app';
import { World, programNamed, target, whyNot } from '../e2e/world';
import { type Frames, install } from './probes';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const floodProgram = programNamed('FLOOD', join(target, 'debug', 'examples', 'flood'));

const MESSAGES = Number(process.env['MESSAGES'] ?? 100_000);
/** Messages that arrive while somebody types, and in each of the rounds after which memory is measured. */
const ROUND_MESSAGES = 1000;
const MEMORY_ROUNDS = 6;
/** Each start and each opening is measured so many times; the median counts. */
const REPEATS = 7;

/** What the issue asks for. */
const WARM_START_MS = 1000;
const OPEN_MS = 150;
const TYPING_FPS = 50;
/** Nothing may pile up: growth over all rounds but the first, which fills caches, in bytes. */
const HEAP_GROWTH_BYTES = 4_000_000;
const RESIDENT_GROWTH_BYTES = 40_000_000;

interface Row {
  what: string;
  measured: number;
  unit: string;
  target?: number;
  atLeast?: boolean;
  details?: unknown;
}
const rows: Row[] = [];
const missed = (row: Row) =>
  row.target !== undefined && (row.atLeast ? row.measured < row.target : row.measured > row.target);

function note(row: Row): void {
  rows.push(row);
  // eslint-disable-next-line no-console -- the table
  console.log(
    `${row.what.padEnd(58)} ${row.measured.toFixed(row.measured < 10 ? 1 : 0).padStart(8)} ${row.unit.padEnd(4)}` +
      (row.target === undefined ? '' : ` ${row.atLeast ? '>=' : '<='} ${row.target}${missed(row) ? '  MISSED' : ''}`),
  );
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

/** Sends messages as alice; resolves with the time until the relay had them all. */
function flood(world: World, group: string, count: number, first: number, perSecond?: number): Promise<number> {
  const folder = join(world.dir, 'profiles', 'alice');
  const args = [folder, group, String(count), String(first), ...(perSecond === undefined ? [] : [String(perSecond)])];
  const child = spawn(floodProgram, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.on('data', (data: Buffer) => (out += data.toString()));
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new Error(`flood can't be started: ${error.message}`)));
    child.once('exit', (status, signal) =>
      status === 0 ? resolve(Number(out)) : reject(new Error(`flood failed: ${whyNot({ status, signal })}`)),
    );
  });
}

/** Collects what is garbage, then asks: the page's heap, and what all renderers hold in memory. */
async function memory(page: Page): Promise<{ heap: number; resident: number }> {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('HeapProfiler.collectGarbage');
  await cdp.send('Performance.enable');
  const { metrics } = await cdp.send('Performance.getMetrics');
  await cdp.detach();
  const heap = metrics.find((metric) => metric.name === 'JSHeapUsedSize')?.value ?? NaN;
  const browser = await page.context().browser()?.newBrowserCDPSession();
  const processes = (await browser?.send('SystemInfo.getProcessInfo'))?.processInfo ?? [];
  await browser?.detach();
  const resident = processes
    .filter((process) => process.type === 'renderer')
    .map(
      (process) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${process.id}/status`, 'utf8'))?.[1] ?? 0) * 1024,
    )
    .reduce((a, b) => a + b, 0);
  return { heap, resident };
}

// eslint-disable-next-line no-empty-pattern -- Playwright reads which fixtures are wanted
test('the app keeps its performance budget', async ({}, info) => {
  if (!existsSync(floodProgram))
    throw new Error(`${floodProgram} isn't there: run \`cargo build -p chancery-client --example flood\` first.`);
  // One member writes more than the relay lets anybody write in so short a time.
  const world = await World.running(process.env['APP_DIR'], {
    CHANCERY_LIMITS__MESSAGE_BURST: '1000000',
    CHANCERY_LIMITS__BYTE_BURST: '1000000000',
  });
  const folder = mkdtempSync(join(tmpdir(), 'chancery-perf-'));
  try {
    world.joinOwner();
    // A profile on the disk: a private window would keep its files in memory.
    const context = await chromium.launchPersistentContext(folder, {
      ...info.project.use.launchOptions,
      viewport: { width: 1280, height: 800 },
      locale: 'en-GB',
      timezoneId: 'UTC',
    });
    const browser = context.browser();
    if (!browser) throw new Error('no browser');
    await context.addInitScript(install);
    const bob = await Person.at(browser, world, { kind: 'desk', context });
    // Keeps the browser open while the app's only tab is closed.
    await context.newPage();
    await bob.join('bob', 'Bob');
    await bob.write('Alice Martin');
    await bob.send('Shall we see how much fits in here?');
    await expect.poll(() => world.texts('alice', 'Bob').length).toBe(1);
    const group = String(world.client('alice', 'conversations')[0]?.['group']);
    let { page } = bob;
    await page.goto(world.url);

    // The conversation is filled while the app shows the list.
    const filling = Date.now();
    const sent = await flood(world, group, MESSAGES, 0);
    note({ what: `${MESSAGES} messages taken by the relay`, measured: MESSAGES / (sent / 1000), unit: '/s' });
    const last = MESSAGES - 1;
    await expect(page.locator('a[data-row]').getByText(`${last}: `)).toBeVisible({ timeout: 45 * 60_000 });
    note({
      what: '… received, decrypted and stored by the browser',
      measured: MESSAGES / ((Date.now() - filling) / 1000),
      unit: '/s',
    });

    /** Another start of the app, with the service worker and the store that are there. */
    const start = async (path = '/') => {
      await page.close();
      page = await context.newPage();
      await page.goto(world.url + path);
    };
    const starts: number[] = [];
    for (let n = 0; n < REPEATS; n += 1) {
      await start();
      starts.push(Number(await (await page.waitForFunction(() => probes.list)).jsonValue()));
    }
    note({
      what: 'warm start to a readable list',
      measured: median(starts),
      unit: 'ms',
      target: WARM_START_MS,
      details: starts,
    });

    // Opened for the first time after a start, and again.
    const row = () => page.locator('a[data-row]').first();
    const open = async () => {
      await row().click();
      const value = await page.waitForFunction(() => probes.thread);
      return Number(await value.jsonValue());
    };
    const first: number[] = [];
    for (let n = 0; n < REPEATS; n += 1) {
      await start();
      await expect(row()).toBeVisible();
      // A person looks at the list before choosing; the app is idle then.
      await page.waitForFunction(() => probes.list !== undefined && performance.now() > probes.list + 1500);
      first.push(await open());
    }
    note({
      what: `opening ${MESSAGES} messages, first time`,
      measured: median(first),
      unit: 'ms',
      target: OPEN_MS,
      details: first,
    });
    const again: number[] = [];
    for (let n = 0; n < REPEATS; n += 1) {
      await page.goBack();
      await expect(page.getByRole('feed')).toHaveCount(0);
      again.push(await open());
      await expect(page.getByRole('feed').locator('article').first()).toBeVisible();
    }
    note({ what: 'opening it again', measured: median(again), unit: 'ms', target: OPEN_MS, details: again });

    // Up through the history, as fast as a wheel turns.
    const measure = async (act: () => Promise<void>): Promise<Frames> => {
      const stop = await page.evaluateHandle(() => probes.frames());
      await act();
      return page.evaluate((stop) => stop(), stop);
    };
    await page
      .getByRole('button', { name: /newest message|new messages/ })
      .click({ timeout: 2000 })
      .catch(() => undefined);
    await page.getByRole('feed').hover();
    const scroll = await measure(async () => {
      for (let n = 0; n < 200; n += 1) {
        await page.mouse.wheel(0, -900);
        await page.waitForTimeout(16);
      }
    });
    note({
      what: 'scrolling 180,000 px of history: slowest second',
      measured: scroll.worstSecond,
      unit: 'fps',
      details: scroll,
    });
    note({ what: '… longest frame', measured: scroll.longestMs, unit: 'ms' });

    // Typing while messages arrive, in the conversation into which they come.
    await start(`/c/${group}`);
    await expect(page.getByRole('feed').locator('article').first()).toBeVisible();
    const composer = page.getByRole('textbox', { name: 'Message', exact: true });
    await composer.click();
    // Looked for in the page and not by a locator: what a failing one writes down takes longer than any frame.
    const arrived = (n: number) =>
      page.waitForFunction(
        (start) => document.querySelector('[role=feed] [data-index]:last-child > article')?.textContent.includes(start),
        `${n}: `,
        { polling: 100, timeout: 120_000 },
      );
    let next = MESSAGES;
    const typing = await measure(async () => {
      const sending = { over: false };
      const all = flood(world, group, ROUND_MESSAGES, next).finally(() => (sending.over = true));
      while (!sending.over) await composer.pressSequentially('meanwhile I write ', { delay: 40 });
      await all;
      await arrived(next + ROUND_MESSAGES - 1);
    });
    next += ROUND_MESSAGES;
    note({
      what: `typing while ${ROUND_MESSAGES} messages arrive: slowest second`,
      measured: typing.worstSecond,
      unit: 'fps',
      target: TYPING_FPS,
      atLeast: true,
      details: typing,
    });
    note({ what: '… longest frame', measured: typing.longestMs, unit: 'ms' });

    // Traffic: what is held after each round.
    const held: { heap: number; resident: number }[] = [];
    for (let n = 0; n < MEMORY_ROUNDS; n += 1) {
      await flood(world, group, ROUND_MESSAGES, next);
      next += ROUND_MESSAGES;
      await arrived(next - 1);
      held.push(await memory(page));
    }
    const grown = (of: 'heap' | 'resident') => (held.at(-1)?.[of] ?? NaN) - (held[0]?.[of] ?? NaN);
    const rounds = (MEMORY_ROUNDS - 1) * ROUND_MESSAGES;
    note({ what: 'heap of the page', measured: (held.at(-1)?.heap ?? NaN) / 1e6, unit: 'MB', details: held });
    note({
      what: `… grown by ${rounds} messages`,
      measured: grown('heap') / 1e6,
      unit: 'MB',
      target: HEAP_GROWTH_BYTES / 1e6,
    });
    note({ what: 'memory of all renderers', measured: (held.at(-1)?.resident ?? NaN) / 1e6, unit: 'MB' });
    note({
      what: `… grown by ${rounds} messages`,
      measured: grown('resident') / 1e6,
      unit: 'MB',
      target: RESIDENT_GROWTH_BYTES / 1e6,
    });
    await context.close();
    expect(bob.complaints()).toEqual([]);
  } finally {
    await world.end();
    rmSync(folder, { recursive: true, force: true });
  }
  writeFileSync(
    here('../dist/perf.json'),
    `${JSON.stringify({ messages: MESSAGES, load: loadavg(), rows }, null, 2)}\n`,
  );
  expect(rows.filter(missed).map((row) => row.what)).toEqual([]);
});
