import { Plural, useLingui } from '@lingui/react/macro';
import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDown } from 'lucide-react';
import { memo, useEffect, useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import type { MemberView } from '../../api';
import { useModel } from '../../app/use-model';
import { inBackground } from '../../models/background';
import type { ThreadItem } from '../../models/thread/items';
import type { SelectionModel } from '../../models/thread/selection';
import { dayOf, placeOf } from '../../models/thread/items';
import type { ThreadModel } from '../../models/thread/thread';
import { cx, Spinner } from '../../ui';
import { useChat } from '../conversations/chat';
import { dayTitle } from '../conversations/times';
import { Note } from '../notes/note';
import { MessageRow } from './message-row';

/** History is asked for before the person gets there. */
const AHEAD_PX = 1600;
const AT_END_PX = 64;
/** Rows drawn beyond what is seen; none before a person sees the first ones, nor while messages pour in. */
const OVERSCAN = 8;
const HIGHLIGHT_MS = 2200;

function estimate(item: ThreadItem | undefined): number {
  if (!item) return 48;
  if (item.kind === 'day' || item.kind === 'unread') return 44;
  if (item.kind === 'note') return 32;
  const { body, reply_to: reply, reactions } = item.message;
  if (item.messages.length > 1) return 336;
  const around = (item.first ? 10 : 2) + (reply === null ? 0 : 52) + (reactions.length > 0 ? 24 : 0);
  if (body.type === 'text') return around + 12 + 22 * Math.ceil(Math.min(3000, body.text.length) / 44);
  if (body.type === 'file') return around + (body.thumbnail ? 240 : 72);
  return around + 90;
}

const chip = 'rounded-full bg-raised px-3 py-1 text-xs font-medium text-muted shadow-low inset-ring inset-ring-line';

export interface ThreadListProps {
  thread: ThreadModel;
  selection: SelectionModel;
  canWrite: boolean;
}

/** The messages of a thread: only what is seen is drawn, and what is seen stays where it is whatever happens above. */
export const ThreadList = memo(function ThreadList({ thread, selection, canWrite }: ThreadListProps) {
  const { t, i18n } = useLingui();
  const { now } = useChat();
  const state = useModel(thread);
  const chosen = useModel(selection);
  const { items, older, newer, target, highlighted, members, me } = state;
  const scroller = useRef<HTMLDivElement>(null);
  const [atEnd, setAtEnd] = useState(true);
  const [tabbed, setTabbed] = useState<string | null>(null);
  const [settled, setSettled] = useState(false);
  const people = useMemo(() => new Map<string, MemberView>(members.map((member) => [member.user, member])), [members]);
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: (n) => estimate(items[n]),
    getItemKey: (n) => items[n]?.key ?? n,
    overscan: settled && !state.crowded ? OVERSCAN : 0,
    anchorTo: 'end',
    followOnAppend: !newer,
    scrollEndThreshold: AT_END_PX,
    paddingStart: 12,
    paddingEnd: 10,
  });

  // A thread begins at its end, or where it was asked to.
  const begun = useRef(false);
  const end = useRef(true);
  useLayoutEffect(() => {
    if (items.length === 0) return;
    if (target) {
      const index = placeOf(items, target.key);
      begun.current = true;
      end.current = target.align === 'end';
      // The end has some room below it.
      if (index >= 0 && index === items.length - 1 && target.align === 'end') virtual.scrollToEnd();
      else if (index >= 0) virtual.scrollToIndex(index, { align: target.align });
      thread.arrivedAtTarget();
    } else if (!begun.current) {
      begun.current = true;
      virtual.scrollToEnd();
    }
  }, [items, target, thread, virtual]);

  useEffect(() => {
    if (highlighted === null) return;
    const timer = setTimeout(() => thread.clearHighlight(), HIGHLIGHT_MS);
    return () => clearTimeout(timer);
  }, [highlighted, thread]);

  useEffect(() => {
    const seen = () => thread.view({ visible: document.visibilityState === 'visible' && document.hasFocus() });
    seen();
    document.addEventListener('visibilitychange', seen);
    addEventListener('focus', seen);
    addEventListener('blur', seen);
    return () => {
      document.removeEventListener('visibilitychange', seen);
      removeEventListener('focus', seen);
      removeEventListener('blur', seen);
    };
  }, [thread]);

  const look = () => {
    const pane = scroller.current;
    if (!pane || !begun.current) return;
    const below = pane.scrollHeight - pane.scrollTop - pane.clientHeight;
    end.current = below <= AT_END_PX && !newer;
    setAtEnd(end.current);
    thread.view({ atEnd: end.current });
    if (pane.scrollTop < AHEAD_PX && older) inBackground(thread.loadOlder());
    else if (below < AHEAD_PX && newer) inBackground(thread.loadNewer());
  };
  const looking = useRef(look);
  useEffect(() => {
    looking.current = look;
  });
  // After every change of what is there, too: a page may be shorter than the screen.
  useEffect(() => {
    const frame = requestAnimationFrame(() => looking.current());
    return () => cancelAnimationFrame(frame);
  }, [items]);
  const shown = items.length > 0;
  useEffect(() => {
    if (!shown) return;
    // After the frame with the first messages, not in it.
    let later = 0;
    const frame = requestAnimationFrame(() => (later = requestAnimationFrame(() => setSettled(true))));
    return () => {
      cancelAnimationFrame(frame);
      cancelAnimationFrame(later);
    };
  }, [shown]);

  // Who is at the end stays there when the composer grows, the window turns, or lines are wrapped anew.
  const content = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const pane = scroller.current;
    if (!pane || !content.current) return;
    const observer = new ResizeObserver(() => {
      if (begun.current && end.current) pane.scrollTop = pane.scrollHeight;
    });
    observer.observe(pane);
    observer.observe(content.current);
    return () => observer.disconnect();
  }, []);

  const drawn = virtual.getVirtualItems();
  const top = virtual.range ? items[virtual.range.startIndex] : undefined;
  const day =
    top === undefined || top.kind === 'unread' ? undefined : top.kind === 'day' ? top.day : dayOf(top.message.at_ms);
  const { isScrolling } = virtual;

  const tab = tabbed !== null && items.some((item) => item.key === tabbed) ? tabbed : items.at(-1)?.key;
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const focused = (event.target as Element).closest<HTMLElement>('[data-message]');
    if (step === undefined || !focused || event.altKey || event.target !== focused) return;
    const from = items.findIndex((item) => item.key === focused.dataset['message']);
    let to = from + step;
    while (items[to] && items[to]?.kind !== 'message') to += step;
    const key = items[to]?.key;
    if (key === undefined) return;
    event.preventDefault();
    setTabbed(key);
    virtual.scrollToIndex(to, { align: 'auto' });
    requestAnimationFrame(() =>
      scroller.current?.querySelector<HTMLElement>(`[data-message="${CSS.escape(key)}"]`)?.focus(),
    );
  };
  const { newBelow } = state;
  return (
    <div className="relative min-h-0 flex-1">
      {/* A feed's arrow keys, as the ARIA practices describe them. */}
      {/* eslint-disable-next-line jsx-a11y/no-static-element-interactions */}
      <div
        ref={scroller}
        // A feed without articles isn't one: there may be notes only.
        role={items.some((item) => item.kind === 'message') ? 'feed' : 'group'}
        aria-label={t`Messages`}
        aria-busy={state.loading !== null}
        onScroll={look}
        onKeyDown={onKeyDown}
        // The virtualiser keeps the place; the browser doing it, too, would jump.
        className="scroller flex h-full flex-col [overflow-anchor:none]"
      >
        {older && state.loading === 'older' && (
          <span className="absolute inset-x-0 top-2 z-10 flex justify-center text-muted">
            <Spinner size="md" />
          </span>
        )}
        <div
          ref={content}
          className="relative mx-auto mt-auto w-full max-w-4xl shrink-0"
          style={{ height: `${virtual.getTotalSize()}px` }}
        >
          <div className="absolute inset-x-0 top-0" style={{ transform: `translateY(${drawn[0]?.start ?? 0}px)` }}>
            {drawn.map((one) => {
              const item = items[one.index];
              return (
                item && (
                  <div key={one.key} data-index={one.index} ref={virtual.measureElement}>
                    {item.kind === 'day' && (
                      <div className="flex justify-center py-2">
                        <span className={chip}>{dayTitle(i18n.locale, item.day, now())}</span>
                      </div>
                    )}
                    {item.kind === 'unread' && (
                      <div className="flex items-center gap-3 px-4 py-2.5 text-xs font-semibold text-accent-text">
                        <span className="h-px flex-1 bg-accent/40" />
                        <Plural value={item.count} one="# unread message" other="# unread messages" />
                        <span className="h-px flex-1 bg-accent/40" />
                      </div>
                    )}
                    {item.kind === 'note' && item.message.body.type === 'note' && (
                      <Note {...item.message.body} conversation={state.conversation} members={members} />
                    )}
                    {item.kind === 'message' && (
                      <MessageRow
                        item={item}
                        kind={state.conversation?.kind ?? 'direct'}
                        me={me}
                        sender={people.get(item.message.sender ?? '')}
                        highlighted={
                          highlighted !== null && item.messages.some((message) => message.id === highlighted)
                        }
                        selecting={chosen.active}
                        chosen={chosen.chosen}
                        tabbable={item.key === tab}
                        canWrite={canWrite}
                        locale={i18n.locale}
                      />
                    )}
                  </div>
                )
              );
            })}
          </div>
        </div>
      </div>
      {day !== undefined && top?.kind !== 'day' && (
        <div
          aria-hidden="true"
          className={cx(
            'pointer-events-none absolute inset-x-0 top-2 flex justify-center transition-opacity duration-300',
            isScrolling ? 'opacity-100' : 'opacity-0',
          )}
        >
          <span className={chip}>{dayTitle(i18n.locale, day, now())}</span>
        </div>
      )}
      {(!atEnd || newBelow > 0) && (
        <button
          type="button"
          onClick={() => void thread.jumpToEnd()}
          aria-label={newBelow > 0 ? undefined : t`To the newest message`}
          className={cx(
            'absolute end-4 bottom-3 flex h-11 animate-rise items-center justify-center gap-2 rounded-full bg-raised text-sm font-medium text-text shadow-mid inset-ring inset-ring-line hover:bg-hover',
            newBelow > 0 ? 'ps-4 pe-3' : 'w-11',
          )}
        >
          {newBelow > 0 && <Plural value={newBelow} one="# new message" other="# new messages" />}
          <ArrowDown aria-hidden="true" className="size-5 text-accent-text" />
        </button>
      )}
    </div>
  );
});
