import { Outlet, useNavigate, useRouter } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { RouterProvider as AriaRouterProvider } from 'react-aria-components';
import { FailedScreen, RevokedScreen, StartingScreen } from '../screens/status/status';
import { Warnings } from '../screens/status/warnings';
import { UnlockScreen } from '../screens/unlock/unlock';
import { useApp } from './context';
import { loadAllWords } from './locale';
import { useModel } from './use-model';

// Most starts are of somebody who has joined.
const Onboarding = lazy(async () => {
  const [part] = await Promise.all([import('../screens/onboarding/onboarding'), loadAllWords()]);
  return { default: part.Onboarding };
});

/** What the engine's phase allows: only with an open store and an account come the routes. */
export function Root() {
  const { session } = useApp();
  const { status, account } = useModel(session);
  const navigate = useNavigate();
  const router = useRouter();
  // Once begun, joining is shown until the person has seen its end, though the account is there before.
  const [onboarding, setOnboarding] = useState(false);
  const fresh = status.phase === 'new' || (status.phase === 'ready' && account === null);
  if (fresh && !onboarding) setOnboarding(true);

  if (status.phase === 'failed') return <FailedScreen error={status.error} />;
  if (status.phase === 'revoked') return <RevokedScreen />;
  if (status.phase === 'locked') return <UnlockScreen />;
  if (onboarding)
    return (
      <Suspense fallback={<StartingScreen />}>
        <Onboarding
          address={location.href}
          onDone={() => {
            void session.refresh().then(() => {
              setOnboarding(false);
              // Takes the invitation out of the address and the history. Who came by a link into a group goes on with it.
              if (location.pathname !== '/g') void navigate({ to: '/', replace: true });
            });
          }}
        />
      </Suspense>
    );
  if (status.phase === 'starting' || account === undefined) return <StartingScreen />;
  return (
    <AriaRouterProvider navigate={(href) => router.history.push(href)} useHref={(href) => href}>
      <Warnings />
      <Outlet />
    </AriaRouterProvider>
  );
}
