/** A conversation between a phone, a desk and a terminal. */
import { type Person, expect, test } from './app';

const GROUP = 'Launch';

interface People {
  bob: Person;
  carol: Person;
}

/** Bob on a phone, Carol at a desk, Alice at a terminal, all three in one group that is open in both browsers. */
async function office(
  world: { client: (profile: string, ...args: string[]) => unknown },
  someone: (options: { kind: 'phone' | 'desk' }) => Promise<Person>,
): Promise<People> {
  const bob = await someone({ kind: 'phone' });
  const carol = await someone({ kind: 'desk' });
  await bob.join('bob', 'Bob Moreau');
  await carol.join('carol', 'Carol Ndiaye');
  world.client('alice', 'group', GROUP, 'bob', 'carol');
  await bob.open(GROUP);
  await carol.open(GROUP);
  return { bob, carol };
}

test('what one writes the others read, formatted, answered, changed and taken back', async ({ world, someone }) => {
  const { bob, carol } = await office(world, someone);

  // Formatting, and a link that shows where it leads.
  await carol.send('**Plan**: _today_ we ~~wait~~ ship `v2`, see https://example.org/plan');
  const plan = bob.message('Plan');
  await expect(plan.locator('strong', { hasText: 'Plan' })).toBeVisible();
  await expect(plan.locator('em', { hasText: 'today' })).toBeVisible();
  await expect(plan.locator('s', { hasText: 'wait' })).toBeVisible();
  await expect(plan.locator('code', { hasText: 'v2' })).toBeVisible();
  await expect(plan.getByRole('link')).toHaveAttribute('href', 'https://example.org/plan');
  await expect(plan.getByRole('link')).toHaveAttribute('rel', /noopener/);

  // Typing is seen while it goes on.
  await bob.composer.pressSequentially('I am');
  await expect(
    carol.page.getByRole('banner').or(carol.page.locator('header')).getByText('Bob Moreau is typing…'),
  ).toBeVisible();
  await expect(carol.row(GROUP).getByText('Bob Moreau is typing…')).toBeVisible();

  // A mention is completed from its beginning.
  await bob.composer.fill('');
  await bob.composer.pressSequentially('Yes @car');
  const choices = bob.page.getByRole('listbox', { name: 'People to mention' });
  await expect(choices.getByRole('option')).toHaveText([/Carol Ndiaye/]);
  await choices.getByRole('option').tap();
  await expect(bob.composer).toHaveValue('Yes @carol ');
  await bob.composer.pressSequentially('done');
  await bob.button('Send').tap();
  await expect(carol.message('Yes').locator('bdi', { hasText: '@Carol Ndiaye' })).toBeVisible();
  await bob.shot('thread');
  await carol.shot('thread');

  // An emoji from the picker.
  await carol.button('Emoji').click();
  await carol.page.getByRole('dialog', { name: 'Emoji' }).getByLabel('Search emoji').fill('rocket');
  await carol.shot('emoji');
  await carol.page.getByRole('button', { name: 'rocket', exact: true }).click();
  await expect(carol.composer).toHaveValue('🚀');
  await carol.composer.press('Enter');
  await bob.sees('🚀');

  // A reply from the terminal; pressing what it answers leads there.
  const first = world.client('alice', 'messages', GROUP).find((line) => JSON.stringify(line).includes('Plan'));
  world.client('alice', 'send', GROUP, 'Which plan?', '--reply', String(first?.['id']));
  for (let n = 0; n < 12; n += 1) world.client('alice', 'send', GROUP, `line ${n}\n\nmore of ${n}\n\nand more`);
  await bob.sees('line 11');
  await bob.message('Which plan?').getByRole('button').filter({ hasText: 'Carol Ndiaye' }).tap();
  const answered = bob.thread.locator(`[data-message="${String(first?.['id'])}"]`);
  await expect(answered).toHaveAttribute('aria-current', 'true');
  await expect(answered).toBeInViewport();
  await bob.button('To the newest message').tap();
  await expect(bob.message('line 11')).toBeInViewport();

  // Reply by the menu of a long press; it shows whom it answers, also in the terminal.
  await bob.act('line 11', 'Reply');
  await expect(bob.page.getByText('Reply to Alice Martin')).toBeVisible();
  await bob.send('Understood');
  await expect(carol.message('Understood').getByText('line 11')).toBeVisible();

  // Reactions come and go.
  await bob.press(bob.message('line 11').getByText('line 11'));
  await bob.shot('menu');
  await bob.button('React with 👍').tap();
  const thumb = carol.message('line 11').getByRole('button', { name: '👍, 1' });
  await expect(thumb).toBeVisible();
  await thumb.click();
  await expect(bob.message('line 11').getByRole('button', { name: '👍, 2' })).toBeVisible();
  await carol.message('line 11').getByRole('button', { name: '👍, 2' }).click();
  await expect(bob.message('line 11').getByRole('button', { name: '👍, 1' })).toBeVisible();
  await bob.message('line 11').getByRole('button', { name: '👍, 1' }).tap();
  await expect(carol.message('line 11').getByRole('button', { name: /👍/ })).toHaveCount(0);

  // Edited: everybody sees the new words, and that they are new.
  await bob.act('Understood', 'Edit');
  await expect(bob.composer).toHaveValue('Understood');
  await bob.composer.fill('Understood, thanks');
  await bob.button('Save').tap();
  // Once to be seen, once to keep its place at the end of the line.
  await expect(carol.message('Understood, thanks').getByText('edited').last()).toBeVisible();
  await expect.poll(() => world.texts('alice', GROUP)).toContain('Understood, thanks');

  // Deleted for everyone: the words are gone everywhere.
  await bob.act('Understood, thanks', 'Delete for everyone…');
  await bob.page
    .getByRole('alertdialog')
    .getByRole('button', { name: /Delete/ })
    .tap();
  await bob.sees('You deleted this message');
  await carol.sees('This message was deleted');
  await expect(carol.thread.getByText('Understood')).toHaveCount(0);
  expect(JSON.stringify(world.client('alice', 'messages', GROUP))).not.toContain('Understood, thanks');
  await carol.shot('thread-late');
  await bob.fitsItsWidth();
});

