import { Plural, useLingui } from '@lingui/react/macro';
import { Copy, CornerUpRight, Lock, MessagesSquare, Star, StarOff, Trash2, X } from 'lucide-react';
import { useCallback, useEffect, useMemo, useState } from 'react';
import type { MessageView } from '../../api';
import { useApp } from '../../app/context';
import { useModel, useSelected } from '../../app/use-model';
import { ComposerModel } from '../../models/composer/composer';
import { plainLine } from '../../models/rich-text/text';
import { words } from '../../models/search/search';
import { SelectionModel } from '../../models/thread/selection';
import type { ThreadModel } from '../../models/thread/thread';
import { Banner, Button, Confirm, EmptyState, IconButton, Skeleton, toasts } from '../../ui';
import { useCoarsePointer, type Point } from '../../ui/action-menu';
import { Composer } from '../composer/composer';
import { EmojiSheet } from '../composer/emoji/sheet';
import { useChat } from '../conversations/chat';
import { ConnectionBanner } from '../status/connection-banner';
import { useKindName } from '../conversations/preview';
import { clockTime } from '../conversations/times';
import {
  AttachButton,
  DropZone,
  MediaProvider,
  TransferBubble,
  useAttachments,
  useTransfers,
  VoiceRecorder,
} from '../media';
import { RepairDialog } from '../repair/repair-dialog';
import { ActionsContext, type MessageActions } from './actions';
import { ForwardDialog, InfoDialog, ReactionsDialog } from './dialogs';
import { FindBar } from './find-bar';
import { ThreadHeader } from './header';
import { MessageMenu, type MenuChoice } from './message-menu';
import { ThreadList } from './thread-list';

export interface ThreadProps {
  group: string;
  /** Open at this message. */
  at?: string | undefined;
}

/** A conversation. */
export function Thread({ group, at }: ThreadProps) {
  const { engine, threads } = useChat();
  const { enterSends } = useModel(useApp().preferences);
  const { t } = useLingui();
  const thread = useMemo(() => threads.take(group, at), [threads, group, at]);
  const [selection] = useState(() => new SelectionModel());
  const everyone = t`Everyone in this group`;
  const composer = useMemo(
    () => new ComposerModel(engine, group, { everyone: () => everyone }),
    [engine, group, everyone],
  );
  useEffect(() => {
    void thread.start().then(() => void composer.open(thread.getSnapshot().conversation));
    return () => thread.close();
  }, [thread, composer]);
  useEffect(() => () => composer.close(), [composer]);
  return <ThreadPane key={group} thread={thread} selection={selection} composer={composer} enterSends={enterSends} />;
}

type Open =
  | { type: 'menu' | 'pick'; message: MessageView; at: Point }
  | { type: 'reactions' | 'info'; message: MessageView }
  | { type: 'forward' | 'delete'; messages: readonly MessageView[] };

