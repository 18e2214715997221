import { useLingui } from '@lingui/react/macro';
import {
  Ban,
  Check,
  ChevronDown,
  Clock,
  CornerUpRight,
  Reply,
  RotateCw,
  SmilePlus,
  Star,
  Timer,
  Trash2,
} from 'lucide-react';
import { memo, useState, type KeyboardEvent, type ReactNode } from 'react';
import type { ConversationView, MemberView, MessageView } from '../../api';
import type { MessageItem } from '../../models/thread/items';
import { isVisual } from '../../models/thread/shape';
import { emojiOnly } from '../../models/rich-text/text';
import { Avatar, cx } from '../../ui';
import { toneOf } from '../../ui/identity';
import { useLongPress } from '../../ui/use-long-press';
import { PreviewLine, Receipt } from '../conversations/preview';
import { clockTime, fullTime } from '../conversations/times';
import { MessageMedia } from '../media/message-media';
import { Album } from '../media/photo';
import { usePicture } from '../new/picture';
import { useChat } from '../conversations/chat';
import { useMessageActions } from './actions';
import { RichText } from './rich-text';

/** Colours of names, the same as of their pictures. */
const names = [
  'text-on-avatar-1',
  'text-on-avatar-2',
  'text-on-avatar-3',
  'text-on-avatar-4',
  'text-on-avatar-5',
  'text-on-avatar-6',
  'text-on-avatar-7',
  'text-on-avatar-8',
];
export const nameColour = (user: string): string => names[toneOf(user, names.length)] ?? '';

/** Whether a text runs against the page: then its last line ends where the time would stand. */
function runsAgainst(text: string): boolean {
  const first = /\p{L}/u.exec(text)?.[0] ?? '';
  const rtl = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u.test(first);
  return first !== '' && rtl !== (document.documentElement.dir === 'rtl');
}

export interface MessageRowProps {
  item: MessageItem;
  kind: ConversationView['kind'];
  me: string | null;
  sender: MemberView | undefined;
  highlighted: boolean;
  selecting: boolean;
  chosen: ReadonlyMap<string, MessageView>;
  tabbable: boolean;
  canWrite: boolean;
  locale: string;
}

function Sender({ member, message }: { member: MemberView | undefined; message: MessageView }) {
  const { engine } = useChat();
  const user = message.sender ?? '';
  const picture = usePicture(engine, member?.picture, { user });
  return <Avatar id={user} name={message.sender_name} picture={picture} size="sm" />;
}

/** Small things at the end of a message: edited, starred, time, receipt. */
function Meta({
  message,
  own,
  locale,
  over = false,
}: {
  message: MessageView;
  own: boolean;
  locale: string;
  over?: boolean;
}) {
  const { t } = useLingui();
  return (
    <span
      className={cx(
        'inline-flex items-center gap-1 text-xs whitespace-nowrap tabular-nums',
        over ? 'text-white' : own ? 'text-bubble-own-muted' : 'text-muted',
      )}
    >
      {message.starred && <Star role="img" aria-label={t`Starred`} className="size-3 fill-current" />}
      {message.expires_at_ms !== null && <Timer role="img" aria-label={t`Disappears`} className="size-3" />}
      {message.edited && message.body.type !== 'deleted' && <span>{t`edited`}</span>}
      <time dateTime={new Date(message.at_ms).toISOString()} title={fullTime(locale, message.at_ms)}>
        {clockTime(locale, message.at_ms)}
      </time>
      {message.state !== 'waiting' && message.pending.some((change) => change.failed === null) && (
        <Clock role="img" aria-label={t`A change waits to be sent`} className="size-3.5" />
      )}
      {own && <Receipt state={message.state} className={cx(over && message.state !== 'failed' && 'text-white')} />}
    </span>
  );
}

function Quote({ message, tabbable }: { message: MessageView; tabbable: boolean }) {
  const { t } = useLingui();
  const { jump } = useMessageActions();
  const { reply, reply_to: to } = message;
  if (to === null) return null;
  return (
    <button
      type="button"
      tabIndex={tabbable ? 0 : -1}
      onClick={(event) => {
        event.stopPropagation();
        jump(to);
      }}
      className="mb-1 block w-full min-w-0 overflow-hidden rounded-sm border-s-3 border-accent bg-black/5 px-2.5 py-1.5 text-start text-sm dark:bg-white/6"
    >
      {reply ? (
        <>
          <span className={cx('block truncate font-semibold', nameColour(reply.sender))} dir="auto">
            {reply.sender_name}
          </span>
          <span className="line-clamp-2 opacity-80" dir="auto">
            <PreviewLine line={reply} />
          </span>
        </>
      ) : (
        <span className="italic opacity-80">{t`A message that isn’t on this device`}</span>
      )}
    </button>
  );
}

