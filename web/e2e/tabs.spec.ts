/** Several tabs of one browser, and its lock. */
import { type Page } from '@playwright/test';
import { expect, PIN, test } from './app';

const sees = (page: Page, text: string) =>
  expect(
    page.getByLabel('Messages', { exact: true }).locator('article').filter({ hasText: text }).last(),
  ).toBeVisible();

async function send(page: Page, text: string): Promise<void> {
  const composer = page.getByRole('textbox', { name: 'Message', exact: true });
  await composer.fill(text);
  await composer.press('Enter');
  await expect(composer).toHaveValue('');
}

test('two tabs work together, and the second goes on when the first is closed', async ({ world, someone }) => {
  const bob = await someone();
  await bob.join('bob', 'Bob');
  await bob.write('Alice Martin');
  await bob.send('from the first tab');
  const second = await bob.tab(new URL(bob.page.url()).pathname);
  await sees(second, 'from the first tab');
  await send(second, 'from the second tab');
  await bob.sees('from the second tab');
  world.client('alice', 'send', 'Bob', 'to both');
  await bob.sees('to both');
  await sees(second, 'to both');

  // The first one, which has the core, is closed while the second one sends.
  const composer = second.getByRole('textbox', { name: 'Message', exact: true });
  const sent: string[] = [];
  for (let n = 1; n <= 8; n += 1) {
    sent.push(`number ${n}`);
    await composer.fill(`number ${n}`);
    await composer.press('Enter');
    if (n === 4) await bob.page.close();
    await expect(composer).toHaveValue('');
  }
  for (const text of sent) await sees(second, text);
  await expect
    .poll(() => world.texts('alice', 'Bob').filter((text) => text.startsWith('number')), { timeout: 30_000 })
    .toEqual(sent);
  // What comes is heard by the new owner, and a third tab finds it.
  world.client('alice', 'send', 'Bob', 'to the one that is left');
  await sees(second, 'to the one that is left');
  const third = await bob.tab(new URL(second.url()).pathname);
  await sees(third, 'to the one that is left');
});

test('a file that is being sent from one tab goes on in the other', async ({ world, someone }) => {
  const bob = await someone();
  await bob.join('bob', 'Bob');
  await bob.write('Alice Martin');
  const second = await bob.tab(new URL(bob.page.url()).pathname);
  await expect(second.getByRole('textbox', { name: 'Message', exact: true })).toBeVisible();
  await bob.context.route('**/v1/files/*', async (route) => {
    if (route.request().method() === 'PATCH') await route.abort();
    else await route.continue();
  });
  bob.expectCuts();
  await second
    .locator('input[type=file]')
    .first()
    .setInputFiles({
      name: 'minutes.bin',
      mimeType: 'application/octet-stream',
      buffer: Buffer.alloc(300_000, 'minutes '),
    });
  await second.getByRole('dialog').getByRole('button', { name: 'Send', exact: true }).click();
  await expect(second.getByText('Waiting for the network')).toBeVisible();
  await bob.page.close();
  await bob.context.unroute('**/v1/files/*');
  await expect(second.getByLabel('Messages', { exact: true }).getByText('minutes.bin')).toBeVisible({
    timeout: 30_000,
  });
  await expect.poll(() => world.messages('alice', 'Bob').length).toBe(1);
});

test('the lock: by hand, in all tabs, wrong PINs, and when its time is over', async ({ world, someone }) => {
  const bob = await someone({ kind: 'phone' });
  await bob.join('bob', 'Bob');
  await bob.write('Alice Martin');
  await bob.send('private');
  const thread = new URL(bob.page.url()).pathname;
  const other = await bob.tab(thread);
  await sees(other, 'private');

  await bob.page.goto(`${world.url}/settings/lock`);
  await bob.button('Lock now').click();
  const locked = { name: 'Chancery is locked' };
  await expect(bob.page.getByRole('heading', locked)).toBeVisible();
  await expect(other.getByRole('heading', locked)).toBeVisible();
  await expect(other.getByText('private')).toBeHidden();

  const pin = bob.page.getByLabel('PIN', { exact: true });
  const wrong = async (says: string) => {
    await pin.fill('735291');
    await bob.button('Unlock').click();
    await expect(bob.button('Unlock')).not.toHaveAttribute('data-pending');
    await expect(bob.page.getByText(says)).toBeVisible();
    await expect(pin).toHaveValue('');
  };
  for (let n = 0; n < 4; n += 1) await wrong('This PIN isn’t right.');
  await wrong('Too many wrong PINs. Next try in 0:');
  // Now it has to be waited for, and neither a reload nor another tab helps.
  await other.close();
  await bob.page.reload();
  await expect(bob.page.getByText('Too many wrong PINs. Next try in 0:')).toBeVisible();
  await pin.fill(PIN);
  await expect(bob.button('Unlock')).toBeDisabled();
  await bob.fitsItsWidth();
  await changeRecord(bob.page, { notBefore: 0 });
  await bob.page.reload();
  await pin.fill(PIN);
  await bob.button('Unlock').click();
  await expect(bob.page.getByRole('heading', { name: 'App lock' })).toBeVisible();

  // While the lease lasts, nobody is asked; after it, everybody is.
  await bob.page.goto(world.url + thread);
  await bob.sees('private');
  await changeRecord(bob.page, { lease: 0 });
  await bob.page.reload();
  await expect(bob.page.getByRole('heading', locked)).toBeVisible();
  await pin.fill(PIN);
  await pin.press('Enter');
  await bob.sees('private');
});

