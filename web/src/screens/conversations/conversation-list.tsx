import { Plural, useLingui } from '@lingui/react/macro';
import { useVirtualizer } from '@tanstack/react-virtual';
import { Archive, ArrowLeft, MessagesSquare, MessageSquarePlus, SearchX } from 'lucide-react';
import { useCallback, useEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { Link, ToggleButton, ToggleButtonGroup } from 'react-aria-components';
import { useModel } from '../../app/use-model';
import type { ConversationFilter } from '../../models/conversations/conversation-list';
import { SearchModel } from '../../models/search/search';
import { Button, CountBadge, EmptyState, IconButton, SearchField, SkeletonRows, Tooltip } from '../../ui';
import { SearchResults } from '../search/results';
import { useChat, useConversations } from './chat';
import { useRowActions } from './row-actions';
import { ConversationRowView } from './row';

const ROW_PX = 72;

export interface ConversationListProps {
  /** The one that is open beside it. */
  current?: string | undefined;
  /** Above everything: who one is, settings. */
  head?: ReactNode;
  /** Below the head: connection. */
  banner?: ReactNode;
}

/** Everything one takes part in. */
export function ConversationList({ current, head, banner }: ConversationListProps) {
  const { t, i18n } = useLingui();
  const { engine, list, routes } = useChat();
  const state = useConversations();
  const actions = useRowActions();
  const search = useMemo(
    () => new SearchModel(engine, { title: (group) => list.get(group)?.title ?? '' }),
    [engine, list],
  );
  useEffect(() => () => search.close(), [search]);
  const found = useModel(search);
  const scroller = useRef<HTMLDivElement>(null);
  const [tabbed, setTabbed] = useState<string | null>(null);
  const { rows, query } = state;
  // eslint-disable-next-line react-hooks/incompatible-library -- what it returns is read at once and handed to nobody
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    getItemKey: (n) => rows[n]?.group ?? n,
    overscan: 6,
  });
  const { menu, archive, toggleUnread } = actions;
  const ref = useRef({ menu, archive, toggleUnread });
  useEffect(() => {
    ref.current = { menu, archive, toggleUnread };
  });
  const onMenu = useCallback((...args: Parameters<typeof menu>) => ref.current.menu(...args), []);
  const onArchive = useCallback((...args: Parameters<typeof archive>) => ref.current.archive(...args), []);
  const onUnread = useCallback((...args: Parameters<typeof toggleUnread>) => ref.current.toggleUnread(...args), []);

  const tab = rows.some((row) => row.group === tabbed)
    ? tabbed
    : rows.some((row) => row.group === current)
      ? current
      : rows[0]?.group;
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1, Home: -rows.length, End: rows.length, PageDown: 8, PageUp: -8 }[
      event.key
    ];
    if (step === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    const from = rows.findIndex((row) => row.group === tab);
    const to = Math.max(0, Math.min(rows.length - 1, from + step));
    const group = rows[to]?.group;
    if (group === undefined) return;
    event.preventDefault();
    setTabbed(group);
    virtual.scrollToIndex(to);
    requestAnimationFrame(() => {
      scroller.current?.querySelector<HTMLElement>(`[data-row="${CSS.escape(group)}"]`)?.focus();
    });
  };
  const filters: { id: ConversationFilter; label: string }[] = [
    { id: 'all', label: t`All` },
    { id: 'unread', label: t`Unread` },
    { id: 'groups', label: t`Groups` },
  ];
  const searching = query.trim() !== '';
  const { count: archivedCount, unread: archivedUnread } = state.archived;
  const drawn = virtual.getVirtualItems();
  const list_ = (
    <ul
      aria-label={state.archive ? t`Archived conversations` : t`Conversations`}
      className="relative"
      style={{ height: `${virtual.getTotalSize()}px` }}
    >
      {drawn.map((item) => {
        const row = rows[item.index];
        return (
          row && (
            <li
              key={item.key}
              aria-setsize={rows.length}
              aria-posinset={item.index + 1}
              className="absolute inset-x-0 top-0"
              style={{ transform: `translateY(${item.start}px)` }}
            >
              <ConversationRowView
                row={row}
                me={state.me}
                current={row.group === current}
                tabbable={row.group === tab}
                locale={i18n.locale}
                onMenu={onMenu}
                onArchive={onArchive}
                onUnread={onUnread}
              />
            </li>
          )
        );
      })}
    </ul>
  );
  return (
    <section aria-label={t`Conversations`} className="relative flex h-full min-h-0 flex-col bg-surface">
      {/* Beside an open conversation, that one has the page's heading. */}
      {current === undefined && <h1 className="sr-only">{t`Conversations`}</h1>}
      {head}
      <div className="flex shrink-0 flex-col gap-2.5 px-4 pt-1 pb-2.5 md:pt-3">
        <div className="flex items-center gap-2">
          <SearchField
            className="min-w-0 flex-1"
            label={t`Search people and messages`}
            placeholder={t`Search`}
            value={query}
            onChange={(value) => {
              list.show({ query: value });
              search.query(value);
            }}
            data-shortcut="search"
          />
          <span className="max-md:hidden">
            <Tooltip text={t`New conversation`}>
              <IconButton label={t`New conversation`} onPress={() => routes.go(routes.newConversation)}>
                <MessageSquarePlus aria-hidden="true" className="size-5" />
              </IconButton>
            </Tooltip>
          </span>
        </div>
        {state.archive && !searching ? (
          <div className="flex min-h-9 items-center gap-1">
            <IconButton label={t`Back to all conversations`} size="sm" onPress={() => list.show({ archive: false })}>
              <ArrowLeft aria-hidden="true" className="size-5 rtl:-scale-x-100" />
            </IconButton>
            <h2 className="text-base font-semibold">{t`Archived`}</h2>
          </div>
        ) : (
          !searching && (
            <ToggleButtonGroup
              aria-label={t`Show`}
              selectionMode="single"
              disallowEmptySelection
              selectedKeys={[state.filter]}
              onSelectionChange={(keys) => {
                const [filter] = keys;
                list.show({ filter: filter as ConversationFilter });
              }}
              className="flex gap-1.5"
            >
              {filters.map((filter) => (
                <ToggleButton
                  key={filter.id}
                  id={filter.id}
                  className="flex min-h-9 items-center rounded-full bg-sunken px-3.5 text-sm font-medium text-muted outline-none hovered:text-text selected:bg-accent-soft selected:text-on-accent-soft focus-ring:outline-2 focus-ring:outline-offset-2 focus-ring:outline-focus pointer-fine:min-h-7.5 forced-colors:selected:bg-[Highlight]"
                >
                  {filter.label}
                </ToggleButton>
              ))}
            </ToggleButtonGroup>
          )
        )}
      </div>
      {banner}
      <div
        ref={scroller}
        role="presentation"
        onKeyDown={onKeyDown}
        aria-busy={state.phase === 'loading'}
        className="scroller min-h-0 flex-1 pb-[calc(5.5rem+env(safe-area-inset-bottom))] md:pb-2"
      >
        {state.phase === 'loading' && <SkeletonRows rows={8} />}
        {state.phase === 'failed' && (
          <EmptyState
            icon={<MessagesSquare aria-hidden="true" />}
            title={t`Your conversations can’t be shown`}
            action={<Button onPress={() => void list.load()}>{t`Try again`}</Button>}
          >
            {t`Something went wrong while they were read from this device.`}
          </EmptyState>
        )}
        {state.phase === 'ready' && (
          <>
            {searching && rows.length > 0 && (
              <h2 className="px-4 pt-1 pb-1.5 text-sm font-semibold text-muted">{t`Conversations`}</h2>
            )}
            {!searching && !state.archive && archivedCount > 0 && state.filter === 'all' && (
              <button
                type="button"
                onClick={() => list.show({ archive: true })}
                className="flex min-h-11 w-full items-center gap-3 px-4 text-start text-sm font-medium text-muted hover:bg-hover focus-visible:-outline-offset-2 md:mx-2 md:w-[calc(100%-1rem)] md:rounded-md md:px-2.5"
              >
                <span className="flex w-12 justify-center">
                  <Archive aria-hidden="true" className="size-5" />
                </span>
                <span className="flex-1">{t`Archived`}</span>
                {archivedUnread > 0 ? (
                  <CountBadge count={archivedUnread} muted label={t`${archivedUnread} unread`} />
                ) : (
                  <span className="text-xs tabular-nums">{i18n.number(archivedCount)}</span>
                )}
              </button>
            )}
            {list_}
            {searching && <SearchResults state={found} onMore={() => search.loadMore()} hasAbove={rows.length > 0} />}
            {!searching && rows.length === 0 && <Empty />}
          </>
        )}
      </div>
      {/* What is found is not to be covered; below a list there is room for it. */}
      {!searching && (
        <Link
          href={routes.newConversation}
          aria-label={t`New conversation`}
          className="absolute end-4 bottom-[max(1rem,env(safe-area-inset-bottom))] flex size-14 items-center justify-center rounded-lg bg-accent text-on-accent shadow-mid hovered:bg-accent-hover pressed:bg-accent-pressed md:hidden"
        >
          <MessageSquarePlus aria-hidden="true" className="size-6" />
        </Link>
      )}
      {actions.element}
      <div role="status" className="sr-only">
        {searching && found.phase === 'done' && (
          <Plural value={found.found.length + rows.length} one="# result" other="# results" />
        )}
      </div>
    </section>
  );
}

function Empty() {
  const { t } = useLingui();
  const { list, routes } = useChat();
  const { any, archive, filter } = useConversations();
  if (any && (archive || filter !== 'all'))
    return (
      <EmptyState
        icon={archive ? <Archive aria-hidden="true" /> : <SearchX aria-hidden="true" />}
        title={archive ? t`The archive is empty` : filter === 'unread' ? t`Nothing unread` : t`No groups yet`}
        action={
          <Button onPress={() => list.show({ archive: false, filter: 'all' })}>{t`Show all conversations`}</Button>
        }
      >
        {archive ? t`What you archive comes back with its next message.` : undefined}
      </EmptyState>
    );
  return (
    <EmptyState
      icon={<MessagesSquare aria-hidden="true" />}
      title={t`No conversations yet`}
      action={
        <Button variant="primary" onPress={() => routes.go(routes.newConversation)}>
          {t`New conversation`}
        </Button>
      }
    >
      {t`Write to a colleague or start a group. Only its members can read it.`}
    </EmptyState>
  );
}