interface ReactionsProps {
  message: MessageView;
  me: string | null;
  own: boolean;
  tabbable: boolean;
}

function Reactions({ message, me, own, tabbable }: ReactionsProps) {
  const { t } = useLingui();
  const { react, reactions } = useMessageActions();
  if (message.reactions.length === 0) return null;
  return (
    <div className={cx('relative z-10 -mt-1.5 flex flex-wrap gap-1 px-1', own && 'justify-end')}>
      {message.reactions.map(([emoji, users]) => {
        const mine = me !== null && users.includes(me);
        const count = users.length;
        return (
          <button
            key={emoji}
            type="button"
            tabIndex={tabbable ? 0 : -1}
            aria-pressed={mine}
            aria-label={t`${emoji}, ${count}`}
            onClick={() => react(message, emoji)}
            onContextMenu={(event) => {
              event.preventDefault();
              event.stopPropagation();
              reactions(message);
            }}
            className={cx(
              'flex h-6.5 items-center gap-1 overflow-clip rounded-full border-2 border-canvas px-1.5 text-sm tabular-nums pointer-coarse:h-8 pointer-coarse:px-2',
              mine ? 'bg-accent-soft font-semibold text-on-accent-soft' : 'bg-raised text-muted hover:bg-hover',
            )}
          >
            <span>{emoji}</span>
            {count > 1 && <span className="text-xs">{count}</span>}
          </button>
        );
      })}
    </div>
  );
}

/** Buttons beside the message that the pointer is on. */
function Toolbar({ message, own }: { message: MessageView; own: boolean }) {
  const { t } = useLingui();
  const { reply, pick, menu } = useMessageActions();
  const button =
    'flex size-7.5 items-center justify-center rounded-full text-muted hover:bg-hover hover:text-text [&>svg]:size-4.5';
  const below = (event: { currentTarget: Element }) => {
    const box = event.currentTarget.getBoundingClientRect();
    return { x: box.left, y: box.bottom };
  };
  return (
    <div
      role="toolbar"
      aria-label={t`Message`}
      className={cx(
        'absolute top-0 z-20 flex rounded-full bg-raised p-0.5 shadow-low inset-ring inset-ring-line pointer-coarse:hidden',
        own ? 'end-full me-1.5' : 'start-full ms-1.5',
      )}
    >
      <button
        type="button"
        tabIndex={-1}
        className={button}
        aria-label={t`React`}
        title={t`React`}
        onClick={(event) => pick(message, below(event))}
      >
        <SmilePlus aria-hidden="true" />
      </button>
      <button
        type="button"
        tabIndex={-1}
        className={button}
        aria-label={t`Reply`}
        title={t`Reply`}
        onClick={() => reply(message)}
      >
        <Reply aria-hidden="true" className="rtl:-scale-x-100" />
      </button>
      <button
        type="button"
        tabIndex={-1}
        className={button}
        aria-label={t`More actions`}
        title={t`More actions`}
        onClick={(event) => menu(message, below(event))}
      >
        <ChevronDown aria-hidden="true" />
      </button>
    </div>
  );
}