test('asked at every start, nothing in the browser opens the store', async ({ world, someone }) => {
  const bob = await someone();
  await bob.join('bob', 'Bob');
  const leased = { record: ['failed', 'lease', 'leaseHours', 'notBefore', 'pin', 'store'], hasFile: true };
  const nothing = { record: leased.record.filter((name) => name !== 'lease'), hasFile: false };
  await expect.poll(() => kept(bob.page)).toEqual(leased);
  const askAgainAfter = async (choice: string) => {
    await bob.page.goto(`${world.url}/settings/lock`);
    await bob.page.getByRole('button', { name: /Ask again after/ }).click();
    await bob.page.getByRole('option', { name: choice, exact: true }).click();
  };
  const locked = async (page: Page) => {
    await page.reload();
    await expect(page.getByRole('heading', { name: 'Chancery is locked' })).toBeVisible();
    expect(await kept(page)).toEqual(nothing);
  };
  const unlock = async (page: Page) => {
    await page.getByLabel('PIN', { exact: true }).fill(PIN);
    await page.getByLabel('PIN', { exact: true }).press('Enter');
    await expect(page.getByRole('heading', { name: 'Chancery is locked' })).toBeHidden();
  };

  await askAgainAfter('Every start');
  await expect(bob.page.getByText('Nothing on this device opens your messages')).toBeVisible();
  expect(await kept(bob.page)).toEqual(nothing);
  await bob.page.getByRole('link', { name: 'Back' }).click();
  await bob.write('Alice Martin');
  await bob.send('with nothing kept');
  // A tab beside it isn't asked, and goes on alone: the key goes from memory to memory.
  const second = await bob.tab(new URL(bob.page.url()).pathname);
  await sees(second, 'with nothing kept');
  await bob.page.close();
  await send(second, 'from the tab that is left');
  await sees(second, 'from the tab that is left');
  expect(await kept(second)).toEqual(nothing);
  await locked(second);
  await unlock(second);
  await sees(second, 'from the tab that is left');
  expect(await kept(second)).toEqual(nothing);
});

test('a lease that is over, or that a clock was set back behind, opens nothing and is gone', async ({ someone }) => {
  const bob = await someone();
  await bob.join('bob', 'Bob');
  const isKept = async () => (await kept(bob.page)).hasFile;
  for (const time of [{ lease: Date.now() - 1000 }, { seen: Date.now() + 3_600_000 }]) {
    await expect.poll(isKept).toBe(true);
    await changeRecord(bob.page, time);
    await bob.page.reload();
    await expect(bob.page.getByRole('heading', { name: 'Chancery is locked' })).toBeVisible();
    expect(await kept(bob.page)).toMatchObject({
      record: expect.not.arrayContaining(['lease']),
      hasFile: false,
    });
    await bob.page.getByLabel('PIN', { exact: true }).fill(PIN);
    await bob.page.getByLabel('PIN', { exact: true }).press('Enter');
    await expect(bob.list).toBeVisible();
  }
});

/** What of the lock is on the disk: the parts of its record, and whether there is the file of a lease. */
function kept(page: Page): Promise<{ record: string[]; hasFile: boolean }> {
  return page.evaluate(async () => {
    const settled = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error ?? new Error('IndexedDB'));
      });
    const database = await settled(indexedDB.open('chancery', 1));
    const record = (await settled(database.transaction('keys').objectStore('keys').get('store'))) as object;
    database.close();
    const names: string[] = [];
    for await (const name of (await navigator.storage.getDirectory()).keys()) names.push(name);
    return { record: Object.keys(record).sort(), hasFile: names.includes('lease') };
  });
}

/** As if time had passed: when the next PIN may be tried, when the lease ends, the greatest time that was seen. */
async function changeRecord(page: Page, to: { notBefore?: number; lease?: number; seen?: number }): Promise<void> {
  await page.evaluate(async ({ notBefore, lease, seen }) => {
    const settled = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error ?? new Error('IndexedDB'));
      });
    const database = await settled(indexedDB.open('chancery', 1));
    const table = database.transaction('keys', 'readwrite').objectStore('keys');
    const record = (await settled(table.get('store'))) as { notBefore: number; lease?: Record<string, number> };
    if (notBefore !== undefined) record.notBefore = notBefore;
    if (lease !== undefined && record.lease) record.lease['expiresAt'] = lease;
    if (seen !== undefined && record.lease) record.lease['seenAt'] = seen;
    await settled(table.put(record, 'store'));
    database.close();
  }, to);
}
