/** Groups: made, named, given roles, left, and closed to those who were removed. */
import { expect, test } from './app';
import { picture } from './samples';

test('a group is made with a picture, and everybody sees who is in it', async ({ world, someone }) => {
  const bob = await someone({ kind: 'phone' });
  const carol = await someone();
  await bob.join('bob', 'Bob Moreau');
  await carol.join('carol', 'Carol Ndiaye');
  const { page } = bob;

  await bob.startNew();
  await bob.shot('new');
  await page.getByRole('button', { name: /New group/ }).tap();
  await page.getByRole('searchbox', { name: 'Search people' }).fill('ndi');
  await bob.someone('Carol Ndiaye').tap();
  await page.getByRole('searchbox', { name: 'Search people' }).fill('ali');
  await bob.someone('Alice Martin').tap();
  await expect(page.getByText('2 people chosen')).toBeVisible();
  await bob.shot('members');
  await bob.button('Next').tap();
  await bob.button('Create the group').tap();
  await expect(page.getByText('Give the group a name.')).toBeVisible();
  await page.getByLabel('Name of the group').fill('Harbour trip');
  await page
    .locator('input[type=file]')
    .first()
    .setInputFiles({ name: 'g.png', mimeType: 'image/png', buffer: picture });
  const use = page.getByRole('button', { name: /^Use/ });
  await use.tap();
  await bob.shot('group-details');
  await bob.button('Create the group').tap();
  await expect(page.getByRole('heading', { level: 1, name: 'Harbour trip' })).toBeVisible();

  await carol.open('Harbour trip');
  await expect(carol.row('Harbour trip').locator('img')).toBeVisible();
  await carol.send('I bring the sandwiches');
  await bob.sees('sandwiches');
  await expect.poll(() => world.texts('alice', 'Harbour trip')).toEqual(['I bring the sandwiches']);

  // Who can read this, in a line and in full.
  await bob.details();
  await bob.shot('info');
  const line = page.getByRole('button', { name: /Who can read this/ });
  await expect(line).toContainText('3 members');
  await expect(line).toContainText('no recorder');
  await line.tap();
  const audience = page.getByRole('dialog', { name: 'Who can read this' });
  await expect(audience.getByText('3 members of Example Ltd')).toBeVisible();
  await expect(audience.getByText('Nobody from outside')).toBeVisible();
  await expect(audience.getByText('No recorder')).toBeVisible();
  await bob.shot('audience');
  await audience
    .getByRole('button', { name: /Close|Dismiss/ })
    .first()
    .tap();

  // A new name, seen by all.
  await bob.button('Edit').tap();
  await page.getByRole('dialog').getByLabel('Name of the group').fill('Harbour trip, Friday');
  await bob.button('Save').tap();
  await expect(carol.page.getByRole('heading', { level: 1, name: 'Harbour trip, Friday' })).toBeVisible();
  await expect(carol.row('Harbour trip, Friday')).toBeVisible();

  // Only readers can't write; admins can give more.
  await page.getByRole('button', { name: 'More about Carol Ndiaye' }).tap();
  await bob.choose('Make reader (can’t write)');
  await expect(carol.page.getByText('only members with more rights can write')).toBeVisible();
  await expect(carol.composer).toHaveCount(0);
  await page.getByRole('button', { name: 'More about Carol Ndiaye' }).tap();
  await bob.choose('Make admin');
  await expect(carol.composer).toBeVisible();
  await carol.details();
  await expect(carol.page.getByRole('button', { name: 'Add people' })).toBeVisible();
  await carol.shot('info');

  // Somebody else comes in by name, and reads from there on.
  world.client('dan', 'join', world.invite('dan', 'Dan Osei'), '--label', 'laptop');
  await carol.page.getByRole('button', { name: 'Add people' }).click();
  const add = carol.page.getByRole('dialog');
  await add.getByRole('searchbox').fill('dan');
  await add.getByRole('option').filter({ hasText: 'Dan Osei' }).click();
  await add.getByRole('button', { name: /^Add/ }).last().click();
  await expect(add).toHaveCount(0);
  await expect(page.getByRole('region', { name: 'Members' }).getByText('Dan Osei')).toBeVisible();
  await carol.send('Welcome Dan');
  await expect.poll(() => world.texts('dan', 'Harbour trip, Friday')).toEqual(['Welcome Dan']);
});

