import { Plural, useLingui } from '@lingui/react/macro';
import { Archive, AtSign, BellOff, MailOpen, Pin } from 'lucide-react';
import { memo } from 'react';
import type { ConversationRow } from '../../models/conversations/conversation-list';
import { CountBadge, cx } from '../../ui';
import type { Point } from '../../ui/action-menu';
import { useLongPress } from '../../ui/use-long-press';
import { Face } from '../new/picture';
import { useChat } from './chat';
import { PreviewLine, Receipt } from './preview';
import { Swipe } from './swipe';
import { fullTime, listTime } from './times';

function Typing({ row }: { row: ConversationRow }) {
  const { t } = useLingui();
  const [name] = row.typing;
  const others = row.typing.length - 1;
  if (row.view.kind === 'direct') return <>{t`typing…`}</>;
  return others === 0 ? (
    <>{t`${name} is typing…`}</>
  ) : (
    <Plural value={others} one={`${name} and # other are typing…`} other={`${name} and # others are typing…`} />
  );
}

function Preview({ row, me }: { row: ConversationRow; me: string | null }) {
  const { t } = useLingui();
  const { view } = row;
  if (row.typing.length > 0)
    return (
      <span className="text-accent-text">
        <Typing row={row} />
      </span>
    );
  if (view.draft)
    return (
      <>
        <span className="text-danger-text">{t`Draft:`}</span> {view.draft.text}
      </>
    );
  if (view.state === 'creating') return <>{t`Being set up…`}</>;
  if (view.needs_repair) return <span className="text-danger-text">{t`Needs repair`}</span>;
  const { last } = view;
  if (!last) return <>{view.preview}</>;
  const own = last.sender === me;
  return (
    <>
      {own && <Receipt state={last.state} className="me-1 align-[-0.2em]" />}
      {view.kind === 'group' && last.kind !== 'deleted' && (
        <span className={cx(row.unread && 'text-text')}>
          {own ? t`You` : <bdi>{shortName(last.sender_name)}</bdi>}:{' '}
        </span>
      )}
      <bdi>
        <PreviewLine line={last} />
      </bdi>
    </>
  );
}

/** The first name; whole where the id belongs to it. */
const shortName = (name: string): string => (name.includes('@') ? name : (name.split(' ')[0] ?? name));

export interface ConversationRowViewProps {
  row: ConversationRow;
  me: string | null;
  current: boolean;
  tabbable: boolean;
  locale: string;
  onMenu: (row: ConversationRow, at: Point) => void;
  onArchive: (row: ConversationRow) => void;
  onUnread: (row: ConversationRow) => void;
}

export const ConversationRowView = memo(function ConversationRowView(props: ConversationRowViewProps) {
  const { row, me, current, tabbable, locale, onMenu, onArchive, onUnread } = props;
  const { t } = useLingui();
  const { routes, engine, threads, now } = useChat();
  const { view, muted, unread } = row;
  const press = useLongPress((at) => onMenu(row, at));
  const { unread: count } = view;
  return (
    <Swipe start={<MailOpen />} end={<Archive />} onStart={() => onUnread(row)} onEnd={() => onArchive(row)}>
      <div role="presentation" {...press}>
        <a
          href={routes.conversation(row.group)}
          onPointerDown={(event) => {
            if (event.button === 0) threads.prepare(row.group);
          }}
          onClick={(event) => {
            if (event.metaKey || event.ctrlKey || event.shiftKey) return;
            event.preventDefault();
            routes.go(routes.conversation(row.group));
          }}
          {...(current ? { 'aria-current': 'page' as const } : {})}
          data-row={row.group}
          tabIndex={tabbable ? 0 : -1}
          draggable={false}
          className={cx(
            'flex h-18 w-full touch-pan-y items-center gap-3 px-4 outline-none select-none focus-visible:outline-2 focus-visible:-outline-offset-2 focus-visible:outline-focus md:mx-2 md:w-[calc(100%-1rem)] md:rounded-md md:px-2.5',
            current ? 'bg-selected' : 'hover:bg-hover active:bg-pressed',
          )}
        >
          <Face
            engine={engine}
            of={view.kind === 'direct' && view.peer !== null ? { user: view.peer } : { group: row.group }}
            hash={view.picture}
            name={view.title}
          />
          <span className="min-w-0 flex-1">
            <span className="flex items-baseline gap-2">
              <span className={cx('min-w-0 flex-1 truncate text-base', unread ? 'font-semibold' : 'font-medium')}>
                <bdi>{view.title}</bdi>
              </span>
              <time
                dateTime={new Date(view.last_at_ms).toISOString()}
                title={view.last_at_ms === 0 ? undefined : fullTime(locale, view.last_at_ms)}
                className={cx(
                  'shrink-0 text-xs tabular-nums',
                  unread && !muted ? 'font-medium text-accent-text' : 'text-muted',
                )}
              >
                {listTime(locale, view.last_at_ms, now())}
              </time>
            </span>
            <span className="mt-0.5 flex h-5 items-center gap-1.5">
              <span className="min-w-0 flex-1 truncate text-sm text-muted">
                <Preview row={row} me={me} />
              </span>
              {muted && <BellOff role="img" aria-label={t`Muted`} className="size-3.5 shrink-0 text-faint" />}
              {view.pinned_at_ms !== null && (
                <Pin role="img" aria-label={t`Pinned`} className="size-3.5 shrink-0 rotate-45 text-faint" />
              )}
              {view.unread_mentions > 0 && (
                <span className="flex size-5 shrink-0 items-center justify-center rounded-full bg-accent text-on-accent">
                  <AtSign role="img" aria-label={t`You are mentioned`} className="size-3.5" strokeWidth={2.5} />
                </span>
              )}
              <CountBadge count={count} muted={muted} label={t`${count} unread`} />
              {count === 0 && view.marked_unread && (
                <span
                  role="img"
                  aria-label={t`Marked as unread`}
                  className={cx('m-1 size-3 shrink-0 rounded-full', muted ? 'bg-line-strong' : 'bg-accent')}
                />
              )}
            </span>
          </span>
        </a>
      </div>
    </Swipe>
  );
});
