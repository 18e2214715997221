import { useLingui } from '@lingui/react/macro';
import {
  Copy,
  CornerUpRight,
  Info,
  ListChecks,
  Pencil,
  Reply,
  RotateCw,
  SmilePlus,
  Star,
  StarOff,
  Trash2,
  Users,
} from 'lucide-react';
import type { MessageView } from '../../api';
import { cx, MenuItem, MenuSeparator } from '../../ui';
import { ActionMenu, type Point } from '../../ui/action-menu';
import { QUICK } from '../composer/emoji/data';

export type MenuChoice =
  'reply' | 'pick' | 'copy' | 'forward' | 'star' | 'edit' | 'delete' | 'select' | 'info' | 'reactions' | 'retry';

export interface MessageMenuProps {
  message: MessageView;
  at: Point;
  me: string | null;
  canWrite: boolean;
  onChoose: (choice: MenuChoice) => void;
  onReact: (emoji: string) => void;
  onClose: () => void;
}

/** Everything that can be done with a message, the six usual reactions first. */
export function MessageMenu({ message, at, me, canWrite, onChoose, onReact, onClose }: MessageMenuProps) {
  const { t } = useLingui();
  const own = message.sender === me;
  const { body } = message;
  const deleted = body.type === 'deleted';
  const known = !deleted && body.type !== 'unknown';
  const sent = message.seq > 0;
  const copies = body.type === 'text' || (body.type === 'file' && body.caption !== '');
  const can = {
    react: canWrite && known && sent,
    reply: canWrite && known && sent,
    edit: canWrite && own && body.type === 'text' && sent && !message.forwarded,
    // What was never sent may go wherever it is.
    delete: (canWrite || !sent) && own && !deleted,
  };
  const header = can.react && (
    <div
      role="group"
      aria-label={t`React`}
      className="flex items-center justify-between gap-0.5 border-b border-line p-1.5 pointer-coarse:px-4 pointer-coarse:py-3"
    >
      {QUICK.map((emoji) => {
        const mine = message.reactions.some(([one, users]) => one === emoji && me !== null && users.includes(me));
        return (
          <button
            key={emoji}
            type="button"
            aria-label={t`React with ${emoji}`}
            aria-pressed={mine}
            onClick={() => {
              onReact(emoji);
              onClose();
            }}
            className={cx(
              'flex size-9 items-center justify-center rounded-full text-xl hover:bg-hover pointer-coarse:size-11 pointer-coarse:text-2xl',
              mine && 'bg-accent-soft',
            )}
          >
            {emoji}
          </button>
        );
      })}
      <button
        type="button"
        aria-label={t`More emoji`}
        onClick={() => {
          onClose();
          onChoose('pick');
        }}
        className="flex size-9 items-center justify-center rounded-full text-muted hover:bg-hover pointer-coarse:size-11"
      >
        <SmilePlus aria-hidden="true" className="size-5" />
      </button>
    </div>
  );
  return (
    <ActionMenu label={t`Message`} at={at} onClose={onClose} header={header}>
      {(message.state === 'failed' || message.state === 'held') && (
        <MenuItem icon={<RotateCw />} onAction={() => onChoose('retry')}>
          {message.state === 'held' ? t`Send anyway` : t`Retry`}
        </MenuItem>
      )}
      {can.reply && (
        <MenuItem icon={<Reply className="rtl:-scale-x-100" />} onAction={() => onChoose('reply')}>
          {t`Reply`}
        </MenuItem>
      )}
      {copies && (
        <MenuItem icon={<Copy />} onAction={() => onChoose('copy')}>
          {t`Copy`}
        </MenuItem>
      )}
      {known && sent && (
        <MenuItem icon={<CornerUpRight className="rtl:-scale-x-100" />} onAction={() => onChoose('forward')}>
          {t`Forward…`}
        </MenuItem>
      )}
      {known && sent && (
        <MenuItem icon={message.starred ? <StarOff /> : <Star />} onAction={() => onChoose('star')}>
          {message.starred ? t`Remove star` : t`Star`}
        </MenuItem>
      )}
      {can.edit && (
        <MenuItem icon={<Pencil />} onAction={() => onChoose('edit')}>
          {t`Edit`}
        </MenuItem>
      )}
      <MenuItem icon={<ListChecks />} onAction={() => onChoose('select')}>
        {t`Select`}
      </MenuItem>
      {message.reactions.length > 0 && (
        <MenuItem icon={<Users />} onAction={() => onChoose('reactions')}>
          {t`Who reacted`}
        </MenuItem>
      )}
      {sent && (
        <MenuItem icon={<Info />} onAction={() => onChoose('info')}>
          {t`Details`}
        </MenuItem>
      )}
      {can.delete && (
        <>
          <MenuSeparator />
          <MenuItem danger icon={<Trash2 />} onAction={() => onChoose('delete')}>
            {sent ? t`Delete for everyone…` : t`Delete`}
          </MenuItem>
        </>
      )}
    </ActionMenu>
  );
}
