// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, expect, test } from 'vitest';
import { Providers } from '../../app/providers';
import { FakeEngine } from '../../engine/fake';
import { appOf, routes } from '../test-app';
import { ChatProvider } from './chat';
import { ConversationList } from './conversation-list';

afterEach(cleanup);

test('the round button is over the list, with room below the last row, and not over what is found', async () => {
  render(
    <Providers app={appOf(new FakeEngine())}>
      <ChatProvider routes={routes}>
        <ConversationList />
      </ChatProvider>
    </Providers>,
  );
  const button = await screen.findByRole('link', { name: 'New conversation' });
  const list = screen.getByRole('list', { name: 'Conversations' }).parentElement;
  // Its height and its distance from the edge: 3.5 and 1 rem, or as far as the device's own bar reaches.
  expect(button.className).toContain('size-14');
  expect(list?.className).toContain('pb-[calc(5.5rem+env(safe-area-inset-bottom))]');
  const field = screen.getByRole('searchbox');
  fireEvent.change(field, { target: { value: 'migration' } });
  expect(screen.queryByRole('link', { name: 'New conversation' })).toBeNull();
  fireEvent.change(field, { target: { value: '' } });
  expect(screen.queryByRole('link', { name: 'New conversation' })).not.toBeNull();
});