function ThreadPane({
  thread,
  selection,
  composer,
  enterSends,
}: {
  thread: ThreadModel;
  selection: SelectionModel;
  composer: ComposerModel;
  enterSends: boolean;
}) {
  const { t, i18n } = useLingui();
  const { engine, routes } = useChat();
  const state = useModel(thread);
  const chosen = useModel(selection);
  // Not the whole of what is written: a key must not draw the thread again.
  const replyTo = useSelected(composer, ({ mode }) => (mode.type === 'reply' ? mode.message : undefined));
  const [open, setOpen] = useState<Open | null>(null);
  const [finding, setFinding] = useState(false);
  const [recording, setRecording] = useState(false);
  const coarse = useCoarsePointer();
  const { conversation, members, me, phase } = state;
  const title = conversation?.title ?? '';
  const sentVoice = useCallback(() => void composer.takeReply(), [composer]);
  const sentFiles = useCallback((files: readonly File[]) => composer.filesSent(files), [composer]);
  const attachments = useAttachments({ engine, group: thread.group, title, replyTo, onSent: sentFiles });
  const transfers = useTransfers(engine).filter(
    (one) => one.direction === 'up' && one.state !== 'done' && one.group === thread.group,
  );

  useEffect(() => {
    composer.people(members, me);
  }, [composer, members, me]);

  const showForward = useCallback((message: MessageView) => setOpen({ type: 'forward', messages: [message] }), []);
  const showInfo = useCallback((message: MessageView) => setOpen({ type: 'info', message }), []);
  const openOther = useCallback((other: string) => routes.go(routes.conversation(other)), [routes]);
  const [repairing, setRepairing] = useState(false);
  const failed = useCallback(() => {
    toasts.show({ text: t`That didn’t work. Try again.`, tone: 'danger' });
  }, [t]);
  const jump = useCallback(
    (id: string) => {
      thread.jumpTo(id).then((there) => {
        if (!there) toasts.show({ text: t`This message isn’t on this device.` });
      }, failed);
    },
    [thread, failed, t],
  );
  const actions = useMemo(
    (): MessageActions => ({
      menu: (message, point) => setOpen({ type: 'menu', message, at: point }),
      pick: (message, point) => setOpen({ type: 'pick', message, at: point }),
      react: (message, emoji) => void thread.react(message, emoji).catch(failed),
      reactions: (message) => setOpen({ type: 'reactions', message }),
      reply: (message) => composer.reply(message),
      jump,
      info: (message) => setOpen({ type: 'info', message }),
      toggle: (message) => selection.toggle(message),
      retry: (message) => void thread.retry(message).catch(failed),
      remove: (message) => void thread.delete(message.id).catch(failed),
    }),
    [thread, composer, selection, failed, jump],
  );
  const copy = (text: string) => {
    navigator.clipboard.writeText(text).then(() => toasts.show({ text: t`Copied` }), failed);
    selection.end();
  };
  const star = (messages: readonly MessageView[], on: boolean) => {
    Promise.all(messages.map((message) => thread.star(message.id, on))).catch(failed);
    selection.end();
  };
  const forward = (messages: readonly MessageView[], groups: readonly string[]) => {
    const send = async () => {
      for (const to of groups)
        for (const message of messages)
          await engine.command({ type: 'send', group: to, draft: { type: 'forward', message: message.id } });
    };
    const [only] = groups;
    send().then(() => {
      toasts.show({
        text: t`Forwarded`,
        ...(groups.length === 1 && only !== undefined && only !== thread.group
          ? { action: { label: t`Show`, run: () => routes.go(routes.conversation(only)) } }
          : {}),
      });
    }, failed);
    setOpen(null);
    selection.end();
  };
  const choose = (message: MessageView, point: Point, choice: MenuChoice) => {
    const now = thread.message(message.id) ?? message;
    const acts: Record<MenuChoice, () => void> = {
      reply: () => composer.reply(now),
      pick: () => setOpen({ type: 'pick', message: now, at: point }),
      copy: () => copy(words(now)),
      forward: () => setOpen({ type: 'forward', messages: [now] }),
      star: () => star([now], !now.starred),
      edit: () => composer.edit(now),
      delete: () =>
        now.seq > 0 ? setOpen({ type: 'delete', messages: [now] }) : void thread.delete(now.id).catch(failed),
      select: () => selection.begin(now),
      info: () => setOpen({ type: 'info', message: now }),
      reactions: () => setOpen({ type: 'reactions', message: now }),
      retry: () => actions.retry(now),
    };
    acts[choice]();
  };
  const active = conversation?.state === 'active' || conversation?.state === 'creating';
  const canWrite = active && conversation.role !== 'reader';

  if (phase === 'missing' || phase === 'failed')
    return (
      <section className="flex h-full flex-col items-center justify-center bg-canvas">
        <EmptyState
          icon={<MessagesSquare aria-hidden="true" />}
          title={phase === 'missing' ? t`This conversation isn’t on this device` : t`This conversation can’t be shown`}
          action={
            phase === 'missing' ? (
              <Button onPress={() => routes.go(routes.home)}>{t`All conversations`}</Button>
            ) : (
              <Button onPress={() => void thread.open()}>{t`Try again`}</Button>
            )
          }
        />
      </section>
    );
  const count = chosen.chosen.size;
  const picked = chosen.active ? selection.messages() : [];
  const allStarred = selection.allStarred();
  return (
    <ActionsContext value={actions}>
      <MediaProvider engine={engine} onForward={showForward} onInfo={showInfo} onOpenConversation={openOther}>
        <DropZone
          className="flex h-full min-h-0 flex-col bg-canvas"
          isDisabled={!canWrite}
          onFiles={(files) => attachments.addFiles(files)}
          onFolders={(names) => {
            const folders = names.join(', ');
            toasts.show({ text: t`Folders can’t be sent: ${folders}. Send their files, or make a ZIP file of them.` });
          }}
        >
          {/* eslint-disable-next-line jsx-a11y/no-static-element-interactions -- keys that work everywhere in the pane */}
          <div
            className="flex h-full min-h-0 flex-col"
            onKeyDown={(event) => {
              if ((event.ctrlKey || event.metaKey) && event.key === 'f') {
                event.preventDefault();
                setFinding(true);
              } else if (event.key === 'Escape') {
                if (chosen.active) selection.end();
                else if (finding) setFinding(false);
                else void thread.jumpToEnd();
              }
            }}
          >
            {chosen.active ? (
              <header className="flex min-h-15 shrink-0 items-center gap-0.5 border-b border-line bg-surface px-2 pt-[env(safe-area-inset-top)] md:px-3">
                <IconButton label={t`Stop selecting`} onPress={() => selection.end()}>
                  <X aria-hidden="true" className="size-5" />
                </IconButton>
                <h1 aria-live="polite" className="min-w-0 flex-1 truncate px-2 text-lg font-semibold">
                  <Plural value={count} one="# selected" other="# selected" />
                </h1>
                <IconButton label={t`Copy`} onPress={() => copy(selection.text((ms) => clockTime(i18n.locale, ms)))}>
                  <Copy aria-hidden="true" className="size-5" />
                </IconButton>
                <IconButton label={allStarred ? t`Remove star` : t`Star`} onPress={() => star(picked, !allStarred)}>
                  {allStarred ? (
                    <StarOff aria-hidden="true" className="size-5" />
                  ) : (
                    <Star aria-hidden="true" className="size-5" />
                  )}
                </IconButton>
                <IconButton label={t`Forward…`} onPress={() => setOpen({ type: 'forward', messages: picked })}>
                  <CornerUpRight aria-hidden="true" className="size-5 rtl:-scale-x-100" />
                </IconButton>
                {canWrite && selection.allOwn(me) && (
                  <IconButton
                    label={t`Delete for everyone…`}
                    onPress={() => setOpen({ type: 'delete', messages: picked })}
                  >
                    <Trash2 aria-hidden="true" className="size-5" />
                  </IconButton>
                )}
              </header>
            ) : (
              <ThreadHeader state={state} onFind={() => setFinding(true)} />
            )}
            {/* Beside the list where there is room for both. */}
            <div className="md:hidden">
              <ConnectionBanner />
            </div>
            {finding && <FindBar group={thread.group} onJump={jump} onClose={() => setFinding(false)} />}
            {conversation?.needs_repair === true && (
              <Banner
                flush
                tone="warning"
                title={t`This conversation needs repair`}
                action={<Button onPress={() => setRepairing(true)}>{t`Repair`}</Button>}
              >
                {t`This device can’t read what comes now. Repairing brings it back in; what is here stays.`}
              </Banner>
            )}
            <RepairDialog engine={engine} group={thread.group} isOpen={repairing} onClose={() => setRepairing(false)} />
            {phase === 'loading' ? (
              <ThreadSkeleton />
            ) : state.items.length === 0 ? (
              <div className="flex min-h-0 flex-1 items-center justify-center">
                <EmptyState icon={<Lock aria-hidden="true" />} title={t`Nothing here yet`}>
                  {conversation?.kind === 'direct'
                    ? t`Messages are encrypted end to end: only you two can read them.`
                    : t`Messages are encrypted end to end: only the members of this group can read them.`}
                </EmptyState>
              </div>
            ) : (
              <ThreadList thread={thread} selection={selection} canWrite={canWrite} />
            )}
            {transfers.length > 0 && (
              <div className="mx-auto flex max-h-48 w-full max-w-4xl flex-col items-end gap-1 overflow-y-auto px-3 pb-2 md:px-5">
                {transfers.map((transfer) => (
                  <TransferBubble key={transfer.id} engine={engine} transfer={transfer} />
                ))}
              </div>
            )}
            {canWrite ? (
              <Composer
                composer={composer}
                enterSends={enterSends}
                recording={recording}
                onPaste={attachments.onPaste}
                onTextFile={(file) => attachments.addFiles([file], 'document')}
                onEditLast={() => {
                  const last = thread.lastOwn();
                  if (last) composer.edit(last);
                }}
                onEscape={() => void thread.jumpToEnd()}
                attach={<AttachButton attachments={attachments} />}
                voice={
                  <VoiceRecorder
                    engine={engine}
                    group={thread.group}
                    replyTo={replyTo}
                    onActive={setRecording}
                    onSent={sentVoice}
                  />
                }
              />
            ) : (
              phase === 'ready' && (
                <p className="shrink-0 border-t border-line bg-surface px-4 py-4 pb-[max(1rem,env(safe-area-inset-bottom))] text-center text-sm text-muted">
                  {conversation?.state === 'left'
                    ? t`You left this group.`
                    : conversation?.state === 'removed'
                      ? t`You are no longer a member of this group.`
                      : conversation?.state === 'rejoining'
                        ? t`This conversation is being repaired. You can write again in a moment.`
                        : conversation?.state === 'damaged'
                          ? t`You can write again once it is repaired.`
                          : t`You can read here; only members with more rights can write.`}
                </p>
              )
            )}
            {attachments.element}
          </div>
        </DropZone>
        <Announcer message={state.arrived} />
        {open?.type === 'menu' && (
          <MessageMenu
            message={open.message}
            at={open.at}
            me={me}
            canWrite={canWrite}
            onChoose={(choice) => choose(open.message, open.at, choice)}
            onReact={(emoji) => actions.react(thread.message(open.message.id) ?? open.message, emoji)}
            onClose={() => setOpen((now) => (now === open ? null : now))}
          />
        )}
        {open?.type === 'pick' && (
          <EmojiSheet
            label={t`React`}
            searching={!coarse}
            onPick={(emoji) => {
              actions.react(open.message, emoji);
              setOpen(null);
            }}
            onClose={() => setOpen(null)}
          />
        )}
        {open?.type === 'reactions' && (
          <ReactionsDialog
            message={thread.message(open.message.id) ?? open.message}
            members={members}
            me={me}
            onToggle={(emoji) => {
              actions.react(thread.message(open.message.id) ?? open.message, emoji);
              setOpen(null);
            }}
            onClose={() => setOpen(null)}
          />
        )}
        {open?.type === 'info' && <InfoDialog message={open.message} onClose={() => setOpen(null)} />}
        {open?.type === 'forward' && (
          <ForwardDialog
            count={open.messages.length}
            onForward={(groups) => forward(open.messages, groups)}
            onClose={() => setOpen(null)}
          />
        )}
        <Confirm
          title={
            open?.type === 'delete' && open.messages.length > 1
              ? t`Delete these messages for everyone?`
              : t`Delete this message for everyone?`
          }
          confirm={t`Delete`}
          isOpen={open?.type === 'delete'}
          onCancel={() => setOpen(null)}
          onConfirm={() => {
            if (open?.type === 'delete')
              Promise.all(open.messages.map((message) => thread.delete(message.id))).catch(failed);
            setOpen(null);
            selection.end();
          }}
        >
          {t`It goes from every device that is reached. Somebody may have read or copied it already.`}
        </Confirm>
      </MediaProvider>
    </ActionsContext>
  );
}

