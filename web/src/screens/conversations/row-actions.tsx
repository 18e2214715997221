import { useLingui } from '@lingui/react/macro';
import { Archive, ArchiveRestore, Bell, BellOff, LogOut, MailOpen, MessageSquareDot, Pin, PinOff } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { ConversationRow, MuteFor } from '../../models/conversations/conversation-list';
import { ActionMenu, type Point } from '../../ui/action-menu';
import { Button, Confirm, Dialog, MenuItem, MenuSeparator, RadioGroup, toasts } from '../../ui';
import { useChat } from './chat';

export interface RowActions {
  menu: (row: ConversationRow, at: Point) => void;
  archive: (row: ConversationRow) => void;
  toggleUnread: (row: ConversationRow) => void;
  element: ReactNode;
}

/** What can be done with a conversation, with its menu and dialogs; once per list. */
export function useRowActions(): RowActions {
  const { t } = useLingui();
  const { list } = useChat();
  const [open, setOpen] = useState<{ row: ConversationRow; at: Point } | null>(null);
  const [muting, setMuting] = useState<ConversationRow | null>(null);
  const [muteFor, setMuteFor] = useState<MuteFor>('hours');
  const [leaving, setLeaving] = useState<ConversationRow | null>(null);

  const act = (work: Promise<void>, done?: { text: string; undo: () => Promise<void> }) => {
    work.then(
      () => {
        if (done) toasts.show({ text: done.text, action: { label: t`Undo`, run: () => void done.undo() } });
      },
      () => toasts.show({ text: t`That didn’t work. Try again.`, tone: 'danger' }),
    );
  };
  const archive = (row: ConversationRow) => {
    const on = !row.view.archived;
    act(list.archive(row.group, on), {
      text: on ? t`Conversation archived` : t`Conversation is back in the list`,
      undo: () => list.archive(row.group, !on),
    });
  };
  const toggleUnread = (row: ConversationRow) => {
    act(row.unread ? list.markRead(row.group) : list.markUnread(row.group));
  };
  const row = open?.row;
  const pinned = row !== undefined && row.view.pinned_at_ms !== null;
  const element = (
    <>
      <ActionMenu label={row?.view.title ?? ''} at={open?.at ?? null} onClose={() => setOpen(null)}>
        {row !== undefined && (
          <>
            {!row.view.archived && (
              <MenuItem icon={pinned ? <PinOff /> : <Pin />} onAction={() => act(list.pin(row.group, !pinned))}>
                {pinned ? t`Unpin` : t`Pin to the top`}
              </MenuItem>
            )}
            <MenuItem icon={row.unread ? <MailOpen /> : <MessageSquareDot />} onAction={() => toggleUnread(row)}>
              {row.unread ? t`Mark as read` : t`Mark as unread`}
            </MenuItem>
            <MenuItem
              icon={row.muted ? <Bell /> : <BellOff />}
              onAction={() => {
                if (row.muted) act(list.mute(row.group, null));
                else setMuting(row);
              }}
            >
              {row.muted ? t`Unmute` : t`Mute…`}
            </MenuItem>
            <MenuItem icon={row.view.archived ? <ArchiveRestore /> : <Archive />} onAction={() => archive(row)}>
              {row.view.archived ? t`Move back to the list` : t`Archive`}
            </MenuItem>
            {row.view.kind === 'group' && row.view.state === 'active' && (
              <>
                <MenuSeparator />
                <MenuItem danger icon={<LogOut />} onAction={() => setLeaving(row)}>
                  {t`Leave group…`}
                </MenuItem>
              </>
            )}
          </>
        )}
      </ActionMenu>
      <Dialog
        title={t`Mute ${muting?.view.title ?? ''}`}
        size="sm"
        isOpen={muting !== null}
        onOpenChange={(isOpen) => {
          if (!isOpen) setMuting(null);
        }}
        actions={
          <>
            <Button onPress={() => setMuting(null)}>{t`Cancel`}</Button>
            <Button
              variant="primary"
              onPress={() => {
                if (muting) act(list.mute(muting.group, muteFor));
                setMuting(null);
              }}
            >{t`Mute`}</Button>
          </>
        }
      >
        <RadioGroup<MuteFor>
          label={t`For how long`}
          hideLabel
          value={muteFor}
          onChange={setMuteFor}
          choices={[
            { value: 'hours', label: t`8 hours` },
            { value: 'week', label: t`One week` },
            { value: 'always', label: t`Always` },
          ]}
        />
      </Dialog>
      <Confirm
        title={t`Leave ${leaving?.view.title ?? ''}?`}
        confirm={t`Leave`}
        isOpen={leaving !== null}
        onCancel={() => setLeaving(null)}
        onConfirm={() => {
          if (leaving) act(list.leave(leaving.group));
          setLeaving(null);
        }}
      >
        {t`You won’t get new messages. What you have stays on your devices. An admin can add you again.`}
      </Confirm>
    </>
  );
  return { menu: (of, at) => setOpen({ row: of, at }), archive, toggleUnread, element };
}
