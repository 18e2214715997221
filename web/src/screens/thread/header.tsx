import { Plural, useLingui } from '@lingui/react/macro';
import { ArrowLeft, BellOff, Info, Search, Timer } from 'lucide-react';
import type { ReactNode } from 'react';
import { Link } from 'react-aria-components';
import type { ThreadState } from '../../models/thread/thread';
import { IconButton, Tooltip } from '../../ui';
import { useChat } from '../conversations/chat';
import { Face } from '../new/picture';

/** Who one is writing with, and what is going on there. */
export function ThreadHeader({ state, onFind, extra }: { state: ThreadState; onFind: () => void; extra?: ReactNode }) {
  const { t } = useLingui();
  const { routes, engine, now } = useChat();
  const { conversation, members, typing, me } = state;
  if (!conversation) return <header className="h-15 shrink-0 border-b border-line bg-surface" />;
  const { group, title, kind, peer } = conversation;
  const [name] = typing;
  const others = typing.length - 1;
  const names = members
    .filter((member) => member.user !== me)
    .map((member) => member.name.split(' ')[0])
    .slice(0, 6)
    .join(', ');
  return (
    <header className="flex min-h-15 shrink-0 items-center gap-1 border-b border-line bg-surface ps-1 pe-1 pt-[env(safe-area-inset-top)] md:ps-3 md:pe-3">
      <Link
        href={routes.home}
        aria-label={t`Back to conversations`}
        className="flex size-11 shrink-0 items-center justify-center rounded-full text-muted hovered:bg-hover focus-ring:outline-2 focus-ring:outline-focus md:hidden"
      >
        <ArrowLeft aria-hidden="true" className="size-5.5 rtl:-scale-x-100" />
      </Link>
      <Link
        href={routes.conversationInfo(group)}
        className="flex min-h-12 min-w-0 flex-1 items-center gap-3 rounded-md px-1.5 outline-none hovered:bg-hover focus-ring:outline-2 focus-ring:outline-focus"
      >
        <Face
          engine={engine}
          size="md"
          of={kind === 'direct' && peer !== null ? { user: peer } : { group }}
          hash={conversation.picture}
          name={title}
        />
        <span className="min-w-0 flex-1">
          <h1 className="flex items-center gap-1.5 text-base leading-5 font-semibold">
            <bdi className="truncate">{title}</bdi>
            {(conversation.muted_until_ms ?? 0) > now() && (
              <BellOff role="img" aria-label={t`Muted`} className="size-3.5 shrink-0 text-faint" />
            )}
            {conversation.message_seconds !== null && (
              <Timer role="img" aria-label={t`Messages disappear`} className="size-3.5 shrink-0 text-faint" />
            )}
          </h1>
          <span className="block truncate text-sm leading-5 text-muted">
            {typing.length > 0 ? (
              <span className="text-accent-text">
                {kind === 'direct' ? (
                  t`typing…`
                ) : others === 0 ? (
                  t`${name} is typing…`
                ) : (
                  <Plural
                    value={others}
                    one={`${name} and # other are typing…`}
                    other={`${name} and # others are typing…`}
                  />
                )}
              </span>
            ) : kind === 'group' ? (
              <>
                <Plural value={members.length} one="# member" other="# members" />
                {names !== '' && <span className="max-md:hidden"> · {names}</span>}
              </>
            ) : (
              peer
            )}
          </span>
        </span>
      </Link>
      {extra}
      <Tooltip text={t`Search in this conversation`}>
        <IconButton label={t`Search in this conversation`} onPress={onFind}>
          <Search aria-hidden="true" className="size-5" />
        </IconButton>
      </Tooltip>
      <span className="max-md:hidden">
        <Tooltip text={t`About this conversation`}>
          <IconButton label={t`About this conversation`} onPress={() => routes.go(routes.conversationInfo(group))}>
            <Info aria-hidden="true" className="size-5" />
          </IconButton>
        </Tooltip>
      </span>
    </header>
  );
}