/** Says politely what came, where it isn't seen. */
function Announcer({ message }: { message: MessageView | null }) {
  const name = useKindName();
  const { t } = useLingui();
  let text = '';
  if (message) {
    const { sender_name: sender, body } = message;
    const line =
      body.type === 'text'
        ? plainLine(body.text.slice(0, 400)).slice(0, 200)
        : body.type === 'note'
          ? ''
          : name(body.type);
    text = t`${sender}: ${line}`;
  }
  return (
    <div role="log" aria-live="polite" aria-label={t`New messages`} className="sr-only">
      {message && <p key={message.id}>{text}</p>}
    </div>
  );
}

const WIDTHS = ['w-2/5', 'w-3/5', 'w-1/3', 'w-1/2', 'w-2/5', 'w-1/4'];

function ThreadSkeleton() {
  return (
    <div
      aria-busy="true"
      className="mx-auto flex min-h-0 w-full max-w-4xl flex-1 flex-col justify-end gap-2 overflow-hidden px-4 pb-4 md:px-6"
    >
      {WIDTHS.map((width, n) => (
        <div key={n} className={n % 3 === 1 ? 'flex justify-end' : 'flex'}>
          <Skeleton className={`h-10 ${width}`} />
        </div>
      ))}
    </div>
  );
}
