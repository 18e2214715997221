// @vitest-environment happy-dom
import { i18n } from '@lingui/core';
import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, expect, test, vi } from 'vitest';
import type { MessageView } from '../../api';
import { Providers } from '../../app/providers';
import { FakeEngine } from '../../engine/fake';
import { fileBody, ME, message, NOW_MS } from '../../engine/fake-office';
import { ComposerModel } from '../../models/composer/composer';
import { buildItems, type MessageItem } from '../../models/thread/items';
import { Composer } from '../composer/composer';
import { ChatProvider } from '../conversations/chat';
import { KeysDialog } from '../conversations/shortcuts';
import { MediaProvider } from '../media';
import { appOf, routes } from '../test-app';
import { ActionsContext, type MessageActions } from './actions';
import { MessageRow } from './message-row';

afterEach(cleanup);

const MARCUS = 'marcus.weber@lindenhof.example';

function row(messages: MessageView[], more: { tabbable?: boolean; selecting?: boolean } = {}) {
  const engine = new FakeEngine();
  const [item] = buildItems({ messages, me: ME, older: true, firstUnread: null, unreadCount: 0 }, new Map());
  const actions = Object.fromEntries(
    ['menu', 'react', 'pick', 'reactions', 'reply', 'jump', 'info', 'toggle', 'retry', 'remove'].map((name) => [
      name,
      vi.fn(),
    ]),
  ) as unknown as MessageActions;
  const { container } = render(
    <Providers app={appOf(engine)}>
      <ChatProvider routes={routes}>
        <MediaProvider engine={engine}>
          <ActionsContext value={actions}>
            <MessageRow
              item={item as MessageItem}
              kind="group"
              me={ME}
              sender={undefined}
              highlighted={false}
              selecting={more.selecting ?? false}
              chosen={new Map()}
              tabbable={more.tabbable ?? true}
              canWrite
              locale={i18n.locale}
            />
          </ActionsContext>
        </MediaProvider>
      </ChatProvider>
    </Providers>,
  );
  return { container, actions };
}

const answer = () =>
  message({
    reply_to: 'aa'.repeat(32),
    reply: {
      message: 'aa'.repeat(32),
      sender: MARCUS,
      sender_name: 'Marcus Weber',
      kind: 'text',
      text: 'the question',
      thumbnail: false,
      state: 'received',
    },
    reactions: [['👍', [MARCUS, ME]]],
  });

test('accents piled on each other draw over no other message', () => {
  const { container } = row([message({ body: { type: 'text', text: `a${'\u0301'.repeat(200)}` } })]);
  expect(container.querySelector('p')?.closest('.overflow-clip')).not.toBeNull();
});

test('reactions and the quote are buttons that the keyboard reaches from the message it is at', () => {
  const { actions } = row([answer()]);
  const reaction = screen.getByRole('button', { name: '👍, 2' });
  const quote = screen.getByRole('button', { name: /the question/ });
  expect(reaction.tabIndex).toBe(0);
  expect(reaction.getAttribute('aria-pressed')).toBe('true');
  expect(quote.tabIndex).toBe(0);
  fireEvent.click(reaction);
  expect(actions.react).toHaveBeenCalledWith(expect.anything(), '👍');
  fireEvent.click(quote);
  expect(actions.jump).toHaveBeenCalledWith('aa'.repeat(32));
});

test('those of every other message are no stops on the way', () => {
  row([answer()], { tabbable: false });
  expect(screen.getByRole('button', { name: '👍, 2' }).tabIndex).toBe(-1);
  expect(screen.getByRole('button', { name: /the question/ }).tabIndex).toBe(-1);
});

const photo = (n: number) =>
  message({
    at_ms: NOW_MS + n * 1000,
    body: fileBody(`p${n}.jpg`, 'image/jpeg', 90, { caption: n === 0 ? 'The hall' : '' }),
  });

test('photos sent together are an album with its caption; more than four wait behind the last', () => {
  row([0, 1, 2, 3, 4, 5].map(photo));
  const album = screen.getByRole('group', { name: 'Album of 6' });
  expect(album.querySelectorAll('[data-tile]')).toHaveLength(4);
  expect(album.textContent).toContain('+2');
  expect(screen.getByText('The hall')).toBeTruthy();
  expect(screen.getAllByRole('article')).toHaveLength(1);
});

