/** A member that means harm, at a terminal of its own: what it sends is shown as what it is, and does nothing. */
import { chromium } from '@playwright/test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { found } from './disk';
import { Person, expect, test } from './app';

const nested = (open: string, close: string, times: number) => `${open.repeat(times)}x${close.repeat(times)}`;

/** Each begins with a word that it is found by. */
const HOSTILE: readonly string[] = [
  'h00 <script>window.hacked = 1</script><img src=x onerror="window.hacked=1"><svg onload="window.hacked=1"></svg>',
  'h01 <iframe src="https://evil.example/"></iframe><style>*{display:none}</style><base href="https://evil.example/">',
  'h02 [press me](javascript:window.hacked=1) <javascript:window.hacked=1> [x](JaVaScRiPt:window.hacked=1)',
  'h03 [data](data:text/html,<script>window.hacked=1</script>) [vb](vbscript:x) [file](file:///etc/passwd)',
  'h04 ![picture](https://evil.example/pixel.gif) ![](//evil.example/p.gif)',
  'h05 [https://bank.example](https://evil.example/login)',
  'h06 [tab](java\tscript:alert(1)) [nl](java\nscript:alert(1)) [nul](java\u0001script:alert(1))',
  'h07 \u202Egnp.exe\u202C \u2066\u2067\u2068 abc \u202Dxyz\u202E'.repeat(5),
  `h08 ${'Z\u0300\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308'.repeat(300)}`,
  `h09 ${'W'.repeat(5000)}`,
  `h10 ${nested('**', '**', 300)}`,
  `h11 ${'>'.repeat(500)} deep`,
  `h12 ${nested('[', '](https://example.org)', 200)}`,
  `h13 ${'* '.repeat(200)}list`,
  `h14 ${'`'.repeat(3000)}`,
  `h15 ${'_*~`[('.repeat(800)}`,
  `h16\n\n${'line\n'.repeat(2000)}`,
  `h17 ${'https://evil.example/'.repeat(120)}`,
  'h18 <a href="https://evil.example" style="position:fixed;inset:0">cover</a> &lt;b&gt; &#x3C;script&#x3E;',
  'h19 {{constructor.constructor("window.hacked=1")()}} ${window.hacked=1} <%= 1 %>',
  `h20 ${'\u200B\u200C\u200D\uFEFF'.repeat(400)}`,
  `h21 ${'👨‍👩‍👧‍👦'.repeat(400)}`,
  'h22 \u0000\u0001\u0008\u001b[31mred\u001b[0m',
  `h23\n\n\`\`\`\n${'code '.repeat(400)}\n\`\`\``,
];

test('crafted messages are shown as text: no script, no request, nothing over the edge', async ({ world, someone }) => {
  const bob = await someone({ kind: 'phone', width: 360 });
  const { page } = bob;
  await bob.join('bob', 'Bob');
  // A name and a group's name are content, too. What turns text around is refused in both.
  world.client('mal', 'join', world.invite('mal', '<img src=x onerror=alert(1)> lam'), '--label', 'x');
  world.client('mal', 'group', '<script>window.hacked=1</script>'.padEnd(60, 'W'), 'bob');
  await expect(bob.list.locator('a[data-row]')).toHaveCount(1);
  await bob.shot('hostile-list');
  await bob.list.locator('a[data-row]').tap();
  await expect(bob.composer).toBeVisible();
  const group = decodeURIComponent(new URL(page.url()).pathname.slice('/c/'.length));
  for (const text of HOSTILE) {
    writeFileSync(join(world.dir, 'text'), text);
    world.clientReading('mal', text, 'send', group, '-');
    const word = text.slice(0, 3);
    // What is long is taller than the screen: its end is what is seen.
    await expect(bob.thread.locator('article').filter({ hasText: word }).last()).toBeAttached();
    await bob.fitsItsWidth();
    const wide = await bob.thread.evaluate((pane) => pane.scrollWidth - pane.clientWidth);
    expect(wide, `${word} runs over the edge`).toBeLessThanOrEqual(0);
  }
  // Names of files, too.
  writeFileSync(join(world.dir, 'a<img src=x onerror=alert(1)>\u202Egpj.html'), '<script>window.hacked = 1</script>');
  world.client('mal', 'attach', group, 'a<img src=x onerror=alert(1)>\u202Egpj.html');
  await expect(bob.thread.getByText('onerror=alert').last()).toBeAttached();
  await bob.shot('hostile-end');

  for (const word of ['h00', 'h02', 'h05', 'h07', 'h08', 'h09', 'h17', 'h21']) {
    await page.getByRole('button', { name: 'Search in this conversation' }).tap();
    await page.getByRole('searchbox', { name: 'Search in this conversation' }).fill(word);
    const message = bob.thread.locator('article').filter({ hasText: word }).last();
    await expect(message).toHaveAttribute('aria-current', 'true');
    await bob.shot(`hostile-${word}`);
    await bob.fitsItsWidth();
    for (const link of await message.getByRole('link').all())
      expect(await link.getAttribute('href')).toMatch(/^(?:https?|mailto|tel):/);
    if (word === 'h05') await expect(message).toContainText('evil.example');
    await page.getByRole('button', { name: 'Close search' }).tap();
  }
  expect(await page.evaluate(() => 'hacked' in globalThis)).toBe(false);
  expect(await bob.thread.locator('script, iframe, style, base, object, embed, form').count()).toBe(0);
  // The list, the search and the details show the same things.
  await bob.details();
  await expect(page.getByRole('button', { name: /Who can read this/ })).toBeVisible();
  await bob.fitsItsWidth();
  await bob.shot('hostile-info');
  await page.goto(world.url);
  await expect(bob.list).toBeVisible();
  await page.getByLabel('Search people and messages').fill('h0');
  await expect(page.getByRole('region', { name: 'Messages' }).getByRole('link').first()).toBeVisible();
  await bob.fitsItsWidth();
  await bob.shot('hostile-search');
  // The writer still works.
  await page.getByLabel('Search people and messages').fill('');
  await bob.list.locator('a[data-row]').tap();
  await bob.send('still here');
  await expect.poll(() => world.texts('mal', group)).toContain('still here');
});

test('pages come with strict headers', async ({ world, someone }) => {
  const bob = await someone();
  for (const path of ['/', '/index.html', '/c/nothing', '/settings', '/sw.js']) {
    const headers = (await bob.page.request.get(world.url + path)).headers();
    const policy = headers['content-security-policy'] ?? '';
    expect(policy, path).toContain("default-src 'none'");
    expect(policy, path).toContain("require-trusted-types-for 'script'");
    expect(policy, path).not.toMatch(/unsafe-inline|'unsafe-eval'|\*|https?:/);
    expect(headers, path).toMatchObject({
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'x-frame-options': 'DENY',
    });
    expect(headers['permissions-policy'], path).toContain('camera=(self)');
  }
  // They are in force: a string doesn't become a script, an inline one doesn't run, and nothing is asked of anybody else.
  await bob.page.goto(world.url);
  await expect(bob.page.getByRole('heading', { name: 'Welcome to Chancery' })).toBeVisible();
  const tried = await bob.page.evaluate(async () => {
    const attempt = (act: () => unknown) => {
      try {
        act();
        return 'done';
      } catch (error) {
        return error instanceof Error ? error.name : 'thrown';
      }
    };
    const element = document.createElement('div');
    return {
      // eslint-disable-next-line no-restricted-syntax -- the browser has to refuse it
      html: attempt(() => (element.innerHTML = '<b>x</b>')),
      // Later, out of the reach of what the tests come in by.
      code: await new Promise((resolve) => setTimeout(() => resolve(attempt(() => (0, eval)('1'))))),
      script: attempt(() => (document.createElement('script').src = '/x.js')),
      worker: attempt(() => new Worker('/x.js')),
      away: await fetch('https://example.invalid/').then(
        () => 'done',
        () => 'refused',
      ),
    };
  });
  expect(tried).toEqual({
    html: 'TypeError',
    code: 'EvalError',
    script: 'TypeError',
    worker: 'TypeError',
    away: 'refused',
  });
  // What the browser says of that comes a little later.
  await expect.poll(() => bob.complaints().some((text) => text.includes('example.invalid'))).toBe(true);
  bob.complaintsExpected = true;
});

test('nothing that was written, read or typed is plain on the disk', async ({ browser, world }, info) => {
  const profile = info.outputPath('profile');
  const context = await chromium.launchPersistentContext(profile, {
    ...info.project.use.launchOptions,
    viewport: { width: 1280, height: 800 },
  });
  const bob = await Person.at(browser, world, { context });
  await bob.join('bob', 'Bob Quillfeather');
  await bob.write('Alice Martin');
  await bob.send('velvet-hammer-seventeen');
  world.client('alice', 'send', 'Bob Quillfeather', 'answer-of-porcelain');
  await bob.sees('answer-of-porcelain');
  await bob.composer.fill('draft-of-cinnamon');
  await bob.home();
  await bob.page.getByLabel('Search people and messages').fill('velvet');
  await expect(bob.page.getByRole('region', { name: 'Messages' }).getByRole('link')).toHaveCount(1);
  await bob.page.getByLabel('Search people and messages').fill('');
  await bob.page.reload();
  await expect(bob.row('Alice Martin').getByText('draft-of-cinnamon')).toBeVisible();
  await context.close();
  expect(bob.complaints()).toEqual([]);
  expect(
    found(profile, [
      'velvet-hammer',
      'porcelain',
      'cinnamon',
      'Quillfeather',
      'Alice Martin',
      '918273',
      'bob@example.org',
    ]),
  ).toEqual([]);
});
