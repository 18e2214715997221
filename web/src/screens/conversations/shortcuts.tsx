import { useLingui } from '@lingui/react/macro';
import { useEffect, useRef, useState } from 'react';
import { Autocomplete, ListBox, ListBoxItem, Dialog as AriaDialog, Modal, ModalOverlay } from 'react-aria-components';
import { useApp } from '../../app/context';
import { useModel } from '../../app/use-model';
import { CountBadge, cx, Dialog, SearchField } from '../../ui';
import { Face } from '../new/picture';
import { useChat, useConversations } from './chat';

const isApple = () => /Mac|iPhone|iPad/.test(navigator.userAgent);
const typing = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
const dialogOpen = (): boolean => document.querySelector('[role="dialog"], [role="alertdialog"]') !== null;
const focus = (name: string): boolean => {
  const place = document.querySelector<HTMLElement>(`[data-shortcut="${name}"]`);
  const field =
    place?.matches('input, textarea') === true ? place : place?.querySelector<HTMLElement>('input, textarea');
  field?.focus();
  return field !== null && field !== undefined;
};

/** Keys that work everywhere beside the list: jumping, searching, going on, and what keys there are. */
export function ChatShortcuts({ current }: { current?: string | undefined }) {
  const { list, routes } = useChat();
  const [open, setOpen] = useState<'jump' | 'help' | null>(null);
  const place = useRef(current);
  useEffect(() => {
    place.current = current;
  }, [current]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const control = event.ctrlKey || event.metaKey;
      const { key } = event;
      if (control && !event.shiftKey && !event.altKey && key.toLowerCase() === 'k') {
        event.preventDefault();
        setOpen((now) => (now === 'jump' ? null : 'jump'));
        return;
      }
      if (dialogOpen()) return;
      if (event.altKey && !control && (key === 'ArrowDown' || key === 'ArrowUp')) {
        const next = list.beside(place.current ?? null, key === 'ArrowDown' ? 1 : -1);
        if (next === undefined) return;
        event.preventDefault();
        routes.go(routes.conversation(next));
        return;
      }
      if (control && key === '/') {
        event.preventDefault();
        setOpen('help');
        return;
      }
      if (typing(event.target) || control || event.altKey) return;
      if (key === '/' && focus('search')) event.preventDefault();
      else if (key === '?') setOpen('help');
      else if (key === 'c' && focus('composer')) event.preventDefault();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [list, routes]);
  const close = () => setOpen(null);
  return (
    <>
      {open === 'jump' && <JumpDialog onClose={close} />}
      {open === 'help' && <KeysDialog onClose={close} />}
    </>
  );
}

/** So many fit without scrolling; typing is faster than looking on. */
const SHOWN_MAX = 7;

/** To a conversation by a few letters of its name. */
export function JumpDialog({ onClose }: { onClose: () => void }) {
  const { t } = useLingui();
  const { list, routes, engine } = useChat();
  useConversations();
  const [query, setQuery] = useState('');
  const choices = list.choices(query).slice(0, SHOWN_MAX);
  return (
    <ModalOverlay
      isOpen
      isDismissable
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      className="fixed inset-0 z-40 flex items-start justify-center bg-scrim p-3 pt-[12dvh] entering:animate-fade"
    >
      <Modal className="w-full max-w-lg overflow-hidden rounded-xl bg-raised text-text shadow-high entering:animate-rise forced-colors:border">
        <AriaDialog aria-label={t`Jump to a conversation`} className="outline-none">
          <Autocomplete inputValue={query} onInputChange={setQuery}>
            <div className="border-b border-line p-2.5">
              <SearchField label={t`Jump to a conversation`} autoFocus />
            </div>
            <ListBox
              aria-label={t`Conversations`}
              onAction={(key) => {
                onClose();
                routes.go(routes.conversation(String(key)));
              }}
              renderEmptyState={() => <p className="p-5 text-center text-base text-muted">{t`Nothing found`}</p>}
              className="p-1.5 outline-none"
            >
              {choices.map((view) => {
                const { unread: count } = view;
                return (
                  <ListBoxItem
                    key={view.group}
                    id={view.group}
                    textValue={view.title}
                    className="flex min-h-12 items-center gap-3 rounded-md px-2.5 outline-none focused:bg-hover forced-colors:focused:bg-[Highlight]"
                  >
                    <Face
                      engine={engine}
                      size="sm"
                      of={view.kind === 'direct' && view.peer !== null ? { user: view.peer } : { group: view.group }}
                      hash={view.picture}
                      name={view.title}
                    />
                    <bdi className={cx('min-w-0 flex-1 truncate text-base', count > 0 && 'font-semibold')}>
                      {view.title}
                    </bdi>
                    <CountBadge count={count} label={t`${count} unread`} muted />
                  </ListBoxItem>
                );
              })}
            </ListBox>
          </Autocomplete>
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

/** What the keyboard can do. */
export function KeysDialog({ onClose }: { onClose: () => void }) {
  const { t } = useLingui();
  const { enterSends } = useModel(useApp().preferences);
  const control = isApple() ? '⌘' : 'Ctrl';
  const alt = isApple() ? '⌥' : 'Alt';
  const parts: { title: string; keys: [keys: string[], what: string][] }[] = [
    {
      title: t`Everywhere`,
      keys: [
        [[control, 'K'], t`Jump to a conversation`],
        [['/'], t`Search`],
        [[alt, '↓'], t`Next conversation`],
        [[alt, '↑'], t`Previous conversation`],
        [['?'], t`Show these keys`],
      ],
    },
    {
      title: t`In a conversation`,
      keys: [
        [['C'], t`Write a message`],
        [[control, 'F'], t`Search in this conversation`],
        [['↑', '↓'], t`Go through the messages`],
        [['Enter'], t`What can be done with a message`],
        [['R'], t`Reply`],
        [['Esc'], t`To the newest message`],
      ],
    },
    {
      title: t`While writing`,
      keys: [
        [enterSends ? ['Enter'] : [control, 'Enter'], t`Send`],
        [enterSends ? ['Shift', 'Enter'] : ['Enter'], t`New line`],
        [['↑'], t`Edit your last message`],
        [['@'], t`Mention somebody`],
        [[control, 'B'], t`Bold`],
        [[control, 'I'], t`Italic`],
        [[control, 'Shift', 'X'], t`Strikethrough`],
        [[control, 'E'], t`Code`],
        [['Esc'], t`Give up a reply or an edit`],
      ],
    },
  ];
  return (
    <Dialog title={t`Keyboard shortcuts`} isOpen size="lg" onOpenChange={(open) => !open && onClose()}>
      {/* Scrolled by keyboard on small screens. */}
      <div
        role="group"
        aria-label={t`Keyboard shortcuts`}
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        className="gap-8 outline-none focus-visible:outline-2 focus-visible:outline-focus md:columns-2"
      >
        {parts.map((part) => (
          <section key={part.title} className="mb-5 break-inside-avoid">
            <h3 className="mb-1 text-sm font-semibold text-muted">{part.title}</h3>
            <dl>
              {part.keys.map(([keys, what]) => (
                <div
                  key={what}
                  className="flex min-h-9 items-center justify-between gap-3 border-b border-line last:border-0"
                >
                  <dt className="text-base">{what}</dt>
                  <dd className="flex shrink-0 gap-1">
                    {keys.map((key) => (
                      <kbd
                        key={key}
                        className="min-w-6 rounded-sm bg-sunken px-1.5 py-0.5 text-center font-sans text-xs font-medium text-muted inset-ring inset-ring-line"
                      >
                        {key}
                      </kbd>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
