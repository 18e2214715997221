// @vitest-environment happy-dom
import { createMemoryHistory, createRootRoute, createRouter, RouterProvider } from '@tanstack/react-router';
import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, expect, test } from 'vitest';
import { FakeEngine } from '../engine/fake';
import { GROUPS } from '../engine/fake-office';
import { ChatProvider } from '../screens/conversations/chat';
import { appOf, routes } from '../screens/test-app';
import { Providers } from './providers';
import { StarredRoute } from './starred-route';

afterEach(cleanup);

test('a star of all conversations says where, who and when, as it is formatted, and leads there', async () => {
  const engine = new FakeEngine();
  const { messages } = await engine.ask({ type: 'messages', group: GROUPS.launch, limit: 400 });
  const welcome = messages.find(({ body }) => body.type === 'text' && body.text.includes('**spring launch**'));
  if (!welcome) throw new Error('the sample has no such message');
  await engine.command({ type: 'star', message: welcome.id, on: true });
  const history = createMemoryHistory();
  const router = createRouter({
    routeTree: createRootRoute({
      component: () => (
        <ChatProvider routes={routes}>
          <StarredRoute />
        </ChatProvider>
      ),
    }),
    history,
  });
  render(
    <Providers app={appOf(engine)}>
      <RouterProvider router={router} />
    </Providers>,
  );
  const open = await screen.findByRole('button', { name: /Spring launch/ });
  expect(open.textContent).toContain(welcome.sender_name);
  expect(open.textContent).toContain(String(new Date(welcome.at_ms).getFullYear()));
  expect(screen.getByText('spring launch').tagName).toBe('STRONG');
  fireEvent.click(open);
  expect(history.location.href).toBe(`/c/${encodeURIComponent(GROUPS.launch)}?message=${welcome.id}`);
});