test('messages are forwarded, copied, starred and selected', async ({ world, someone }) => {
  const { bob, carol } = await office(world, someone);
  await carol.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  for (const text of ['apples', 'pears', 'plums']) world.client('alice', 'send', GROUP, text);
  await carol.sees('plums');
  await bob.sees('plums');

  await carol.act('apples', 'Copy');
  await expect(carol.page.getByText('Copied')).toBeVisible();
  expect(await carol.page.evaluate(() => navigator.clipboard.readText())).toBe('apples');

  await carol.act('pears', 'Star');
  await expect(carol.message('pears').getByRole('img', { name: 'Starred' })).toBeVisible();
  await carol.page.getByRole('link', { name: 'Starred messages' }).click();
  await expect(carol.page.getByText('pears')).toBeVisible();
  await carol.shot('starred');
  await carol.open(GROUP);

  // Several at once, in their order.
  await carol.act('plums', 'Select');
  await carol.message('apples').getByRole('checkbox').click();
  await expect(carol.page.getByRole('heading', { name: '2 selected' })).toBeVisible();
  await carol.shot('selecting');
  await carol.page.locator('header').getByRole('button', { name: 'Copy', exact: true }).click();
  expect(await carol.page.evaluate(() => navigator.clipboard.readText())).toMatch(/apples[\s\S]*plums/);

  await bob.act('plums', 'Select');
  await bob.message('pears').getByRole('checkbox').tap();
  await bob.page.locator('header').getByRole('button', { name: 'Forward…' }).tap();
  const dialog = bob.page.getByRole('dialog', { name: 'Forward messages' });
  await bob.shot('forward');
  await dialog.getByText(GROUP).tap();
  await dialog.getByRole('button', { name: 'Forward' }).tap();
  await expect(carol.message('plums').getByText('Forwarded')).toBeVisible();
  await expect.poll(() => world.texts('alice', GROUP)).toEqual(['apples', 'pears', 'plums', 'pears', 'plums']);
});