export const MessageRow = memo(function MessageRow(props: MessageRowProps) {
  const { item, kind, me, sender, highlighted, selecting, chosen, tabbable, canWrite, locale } = props;
  const { message, messages, own, first, last } = item;
  const { t } = useLingui();
  const actions = useMessageActions();
  const [near, setNear] = useState(false);
  const [full, setFull] = useState(false);
  // In an album the menu is that of the picture under the finger.
  const under = (at: { x: number; y: number }): MessageView => {
    if (messages.length === 1) return message;
    const tile = document.elementFromPoint(at.x, at.y)?.closest<HTMLElement>('[data-tile]');
    return messages.find((one) => one.id === tile?.dataset['tile']) ?? message;
  };
  const press = useLongPress((at) => actions.menu(under(at), at));
  const { body } = message;
  const album = messages.length > 1 ? messages.filter(isVisual) : undefined;
  // Time and state are those of the one that went last.
  const lastOne = messages.at(-1) ?? message;
  const newcomers =
    message.state === 'held' ? new Intl.ListFormat(locale, { type: 'conjunction' }).format(message.newcomers) : '';
  const selected = messages.every((one) => chosen.has(one.id));
  const toggleAll = () => {
    for (const one of messages) if (chosen.has(one.id) === selected) actions.toggle(one);
  };
  const isDeleted = body.type === 'deleted';
  const captionOf = ({ body: of }: MessageView) => (of.type === 'file' ? of.caption : '');
  const caption = body.type === 'text' ? body.text : captionOf(message) || captionOf(lastOne);
  // What is only called a picture is a row with a button: the time must not lie over that.
  const visual = isVisual(message);
  const bare = body.type === 'text' && emojiOnly(body.text) > 0 && message.reply_to === null && !message.forwarded;
  const against = caption !== '' && runsAgainst(caption);
  const withFace = kind === 'group' && !own;
  const meta = <Meta message={lastOne} own={own} locale={locale} />;
  const room = (
    <span aria-hidden="true" className="invisible ms-2 inline-flex h-0 overflow-hidden align-bottom">
      {meta}
    </span>
  );
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (event.target !== event.currentTarget) return;
    const box = event.currentTarget.getBoundingClientRect();
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      if (selecting) toggleAll();
      else
        actions.menu(message, {
          x: own ? box.right - 260 : box.left + 48,
          y: Math.min(box.top + 32, innerHeight - 60),
        });
    } else if (event.key === 'r' && canWrite && !event.ctrlKey && !event.metaKey && !isDeleted) {
      event.preventDefault();
      actions.reply(message);
    }
  };
  let content: ReactNode;
  if (isDeleted)
    content = (
      <p className={cx('italic', own ? 'text-bubble-own-muted' : 'text-muted')}>
        <Ban aria-hidden="true" className="me-1.5 inline-block size-4 align-[-0.2em]" />
        {own ? t`You deleted this message` : t`This message was deleted`}
        {room}
      </p>
    );
  else
    content = (
      <>
        {album ? (
          <Album messages={album} chosen={selecting ? chosen : undefined} onToggle={actions.toggle} />
        ) : (
          body.type !== 'text' && <MessageMedia message={message} />
        )}
        {caption !== '' && (
          <div className={cx(visual && 'px-1.5 pt-1.5')}>
            <RichText text={caption} me={me} full={full} onFull={() => setFull(true)} end={against ? null : room} />
          </div>
        )}
      </>
    );
  const overPicture = visual && caption === '' && !isDeleted;
  const metaBelow = !isDeleted && (caption === '' ? !overPicture : against);
  return (
    // A message is one stop of the keyboard; what is in it is reached from its menu.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <article
      data-message={message.id}
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={tabbable ? 0 : -1}
      aria-label={own ? t`You` : message.sender_name}
      aria-current={highlighted ? 'true' : undefined}
      onKeyDown={onKeyDown}
      onPointerEnter={(event) => {
        if (event.pointerType === 'mouse') setNear(true);
      }}
      onPointerLeave={() => setNear(false)}
      className={cx(
        'group/message relative flex gap-2 px-3 outline-none md:px-5',
        first ? 'pt-2.5' : 'pt-0.5',
        own && 'justify-end',
        highlighted && 'animate-flash',
        selected && 'bg-selected',
        'focus-visible:bg-hover focus-visible:outline-2 focus-visible:-outline-offset-2 focus-visible:outline-focus',
      )}
    >
      {selecting && (
        <button
          type="button"
          role="checkbox"
          aria-checked={selected}
          aria-label={t`Select`}
          tabIndex={-1}
          onClick={toggleAll}
          className="absolute inset-0 z-30 flex items-center ps-3 md:ps-5"
        >
          <span
            className={cx(
              'flex size-5.5 items-center justify-center rounded-full inset-ring-2',
              selected
                ? 'bg-accent text-on-accent inset-ring-accent'
                : 'bg-surface text-transparent inset-ring-line-strong',
            )}
          >
            <Check aria-hidden="true" className="size-3.5" strokeWidth={3} />
          </span>
        </button>
      )}
      {selecting && <span className={cx('w-6 shrink-0', own && 'me-auto')} />}
      {withFace && <span className="w-8 shrink-0">{first && <Sender member={sender} message={message} />}</span>}
      <div
        className={cx(
          'relative flex max-w-[85%] min-w-0 flex-col md:max-w-[min(36rem,78%)]',
          own ? 'items-end' : 'items-start',
        )}
      >
        <div className="relative max-w-full min-w-0">
          {/* A second way to the menu; the keyboard has its own. */}
          <div
            role="presentation"
            {...(selecting ? {} : press)}
            className={cx(
              // Accents piled on each other stay inside of their own message.
              'relative max-w-full min-w-0 overflow-clip text-base pointer-coarse:select-none',
              bare
                ? 'py-0.5'
                : cx(
                    'edged rounded-lg',
                    visual ? 'p-1' : 'px-3 py-1.5',
                    own ? 'bg-bubble-own text-on-bubble-own' : 'bg-bubble-other shadow-low',
                    own ? !first && 'rounded-se-sm' : !first && 'rounded-ss-sm',
                    own ? !last && 'rounded-ee-sm' : !last && 'rounded-es-sm',
                  ),
            )}
          >
            {withFace && first && (
              <p
                className={cx(
                  'flex items-baseline gap-2 text-sm font-semibold',
                  visual && 'px-2 pt-0.5 pb-1',
                  nameColour(message.sender ?? ''),
                )}
              >
                <bdi className="truncate">{message.sender_name}</bdi>
                {sender?.kind === 'guest' && <span className="text-xs font-normal text-muted">{t`guest`}</span>}
                {sender?.kind === 'bot' && <span className="text-xs font-normal text-muted">{t`bot`}</span>}
              </p>
            )}
            {message.forwarded && !isDeleted && (
              <p
                className={cx(
                  'flex items-center gap-1 text-xs italic',
                  own ? 'text-bubble-own-muted' : 'text-muted',
                  visual && 'px-2 pb-1',
                )}
              >
                <CornerUpRight aria-hidden="true" className="size-3.5 rtl:-scale-x-100" />
                {t`Forwarded`}
              </p>
            )}
            {!isDeleted && <Quote message={message} tabbable={tabbable} />}
            {content}
            {bare || metaBelow ? (
              <div className={cx('flex justify-end', bare && 'mt-0.5', visual && 'px-1.5 pb-0.5')}>{meta}</div>
            ) : overPicture ? (
              <span className="pointer-events-none absolute end-2.5 bottom-2.5 rounded-full bg-black/55 px-2 py-0.5">
                <Meta message={lastOne} own={own} locale={locale} over />
              </span>
            ) : (
              <span className={cx('absolute bottom-1', visual ? 'end-2.5' : 'end-3')}>{meta}</span>
            )}
          </div>
          {near && !selecting && !isDeleted && canWrite && <Toolbar message={message} own={own} />}
        </div>
        <Reactions message={message} me={me} own={own} tabbable={tabbable} />
        {own && message.state === 'held' && (
          <Refused
            message={message}
            words={t`Not sent yet: ${newcomers} came after you wrote it`}
            again={t`Send anyway`}
            giveUp={t`Delete`}
          />
        )}
        {own && message.state === 'failed' && <Refused message={message} words={t`Not sent`} giveUp={t`Delete`} />}
        {own &&
          message.pending
            .filter((change) => change.failed !== null)
            .map(({ change, kind }) => (
              <Refused
                key={change}
                message={{ ...message, id: change }}
                words={kind === 'edit' ? t`Edit not sent` : t`Not deleted for the others`}
                giveUp={kind === 'edit' ? t`Discard the edit` : t`Keep the message`}
              />
            ))}
      </div>
    </article>
  );
});

/** What the relay refused, and the two ways on: once more, or not at all. */
function Refused({
  message,
  words,
  again,
  giveUp,
}: {
  message: MessageView;
  words: string;
  again?: string;
  giveUp: string;
}) {
  const { t } = useLingui();
  const actions = useMessageActions();
  const look = 'flex min-h-8 items-center gap-1 rounded-sm px-1.5 font-medium hover:bg-hover';
  return (
    <div className="mt-1 flex flex-wrap items-center justify-end gap-x-1 text-sm text-danger-text">
      <span className="pe-1">{words}</span>
      <button type="button" onClick={() => actions.retry(message)} className={look}>
        <RotateCw aria-hidden="true" className="size-3.5" />
        {again ?? t`Retry`}
      </button>
      <button type="button" onClick={() => actions.remove(message)} className={look}>
        <Trash2 aria-hidden="true" className="size-3.5" />
        {giveUp}
      </button>
    </div>
  );
}
