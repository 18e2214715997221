// @vitest-environment happy-dom
import { cleanup, render, screen } from '@testing-library/react';
import { afterEach, expect, test } from 'vitest';
import type { ConversationView } from '../../api';
import { Providers } from '../../app/providers';
import { FakeEngine } from '../../engine/fake';
import { GROUPS, makeMembers } from '../../engine/fake-office';
import { ChatProvider } from '../conversations/chat';
import { appOf, routes } from '../test-app';
import { Note } from './note';

afterEach(cleanup);

async function show(group: string, code: string, text: string) {
  const engine = new FakeEngine();
  const conversation: ConversationView | null = await engine.ask({ type: 'conversation', group });
  render(
    <Providers app={appOf(engine)}>
      <ChatProvider routes={routes}>
        <Note code={code} text={text} conversation={conversation} members={makeMembers(group)} />
      </ChatProvider>
    </Providers>,
  );
}

test('what happened is a line, a warning stands out', async () => {
  await show(GROUPS.launch, 'left', 'Chloé Dubois left.');
  expect(screen.queryByRole('article')).toBeNull();
  screen.getByText('Chloé Dubois left.');
  cleanup();
  await show(GROUPS.launch, 'log_gap', 'The relay skipped from message 3 to 9 of this conversation, and …');
  expect(screen.getByRole('article', { name: 'Notice' }).textContent).toContain('The server skipped messages');
});

test('a changed identity leads to the safety number of whom it is about', async () => {
  await show(GROUPS.launch, 'identity_changed', 'Chloé Dubois has a new identity, approved by the organisation.');
  const link = screen.getByRole('link', { name: 'Compare safety number' });
  expect(link.getAttribute('href')).toMatch(
    /^\/safety\/chloe\.dubois%40lindenhof\.example\?name=Chlo%C3%A9%20Dubois&back=/,
  );
  cleanup();
  await show(GROUPS.launch, 'identity_changed', 'Somebody Else has a new identity, approved by the organisation.');
  expect(screen.queryByRole('link')).toBeNull();
});