test('drafts stay, receipts tell, and what is unread is marked', async ({ world, someone }) => {
  const { bob, carol } = await office(world, someone);

  // Sent, delivered, read; and who.
  await carol.send('lunch?');
  await carol.seesState('lunch?', 'Sent');
  world.client('alice', 'read', GROUP);
  await carol.seesState('lunch?', 'Read');
  await carol.act('lunch?', 'Details');
  const info = carol.page.getByRole('dialog', { name: 'Message details' });
  await expect(info.getByRole('heading', { name: 'Read by' })).toBeVisible();
  // And when: this day's times are clock times.
  await expect(info.getByRole('listitem').first()).toContainText(/\d{1,2}:\d{2}/);
  await expect(info.getByText('Alice Martin')).toBeVisible();
  await expect(info.getByText('Bob Moreau')).toBeVisible();
  await carol.shot('details');
  await carol.page.keyboard.press('Escape');

  // A draft is there after a reload, and in the list.
  await bob.composer.fill('half a thou');
  await bob.page.getByRole('link', { name: 'Back to conversations' }).tap();
  await expect(bob.row(GROUP).getByText('Draft:')).toBeVisible();
  await bob.page.reload();
  await expect(bob.row(GROUP).getByText('half a thou')).toBeVisible();
  await bob.shot('list');

  // What comes meanwhile is counted, and begins at a marker.
  for (const text of ['one', 'two', 'three @bob']) world.client('alice', 'send', GROUP, text);
  await expect(bob.row(GROUP).getByText('3', { exact: true })).toBeVisible();
  await expect(bob.row(GROUP).getByRole('img', { name: 'You are mentioned' })).toBeVisible();
  await bob.open(GROUP);
  await expect(bob.composer).toHaveValue('half a thou');
  await expect(bob.thread.getByText('3 unread messages')).toBeVisible();
  await expect(bob.thread.getByText('Today')).toBeVisible();
  await bob.shot('unread');
  await bob.page.getByRole('link', { name: 'Back to conversations' }).tap();
  await expect(bob.row(GROUP).getByText('3', { exact: true })).toHaveCount(0);

  // Unread again by hand.
  await bob.actOnRow(GROUP, 'Mark as unread');
  await expect(bob.row(GROUP).getByRole('img', { name: 'Marked as unread' })).toBeVisible();
});

test('conversations are pinned, muted, archived and found', async ({ world, someone }) => {
  const { bob, carol } = await office(world, someone);
  await carol.send('the umbrella is in the blue cupboard');
  world.client('alice', 'start', 'bob');
  world.client('alice', 'send', 'Bob Moreau', 'Where is my umbrella, Bob?');
  world.client('alice', 'send', 'Bob Moreau', 'Never mind');
  await bob.page.getByRole('link', { name: 'Back to conversations' }).tap();
  await expect(bob.list.locator('a[data-row]').first()).toContainText('Alice Martin');

  await bob.actOnRow(GROUP, 'Pin to the top');
  await expect(bob.list.locator('a[data-row]').first()).toContainText(GROUP);
  await expect(bob.row(GROUP).getByRole('img', { name: 'Pinned' })).toBeVisible();

  await bob.actOnRow('Alice Martin', 'Mute…');
  await bob.page.getByText('One week').tap();
  await bob.button('Mute').tap();
  await expect(bob.row('Alice Martin').getByRole('img', { name: 'Muted' })).toBeVisible();

  await bob.actOnRow('Alice Martin', 'Archive');
  await expect(bob.row('Alice Martin')).toHaveCount(0);
  await bob.button(/^Archived/).tap();
  await expect(bob.row('Alice Martin')).toBeVisible();
  await bob.actOnRow('Alice Martin', 'Move back to the list');
  await bob.button('Back to all conversations').tap();
  await expect(bob.row('Alice Martin')).toBeVisible();

  // Everywhere, by the beginning of a word.
  await bob.page.getByLabel('Search people and messages').fill('umbr');
  const found = bob.page.getByRole('region', { name: 'Messages' });
  await expect(found.getByRole('link')).toHaveCount(2);
  await bob.shot('search');
  await found.getByRole('link').filter({ hasText: 'cupboard' }).tap();
  await expect(bob.page.getByRole('heading', { level: 1, name: GROUP })).toBeVisible();
  await expect(bob.message('cupboard')).toHaveAttribute('aria-current', 'true');

  // In one conversation, hit by hit.
  for (let n = 0; n < 4; n += 1) await carol.send(n % 2 === 0 ? `umbrella ${n}` : `other ${n}`);
  await bob.button('Search in this conversation').tap();
  await bob.page.getByRole('searchbox', { name: 'Search in this conversation' }).fill('umbrella');
  await expect(bob.page.getByText('1 of 3')).toBeVisible();
  await expect(bob.message('umbrella 2')).toHaveAttribute('aria-current', 'true');
  await bob.button('Older result').tap();
  await expect(bob.message('umbrella 0')).toHaveAttribute('aria-current', 'true');
  await bob.shot('find');
});