test('each picture of an album can be selected', () => {
  const { actions } = row([0, 1, 2, 3, 4, 5].map(photo), { selecting: true });
  const boxes = screen.getAllByRole('checkbox', { name: /Select \d of 6/ });
  expect(boxes).toHaveLength(6);
  const last = boxes.at(-1);
  if (last) fireEvent.click(last);
  expect(actions.toggle).toHaveBeenCalledWith(
    expect.objectContaining({ body: expect.objectContaining({ name: 'p5.jpg' }) as unknown }),
  );
});

test('what could not be sent can be sent once more or deleted', () => {
  const { actions } = row([message({ sender: ME, seq: 0, state: 'failed' })]);
  fireEvent.click(screen.getByRole('button', { name: 'Retry' }));
  expect(actions.retry).toHaveBeenCalled();
  fireEvent.click(screen.getByRole('button', { name: 'Delete' }));
  expect(actions.remove).toHaveBeenCalled();
});

function composerWith(enterSends: boolean) {
  const engine = new FakeEngine();
  const app = appOf(engine);
  app.preferences.change({ enterSends });
  const composer = new ComposerModel(engine, 'group', { everyone: () => 'Everyone' });
  const send = vi.spyOn(composer, 'send').mockResolvedValue(undefined as never);
  render(
    <Providers app={app}>
      <ChatProvider routes={routes}>
        <Composer composer={composer} enterSends={app.preferences.getSnapshot().enterSends} />
        <KeysDialog onClose={() => undefined} />
      </ChatProvider>
    </Providers>,
  );
  const field = document.querySelector('textarea');
  if (!field) throw new Error('no field');
  fireEvent.change(field, { target: { value: 'hello' } });
  return { field, send, composer };
}

test('Enter sends, Shift with Enter begins a line', () => {
  const { field, send, composer } = composerWith(true);
  fireEvent.keyDown(field, { key: 'Enter', shiftKey: true });
  expect(send).not.toHaveBeenCalled();
  expect(composer.getSnapshot().field.text).toContain('\n');
  fireEvent.keyDown(field, { key: 'Enter' });
  expect(send).toHaveBeenCalledOnce();
});

test('who wants lines gets them from Enter, and Ctrl with Enter sends', () => {
  const { field, send, composer } = composerWith(false);
  fireEvent.keyDown(field, { key: 'Enter' });
  expect(send).not.toHaveBeenCalled();
  expect(composer.getSnapshot().field.text).toContain('\n');
  fireEvent.keyDown(field, { key: 'Enter', ctrlKey: true });
  expect(send).toHaveBeenCalledOnce();
  // The list of keys says so.
  expect(screen.getByText('New line').parentElement?.textContent).toBe('New lineEnter');
});

test('an edit that waits shows its new words with a mark; one that was refused is offered again', () => {
  const edited = message({ sender: ME, body: { type: 'text', text: 'New words' }, edited: true, state: 'sent' });
  row([{ ...edited, pending: [{ change: 'c1', kind: 'edit', failed: null }] }]);
  expect(screen.getByText('New words')).toBeTruthy();
  expect(screen.getByRole('img', { name: 'A change waits to be sent' })).toBeTruthy();
  cleanup();
  const { actions } = row([
    { ...edited, pending: [{ change: 'c1', kind: 'edit', failed: 'You may only read here.' }] },
  ]);
  expect(screen.getByText('Edit not sent')).toBeTruthy();
  fireEvent.click(screen.getByRole('button', { name: 'Retry' }));
  expect(actions.retry).toHaveBeenCalledWith(expect.objectContaining({ id: 'c1' }));
  fireEvent.click(screen.getByRole('button', { name: 'Discard the edit' }));
  expect(actions.remove).toHaveBeenCalledWith(expect.objectContaining({ id: 'c1' }));
});

test('a deletion and a reaction that wait are marked, too', () => {
  row([message({ sender: ME, body: { type: 'deleted' }, pending: [{ change: 'c2', kind: 'delete', failed: null }] })]);
  expect(screen.getByRole('img', { name: 'A change waits to be sent' })).toBeTruthy();
  cleanup();
  row([message({ reactions: [['👍', [ME]]], pending: [{ change: 'c3', kind: 'reaction', failed: null }] })]);
  expect(screen.getByRole('img', { name: 'A change waits to be sent' })).toBeTruthy();
});
