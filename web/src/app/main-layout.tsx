import { Outlet, useMatches } from '@tanstack/react-router';
import { MessagesSquare, Settings, Star } from 'lucide-react';
import { useLingui } from '@lingui/react/macro';
import { lazy, Suspense, useEffect } from 'react';
import { Link } from 'react-aria-components';
import { ChatProvider } from '../screens/conversations/chat';
import { ChatShortcuts } from '../screens/conversations/shortcuts';
import { ConversationList } from '../screens/conversations/conversation-list';
import { ConnectionBanner } from '../screens/status/connection-banner';
import { useOwnPicture } from '../screens/settings/use-own-picture';
import { Avatar, EmptyState } from '../ui';
import { useChatRoutes } from './chat-routes';
import { useApp } from './context';
import { Frame } from './frame';
import { loadAllWords } from './locale';
import { useModel } from './use-model';

/** Longest wait for an idle moment. */
const AHEAD_MS = 2000;

const InfoPane = lazy(() => import('./info-pane').then((part) => ({ default: part.InfoPane })));

/** Who one is, and the way to the settings: the head of the list. */
function OwnHead() {
  const { t } = useLingui();
  const { session } = useApp();
  const { account } = useModel(session);
  const picture = useOwnPicture();
  return (
    <div className="flex min-h-15 items-center gap-3 px-4 pt-[env(safe-area-inset-top)]">
      <Link href="/settings/profile" aria-label={t`Your profile`} className="rounded-full">
        <Avatar id={account?.user ?? ''} name={account?.name ?? ''} picture={picture} size="md" />
      </Link>
      <p className="min-w-0 flex-1 truncate font-semibold">{account?.organisation}</p>
      <Link
        href="/starred"
        aria-label={t`Starred messages`}
        className="flex size-11 items-center justify-center rounded-full text-muted hovered:bg-hover hovered:text-text"
      >
        <Star aria-hidden="true" className="size-5" />
      </Link>
      <Link
        href="/settings"
        aria-label={t`Settings`}
        className="flex size-11 items-center justify-center rounded-full text-muted hovered:bg-hover hovered:text-text"
      >
        <Settings aria-hidden="true" className="size-5" />
      </Link>
    </div>
  );
}

/** What a press on a conversation needs is loaded while nothing else is to do. */
function useThreadAhead() {
  useEffect(() => {
    const load = () => void Promise.all([import('./chat-route'), loadAllWords()]);
    // Safari has no idle callbacks.
    if (!('requestIdleCallback' in globalThis)) {
      const timer = setTimeout(load, AHEAD_MS);
      return () => clearTimeout(timer);
    }
    const idle = requestIdleCallback(load, { timeout: AHEAD_MS });
    return () => cancelIdleCallback(idle);
  }, []);
}

/** Conversations beside what is open. */
export function MainLayout() {
  useThreadAhead();
  const routes = useChatRoutes();
  const matches = useMatches();
  const last = matches.at(-1);
  const current = (last?.params as { group?: string } | undefined)?.group;
  const info = last?.routeId.endsWith('/info') === true ? current : undefined;
  return (
    <ChatProvider routes={routes}>
      <ChatShortcuts current={current} />
      <Frame
        phone={last?.pathname === '/' ? 'list' : info === undefined ? 'pane' : 'info'}
        info={
          info === undefined ? null : (
            <Suspense>
              <InfoPane group={info} />
            </Suspense>
          )
        }
        list={<ConversationList current={current} head={<OwnHead />} banner={<ConnectionBanner />} />}
        pane={<Outlet />}
      />
    </ChatProvider>
  );
}

/** Nothing is open yet; phones show the list instead. */
export function NothingOpen() {
  const { t } = useLingui();
  return (
    <div className="flex h-full items-center justify-center bg-canvas">
      <EmptyState icon={<MessagesSquare aria-hidden="true" />} title={t`Choose a conversation`}>
        {t`Or start one: everybody in your organisation is in the directory.`}
      </EmptyState>
    </div>
  );
}