test('who was removed reads nothing more and sees it, who leaves is gone', async ({ world, someone }) => {
  const bob = await someone({ kind: 'phone' });
  const carol = await someone();
  await bob.join('bob', 'Bob Moreau');
  await carol.join('carol', 'Carol Ndiaye');
  world.client('alice', 'group', 'Budget', 'bob', 'carol');
  world.client('alice', 'role', 'Budget', 'carol', 'admin');
  await bob.open('Budget');
  await carol.open('Budget');
  await carol.send('before');
  await bob.sees('before');

  await carol.details();
  await carol.page.getByRole('button', { name: 'More about Bob Moreau' }).click();
  await carol.choose('Remove from the group');
  await carol.page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click();
  await expect(bob.page.getByText('You are no longer a member of this group.')).toBeVisible();
  await expect(bob.composer).toHaveCount(0);
  await bob.shot('removed');
  await carol.send('the secret figure is 4711');
  await expect.poll(() => world.texts('alice', 'Budget')).toContain('the secret figure is 4711');
  await expect(bob.thread.getByText('4711')).toHaveCount(0);
  await bob.page.reload();
  await bob.sees('before');
  await expect(bob.page.getByText('4711')).toHaveCount(0);
  await bob.page.getByRole('link', { name: 'Back to conversations' }).tap();
  await expect(bob.row('Budget')).toBeVisible();
  await expect(bob.list.getByText('4711')).toHaveCount(0);

  // Carol leaves by herself.
  await carol.page.getByRole('button', { name: 'Leave the group' }).click();
  await carol.page.getByRole('alertdialog').getByRole('button', { name: 'Leave' }).click();
  // Nobody else is there to carry it out, and yet it is so for Carol.
  await expect(carol.page.getByText('You left this group.')).toBeVisible();
  await expect
    .poll(() => world.client('alice', 'members', 'Budget').map((member) => member['user']))
    .toEqual(['alice@example.org']);
  await expect(carol.page.getByText('You left this group.')).toBeVisible();
});

test('a colleague opens the link of a group on a phone and is in it', async ({ world, someone }) => {
  const carol = await someone();
  const bob = await someone({ kind: 'phone' });
  await carol.join('carol', 'Carol Ndiaye');
  await bob.join('bob', 'Bob Moreau');
  world.client('alice', 'group', 'Regatta', 'carol');
  world.client('alice', 'role', 'Regatta', 'carol', 'admin');
  await carol.open('Regatta');
  await carol.details();
  const invite = carol.page.getByRole('button', { name: /Invite by link/ });
  await invite.click();
  const sheet = carol.page.getByRole('dialog', { name: 'Invite by link' });
  await sheet.getByRole('button', { name: 'Make a link' }).click();
  await expect(sheet.getByRole('img', { name: 'QR code of the link into the group' })).toBeVisible();
  await carol.shot('group-link');
  const link = (await sheet.getByText(/\/g#/).textContent()) ?? '';
  expect(link.startsWith(`${world.url}/g#`)).toBe(true);

  await bob.page.goto(link);
  await expect(bob.page.getByText('to let you into this group?')).toBeVisible();
  await bob.shot('join-group');
  await bob.button(/^Ask /).tap();
  await expect(bob.page.getByRole('heading', { level: 1, name: 'Regatta' })).toBeVisible();
  await bob.send('Thanks for the link');
  await carol.sees('Thanks for the link');
  // Whoever is in it already just gets there.
  await bob.page.goto(link);
  await expect(bob.page.getByRole('heading', { level: 1, name: 'Regatta' })).toBeVisible();
  await expect(bob.page).not.toHaveURL(/\/g#/);

  // Turned off, it lets nobody in.
  await sheet.getByRole('button', { name: 'Turn off' }).click();
  await carol.page.getByRole('alertdialog').getByRole('button', { name: 'Turn off' }).click();
  await expect(sheet.getByRole('button', { name: 'Make a link' })).toBeVisible();
  world.client('dan', 'join', world.invite('dan', 'Dan Osei'), '--label', 'laptop');
  world.client('dan', 'join-group', link);
  await expect
    .poll(() =>
      world
        .client('dan', 'messages', 'Carol Ndiaye')
        .map((note) => JSON.stringify(note['body']))
        .join(),
    )
    .toContain('work any more');
  expect(world.client('alice', 'members', 'Regatta')).toHaveLength(3);
});

test('messages disappear from every screen when their time is over', async ({ world, someone }) => {
  const bob = await someone({ kind: 'phone' });
  await bob.join('bob', 'Bob Moreau');
  await bob.write('Alice Martin');
  await bob.send('this one stays');
  await bob.details();
  await bob.page.getByRole('button', { name: /Disappearing messages/ }).tap();
  const dialog = bob.page.getByRole('dialog', { name: 'Disappearing messages' });
  await dialog.getByText('1 day').tap();
  await bob.shot('disappearing');
  await dialog.getByRole('button', { name: 'Save' }).tap();
  await expect(dialog).toHaveCount(0);
  await expect(bob.page.getByRole('button', { name: /Disappearing messages/ })).toContainText('1 day');
  await bob.button('Close').tap();
  await expect(bob.page.locator('header').getByRole('img', { name: 'Messages disappear' })).toBeVisible();

  // A time that a test can wait for comes from the terminal.
  world.client('alice', 'disappearing', 'Bob Moreau', '5s');
  world.client('alice', 'send', 'Bob Moreau', 'this one goes');
  await bob.sees('this one goes');
  await expect(bob.message('this one goes').getByRole('img', { name: 'Disappears' })).toBeVisible();
  await expect(bob.thread.getByText('this one goes')).toHaveCount(0, { timeout: 20_000 });
  await bob.sees('this one stays');
});
