import { useLingui } from '@lingui/react/macro';
import { Bold, Code, Italic, Pencil, Reply, SendHorizontal, Smile, Strikethrough, X } from 'lucide-react';
import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { DialogTrigger } from 'react-aria-components';
import { useModel } from '../../app/use-model';
import { TEXT_MAX_CHARS, type ComposerModel } from '../../models/composer/composer';
import type { Format } from '../../models/composer/formatting';
import { plainLine } from '../../models/rich-text/text';
import { Banner, Button, cx, IconButton, isComposing, Popover, Tooltip } from '../../ui';
import { useCoarsePointer, useSheets } from '../../ui/action-menu';
import { useChat } from '../conversations/chat';
import { formatBytes } from '../media/files/format';
import { Face } from '../new/picture';
import { EmojiPanel, EmojiSheet } from './emoji/sheet';

export interface ComposerProps {
  composer: ComposerModel;
  /** Enter sends; otherwise it makes a new line and Ctrl+Enter sends. Where fingers type it is always a new line. */
  enterSends?: boolean;
  /** The menu of what can be attached. */
  attach?: ReactNode;
  /** The voice recorder, while nothing is written. Takes the whole row while it records. */
  voice?: ReactNode;
  recording?: boolean;
  onPaste?: (event: React.ClipboardEvent) => void;
  /** A text that is too long for a message, as a file. */
  onTextFile?: (file: File) => void;
  onEditLast?: () => void;
  /** Nothing to give up in here. */
  onEscape?: () => void;
}

