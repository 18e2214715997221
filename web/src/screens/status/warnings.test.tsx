// @vitest-environment happy-dom
import { createMemoryHistory, createRootRoute, createRouter, RouterProvider } from '@tanstack/react-router';
import { act, cleanup, render, screen } from '@testing-library/react';
import { afterEach, expect, test, vi } from 'vitest';
import { Providers } from '../../app/providers';
import { FakeEngine } from '../../engine/fake';
import { GROUPS } from '../../engine/fake-office';
import { toasts } from '../../ui';
import { appOf } from '../test-app';
import { Warnings } from './warnings';

afterEach(() => {
  cleanup();
  for (const toast of toasts.getSnapshot()) toasts.close(toast.id);
});

async function open(): Promise<FakeEngine> {
  const engine = new FakeEngine();
  const component = () => (
    <>
      <Warnings />
      <p>here</p>
    </>
  );
  const router = createRouter({ routeTree: createRootRoute({ component }), history: createMemoryHistory() });
  render(
    <Providers app={appOf(engine)}>
      <RouterProvider router={router} />
    </Providers>,
  );
  await screen.findByText('here');
  return engine;
}

test.each([
  ['identity_changed', 'Ana has a new identity, approved by the organisation.', GROUPS.launch, 'Show'],
  ['relay_rolled_back', 'The relay has lost messages', GROUPS.launch, 'Show'],
  ['history_mismatch', 'The relay shows you and another member', GROUPS.launch, 'Show'],
  ['log_gap', 'The relay skipped', GROUPS.launch, 'Show'],
  ['untrusted_device', 'A device that calls itself yours', GROUPS.launch, 'Show'],
  ['untrusted_device', 'The relay lists a device as yours', null, 'Devices'],
  ['device_linked', '“x” was linked by another of your devices', null, 'Devices'],
  ['untrusted_organisation', 'The relay shows an older manifest', null, undefined],
  ['refused_welcome', 'This device was to be added', GROUPS.launch, undefined],
])('%s is told at once and stays', async (code, message, group, action) => {
  const engine = await open();
  act(() => engine.emit({ type: 'warning', code, group, message }));
  await vi.waitFor(() => expect(toasts.getSnapshot()).toHaveLength(1));
  const [toast] = toasts.getSnapshot();
  expect(toast).toMatchObject({ stays: true, tone: 'danger' });
  expect(toast?.action?.label).toBe(action);
  expect(toast?.text).not.toContain('relay');
});

test('what only the conversation has to tell is no toast', async () => {
  const engine = await open();
  act(() => engine.emit({ type: 'warning', code: 'unreadable', group: GROUPS.launch, message: 'A message' }));
  act(() => engine.emit({ type: 'warning', code: 'device_linked', group: null, message: 'was linked by' }));
  await vi.waitFor(() => expect(toasts.getSnapshot()).toHaveLength(1));
});
