/** Without a network, without a relay: everything stays readable, and what is written goes out once. */
import { expect, test } from './app';

test('without a network everything is readable, waits, and goes out once', async ({ world, someone }) => {
  const bob = await someone({ kind: 'phone' });
  await bob.join('bob', 'Bob');
  await bob.write('Alice Martin');
  await bob.send('before the tunnel');
  await expect.poll(() => world.texts('alice', 'Bob')).toEqual(['before the tunnel']);
  world.client('alice', 'send', 'Bob', 'mind the gap');
  await bob.sees('mind the gap');
  // The shell is kept by the service worker once it has taken over.
  await bob.page.waitForFunction(() => navigator.serviceWorker.controller !== null);

  await bob.offline(true);
  await expect(bob.page.getByRole('status').filter({ hasText: 'No network' })).toBeVisible();
  await bob.send('from the tunnel');
  await bob.seesState('from the tunnel', 'Waiting to be sent');
  await expect(bob.page.getByRole('status').filter({ hasText: '1 message waits' })).toBeVisible();
  world.client('alice', 'send', 'Bob', 'are you there?');

  // A reload without a network: the shell, the list, the thread and what waits are all there.
  await bob.page.reload();
  await bob.sees('mind the gap');
  await bob.seesState('from the tunnel', 'Waiting to be sent');
  await bob.home();
  await expect(bob.row('Alice Martin')).toContainText('from the tunnel');
  await bob.open('Alice Martin');
  await bob.send('still in the tunnel');
  await bob.seesState('still in the tunnel', 'Waiting to be sent');
  await expect(bob.page.getByRole('status').filter({ hasText: '2 messages wait' })).toBeVisible();
  await bob.fitsItsWidth();

  await bob.offline(false);
  const mine = ['before the tunnel', 'from the tunnel', 'still in the tunnel'];
  const seen = () => world.texts('alice', 'Bob').filter((text) => text !== 'mind the gap' && text !== 'are you there?');
  await expect.poll(seen, { timeout: 30_000 }).toEqual(mine);
  await bob.sees('are you there?');
  await expect(bob.page.getByText('No network').filter({ visible: true })).toHaveCount(0);
  await expect(bob.message('still in the tunnel').getByRole('img', { name: 'Waiting to be sent' })).toBeHidden();

  // Nothing goes out again with the next connection.
  await bob.page.reload();
  await bob.sees('still in the tunnel');
  await bob.send('out of it');
  await expect.poll(seen).toEqual([...mine, 'out of it']);
});

test('a relay that is killed and comes back', async ({ world, someone }) => {
  const bob = await someone();
  await bob.join('bob', 'Bob');
  await bob.write('Alice Martin');
  await bob.send('one');
  await expect.poll(() => world.texts('alice', 'Bob')).toEqual(['one']);

  bob.expectCuts();
  await world.kill();
  await expect(bob.page.getByRole('status').filter({ hasText: 'server can’t be reached' })).toBeVisible();
  await bob.send('two');
  await bob.seesState('two', 'Waiting to be sent');
  await bob.send('three');
  await expect(bob.page.getByRole('status').filter({ hasText: '2 messages wait' })).toBeVisible();
  // The relay is away over a reload, too.
  await bob.page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await bob.page.reload();
  await bob.sees('one');
  await bob.seesState('three', 'Waiting to be sent');

  await world.start();
  await expect.poll(() => world.texts('alice', 'Bob'), { timeout: 30_000 }).toEqual(['one', 'two', 'three']);
  await expect(bob.page.getByText('server can’t be reached').filter({ visible: true })).toHaveCount(0);
  world.client('alice', 'send', 'Bob', 'welcome back');
  await bob.sees('welcome back');
  // Killed at once after sending, many times: each message arrives exactly once.
  const texts: string[] = [];
  for (let n = 1; n <= 3; n += 1) {
    texts.push(`in a hurry ${n}`);
    await bob.send(`in a hurry ${n}`);
    await world.kill();
    await world.start();
  }
  await expect
    .poll(() => world.texts('alice', 'Bob'), { timeout: 60_000 })
    .toEqual(['one', 'two', 'three', 'welcome back', ...texts]);
});