/** Where one writes. */
export function Composer(props: ComposerProps) {
  const {
    composer,
    enterSends = true,
    attach,
    voice,
    recording = false,
    onPaste,
    onTextFile,
    onEditLast,
    onEscape,
  } = props;
  const { t, i18n } = useLingui();
  const { engine } = useChat();
  const state = useModel(composer);
  const coarse = useCoarsePointer();
  const sheets = useSheets();
  const field = useRef<HTMLTextAreaElement>(null);
  const [emoji, setEmoji] = useState(false);
  const [selecting, setSelecting] = useState(false);
  const { mode, mention, error } = state;
  const { text, start, end } = state.field;

  // The model's caret into the field, after a change that wasn't typed.
  useLayoutEffect(() => {
    const area = field.current;
    if (area && document.activeElement === area && (area.selectionStart !== start || area.selectionEnd !== end))
      area.setSelectionRange(start, end);
  }, [text, start, end]);
  // Grows with its text; browsers that can do it in CSS don't need this.
  useLayoutEffect(() => {
    const area = field.current;
    if (!area || CSS.supports('field-sizing', 'content')) return;
    area.style.height = 'auto';
    area.style.height = `${area.scrollHeight}px`;
  }, [text]);
  const modeKey = mode.type === 'new' ? '' : `${mode.type} ${mode.message}`;
  const lastMode = useRef('');
  useEffect(() => {
    if (modeKey !== '' && modeKey !== lastMode.current) field.current?.focus();
    lastMode.current = modeKey;
  }, [modeKey]);

  useEffect(() => {
    const keep = () => {
      if (document.visibilityState === 'hidden') composer.keep();
    };
    document.addEventListener('visibilitychange', keep);
    return () => document.removeEventListener('visibilitychange', keep);
  }, [composer]);

  const format = (how: Format) => {
    composer.format(how);
    field.current?.focus();
  };
  const takeEmoji = (sign: string) => {
    composer.insert(sign);
    setEmoji(false);
    requestAnimationFrame(() => field.current?.focus());
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (isComposing(event.nativeEvent)) return;
    const control = event.ctrlKey || event.metaKey;
    const { key } = event;
    if (mention) {
      const taken = {
        ArrowDown: () => composer.moveMention(1),
        ArrowUp: () => composer.moveMention(-1),
        Enter: () => composer.takeMention(),
        Tab: () => composer.takeMention(),
        Escape: () => composer.dismissMention(),
      }[key];
      if (taken) {
        event.preventDefault();
        event.stopPropagation();
        taken();
        return;
      }
    }
    if (control && !event.altKey) {
      const how = event.shiftKey
        ? ({ x: 'strike', X: 'strike' } as const)[key]
        : ({ b: 'bold', i: 'italic', e: 'code' } as const)[key];
      if (how) {
        event.preventDefault();
        composer.format(how);
        return;
      }
    }
    if (key === 'Enter') {
      const sends = control || (enterSends && !coarse && !event.shiftKey && !event.altKey);
      event.preventDefault();
      if (sends) void composer.send();
      else composer.newLine();
      return;
    }
    if (key === 'ArrowUp' && text === '' && mode.type === 'new' && onEditLast) {
      event.preventDefault();
      onEditLast();
      return;
    }
    if (key === 'Escape') {
      event.stopPropagation();
      if (!composer.cancel()) onEscape?.();
    }
  };
  const tools: { how: Format; label: string; icon: ReactNode }[] = [
    { how: 'bold', label: t`Bold`, icon: <Bold aria-hidden="true" /> },
    { how: 'italic', label: t`Italic`, icon: <Italic aria-hidden="true" /> },
    { how: 'strike', label: t`Strikethrough`, icon: <Strikethrough aria-hidden="true" /> },
    { how: 'code', label: t`Code`, icon: <Code aria-hidden="true" /> },
  ];
  const listId = 'mention-choices';
  return (
    <div className="relative shrink-0 bg-canvas px-2 pb-[max(0.5rem,env(safe-area-inset-bottom))] md:px-4 md:pb-4">
      <div className="mx-auto w-full max-w-4xl">
        {error && (
          <div className="pb-2">
            <Banner tone="danger" live="alert">
              {error.message}
            </Banner>
          </div>
        )}
        {(state.beside !== null || (state.left !== null && state.left < 0)) && (
          <TooLong composer={composer} onTextFile={onTextFile} />
        )}
        <div className="edged relative rounded-xl bg-surface shadow-low inset-ring inset-ring-line focus-within:inset-ring-line-strong">
          {mention && (
            <div
              id={listId}
              role="listbox"
              tabIndex={-1}
              aria-label={t`People to mention`}
              className="scroller absolute inset-x-0 bottom-full z-30 mb-2 max-h-64 rounded-lg bg-raised p-1.5 shadow-mid inset-ring inset-ring-line"
            >
              {mention.choices.map((choice, n) => (
                // The field keeps the focus; its arrow keys move here.
                // eslint-disable-next-line jsx-a11y/click-events-have-key-events
                <div
                  key={choice.id}
                  id={`${listId}-${n}`}
                  role="option"
                  tabIndex={-1}
                  aria-selected={n === mention.active}
                  onPointerDown={(event) => event.preventDefault()}
                  onClick={() => composer.takeMention(choice)}
                  className={cx(
                    'flex min-h-11 items-center gap-3 rounded-sm px-2.5',
                    n === mention.active ? 'bg-hover' : 'hover:bg-hover',
                  )}
                >
                  <Face engine={engine} size="sm" of={{ user: choice.id }} hash={choice.picture} name={choice.name} />
                  <bdi className="min-w-0 truncate text-base">{choice.name}</bdi>
                  <bdi className="min-w-0 truncate text-sm text-muted">@{choice.handle}</bdi>
                </div>
              ))}
            </div>
          )}
          {selecting && end > start && !mention && (
            <div
              role="toolbar"
              aria-label={t`Formatting`}
              className="absolute start-2 bottom-full z-20 mb-1.5 flex animate-fade gap-0.5 rounded-md bg-raised p-1 shadow-mid inset-ring inset-ring-line"
            >
              {tools.map((tool) => (
                <button
                  key={tool.how}
                  type="button"
                  aria-label={tool.label}
                  title={tool.label}
                  tabIndex={-1}
                  onPointerDown={(event) => event.preventDefault()}
                  onClick={() => format(tool.how)}
                  className="flex size-9 items-center justify-center rounded-sm text-muted hover:bg-hover hover:text-text pointer-coarse:size-11 [&>svg]:size-4.5"
                >
                  {tool.icon}
                </button>
              ))}
            </div>
          )}
          {mode.type !== 'new' && !recording && (
            <div className="flex items-center gap-3 border-b border-line py-1.5 ps-4 pe-1.5 text-sm">
              <span className="text-accent-text">
                {mode.type === 'reply' ? (
                  <Reply aria-hidden="true" className="size-4.5 rtl:-scale-x-100" />
                ) : (
                  <Pencil aria-hidden="true" className="size-4.5" />
                )}
              </span>
              <span className="min-w-0 flex-1">
                <span className="block truncate font-semibold text-accent-text">
                  {mode.type === 'reply' ? t`Reply to ${mode.name}` : t`Edit message`}
                </span>
                <span className="block truncate text-muted" dir="auto">
                  {mode.type === 'reply' ? mode.line : plainLine(mode.original)}
                </span>
              </span>
              <IconButton
                label={mode.type === 'reply' ? t`Don’t reply` : t`Stop editing`}
                size="sm"
                onPress={() => void composer.cancel()}
              >
                <X aria-hidden="true" className="size-4.5" />
              </IconButton>
            </div>
          )}
          <div className="flex items-end p-1">
            {!recording && mode.type !== 'edit' && attach}
            {!recording && (
              <>
                <textarea
                  ref={field}
                  value={text}
                  dir="auto"
                  rows={1}
                  enterKeyHint={coarse ? 'enter' : 'send'}
                  aria-label={t`Message`}
                  placeholder={t`Message`}
                  data-shortcut="composer"
                  {...(mention ? { 'aria-controls': listId, 'aria-autocomplete': 'list' as const } : {})}
                  {...(mention ? { 'aria-activedescendant': `${listId}-${mention.active}` } : {})}
                  onChange={(event) => {
                    const { value, selectionStart, selectionEnd } = event.currentTarget;
                    composer.input({ text: value, start: selectionStart, end: selectionEnd });
                  }}
                  onSelect={(event) =>
                    composer.select(event.currentTarget.selectionStart, event.currentTarget.selectionEnd)
                  }
                  onFocus={() => setSelecting(true)}
                  onBlur={() => {
                    setSelecting(false);
                    composer.keep();
                  }}
                  onKeyDown={onKeyDown}
                  onPaste={(event) => {
                    if (composer.paste(event.clipboardData.getData('text/plain'))) event.preventDefault();
                    else onPaste?.(event);
                  }}
                  onDrop={(event) => {
                    if (composer.paste(event.dataTransfer.getData('text/plain'))) event.preventDefault();
                  }}
                  className="scroller [field-sizing:content] max-h-[40dvh] min-h-11 min-w-0 flex-1 resize-none bg-transparent px-2 py-2.75 text-base outline-none focus-visible:outline-none pointer-fine:min-h-10 pointer-fine:py-2.25 md:max-h-60"
                />
                {sheets ? (
                  <IconButton label={t`Emoji`} preventFocusOnPress onPress={() => setEmoji(true)}>
                    <Smile aria-hidden="true" className="size-5.5" />
                  </IconButton>
                ) : (
                  <DialogTrigger isOpen={emoji} onOpenChange={setEmoji}>
                    <IconButton label={t`Emoji`}>
                      <Smile aria-hidden="true" className="size-5.5" />
                    </IconButton>
                    <Popover placement="top end">
                      <EmojiPanel label={t`Emoji`} searching onPick={takeEmoji} />
                    </Popover>
                  </DialogTrigger>
                )}
                {sheets && emoji && (
                  <EmojiSheet label={t`Emoji`} searching={!coarse} onPick={takeEmoji} onClose={() => setEmoji(false)} />
                )}
              </>
            )}
            {state.left !== null && !recording && (
              <span
                role="status"
                className={cx(
                  'flex min-h-11 items-center px-1 text-sm tabular-nums pointer-fine:min-h-10',
                  state.left < 0 ? 'font-medium text-danger-text' : 'text-muted',
                )}
              >
                <span aria-hidden="true">{i18n.number(state.left)}</span>
                <span className="sr-only">
                  {state.left < 0 ? t`Too long for a message` : t`Close to the longest message`}
                </span>
              </span>
            )}
            {text.trim() === '' && mode.type !== 'edit' && voice !== undefined ? (
              voice
            ) : (
              <Tooltip text={mode.type === 'edit' ? t`Save` : t`Send`} placement="top">
                <IconButton
                  variant="primary"
                  label={mode.type === 'edit' ? t`Save` : t`Send`}
                  isDisabled={!state.canSend}
                  preventFocusOnPress
                  onPress={() => {
                    void composer.send();
                    field.current?.focus();
                  }}
                >
                  <SendHorizontal aria-hidden="true" className="size-5 rtl:-scale-x-100" />
                </IconButton>
              </Tooltip>
            )}
          </div>
        </div>
      </div>
    </div>
  );
}

/** Why it can't be sent, and the way out. What was typed stays. */
function TooLong({
  composer,
  onTextFile,
}: {
  composer: ComposerModel;
  onTextFile?: ((file: File) => void) | undefined;
}) {
  const { t, i18n } = useLingui();
  const { beside, left, mode } = useModel(composer);
  const most = i18n.number(TEXT_MAX_CHARS);
  const over = i18n.number(-(left ?? 0));
  const size = formatBytes(beside ?? 0);
  const canFile = onTextFile !== undefined && (beside !== null || mode.type !== 'edit');
  return (
    <div className="pb-2">
      <Banner
        tone="warning"
        live="status"
        action={
          <span className="flex flex-wrap gap-2">
            {beside !== null && (
              <Button variant="secondary" onPress={() => composer.forgetBeside()}>{t`Don’t paste`}</Button>
            )}
            {canFile && (
              <Button onPress={() => onTextFile(composer.asFile())}>
                {beside === null ? t`Send as a text file` : t`Send as a text file (${size})`}
              </Button>
            )}
          </span>
        }
      >
        {beside === null
          ? t`Too long by ${over} characters: a message has at most ${most}.`
          : t`This text is too long to paste: a message has at most ${most} characters.`}
      </Banner>
    </div>
  );
}
