import { useLingui } from '@lingui/react/macro';
import { Check, CircleAlert, Download, ImageOff, Play } from 'lucide-react';
import { useState } from 'react';
import { Button as AriaButton } from 'react-aria-components';
import type { MessageView } from '../../api';
import { cx } from '../../ui';
import { useMedia } from './context';
import { Fetching } from './fetching';
import { formatBytes, formatDuration } from './files/format';
import { shapeOf, type FileBody } from '../../models/thread/shape';
import { useFile, useNearby, useThumbnail } from './files/use-shown';

type FileMessage = MessageView & { body: FileBody };

/** Photos up to this size are fetched when they come into view; larger ones when they are asked for. */
const FETCHED_BYTES_MAX = 8_000_000;

/** Very long or wide pictures are cropped in a bubble; the viewer shows all of them. */
const RATIO_MIN = 0.62;
const RATIO_MAX = 2.2;

export function bubbleRatio(width: number | null, height: number | null): number {
  if (width === null || height === null || width <= 0 || height <= 0) return 4 / 3;
  return Math.min(RATIO_MAX, Math.max(RATIO_MIN, width / height));
}

/** One photo or video of a bubble or an album. `className` gives it its position (`relative` or `absolute`) and size. */
export function VisualTile({
  message,
  className,
  more = 0,
}: {
  message: FileMessage;
  className?: string;
  /** So many more are behind the last tile of an album. */
  more?: number;
}) {
  const { t, i18n } = useLingui();
  const { openViewer, store } = useMedia();
  const { body } = message;
  const video = shapeOf(body) === 'video';
  const [ref, near] = useNearby();
  const thumbnail = useThumbnail(message.id, body.thumbnail);
  const small = body.size <= FETCHED_BYTES_MAX;
  const { file, open, cancel } = useFile(message, !video && near && small);
  const [drawn, setDrawn] = useState(false);
  const waits = !video && file.state === 'idle' && (!small || store.isCancelled(message.id));
  const from = message.sender_name;
  const when = i18n.date(new Date(message.at_ms), {
    day: 'numeric',
    month: 'long',
    hour: 'numeric',
    minute: 'numeric',
  });
  const label = video ? t`Video from ${from}, ${when}` : t`Photo from ${from}, ${when}`;
  const size = formatBytes(body.size);
  const failed = t`Couldn’t be loaded. Tap to try again.`;
  const refused = t`This is not a picture.`;
  // What is to be read on it is part of its name.
  const name = waits
    ? t`Load the photo, ${size}`
    : file.state === 'failed'
      ? failed
      : file.state === 'refused'
        ? `${refused} ${label}`
        : label;
  const behind = more > 0 ? `+${i18n.number(more)}` : '';
  return (
    <div ref={ref} className={cx('@container isolate overflow-hidden bg-pressed', className)}>
      {thumbnail !== undefined && (
        <img
          src={thumbnail}
          alt=""
          draggable={false}
          className={cx('absolute inset-0 size-full object-cover', !video && !drawn && 'scale-105 blur-[3px]')}
        />
      )}
      {file.state === 'ready' && (
        <img
          src={file.shown.url}
          alt=""
          draggable={false}
          onLoad={() => setDrawn(true)}
          className={cx(
            'absolute inset-0 size-full object-cover transition-opacity duration-200',
            drawn ? 'opacity-100' : 'opacity-0',
          )}
        />
      )}
      <AriaButton
        aria-label={behind === '' ? name : `${behind} ${name}`}
        onPress={() => (waits || file.state === 'failed' ? open() : openViewer(message))}
        className="absolute inset-0 flex items-center justify-center text-white outline-none focus-ring:outline-3 focus-ring:-outline-offset-3 focus-ring:outline-focus"
      >
        {video && more === 0 && (
          <span className="flex size-9 items-center justify-center rounded-full bg-black/55 backdrop-blur-sm @[9rem]:size-14">
            <Play aria-hidden="true" className="ms-0.5 size-4.5 fill-current @[9rem]:size-7" strokeWidth={0} />
          </span>
        )}
        {waits && (
          <span className="flex items-center gap-2 rounded-full bg-black/60 px-4 py-2.5 text-sm font-medium">
            <Download aria-hidden="true" className="size-4.5" />
            {size}
          </span>
        )}
        {file.state === 'failed' && (
          <span className="flex max-w-[90%] flex-col items-center gap-1 rounded-md bg-black/65 px-3 py-2 text-center text-sm">
            <CircleAlert aria-hidden="true" className="size-5" />
            <span className="not-sr-only @max-[9rem]:sr-only">{failed}</span>
          </span>
        )}
        {file.state === 'refused' && (
          <span className="flex max-w-[90%] flex-col items-center gap-1 rounded-md bg-black/65 px-3 py-2 text-center text-sm">
            <ImageOff aria-hidden="true" className="size-5" />
            <span className="not-sr-only @max-[9rem]:sr-only">{refused}</span>
          </span>
        )}
        {more > 0 && (
          <span className="absolute inset-0 flex items-center justify-center bg-black/55 text-2xl font-semibold">
            <span dir="ltr">{behind}</span>
          </span>
        )}
      </AriaButton>
      {file.state === 'loading' && (
        <span className="pointer-events-none absolute inset-0 flex items-center justify-center">
          <Fetching
            label={t`Loading the photo`}
            cancel={t`Cancel`}
            value={file.value}
            size={36}
            onCancel={cancel}
            className="pointer-events-auto size-12 bg-black/55 text-white"
          />
        </span>
      )}
      {video && body.duration_ms !== null && more === 0 && (
        <span className="pointer-events-none absolute start-2 bottom-2 hidden rounded-sm @[9rem]:block bg-black/60 px-1.5 py-0.5 text-xs font-medium text-white tabular-nums">
          {formatDuration(body.duration_ms)}
        </span>
      )}
    </div>
  );
}

/** A photo or video alone in its bubble, in its own proportions. What isn't what it says becomes a plain file. */
export function Visual({ message }: { message: FileMessage }) {
  const ratio = bubbleRatio(message.body.width, message.body.height);
  return (
    <div className="w-80 max-w-full" style={ratio < 1 ? { width: `${Math.max(11, 20 * ratio)}rem` } : {}}>
      <div className="relative" style={{ aspectRatio: String(ratio) }}>
        <VisualTile message={message} className="absolute inset-0 rounded-md" />
      </div>
    </div>
  );
}

/** Grids for 2, 3 and 4 tiles; more than four wait behind the last one. */
const TILES_MAX = 4;

export interface AlbumProps {
  messages: readonly FileMessage[];
  /** While several are chosen: all are shown, and each can be. */
  chosen?: ReadonlyMap<string, unknown> | undefined;
  onToggle?: (message: MessageView) => void;
}

/** Several pictures sent one after the other. */
export function Album({ messages, chosen, onToggle }: AlbumProps) {
  const { t } = useLingui();
  const shown = chosen ? messages : messages.slice(0, TILES_MAX);
  const count = messages.length;
  const more = count - shown.length;
  return (
    <div
      role="group"
      aria-label={t`Album of ${count}`}
      className={cx(
        'grid w-80 max-w-full grid-cols-2 gap-0.5 overflow-hidden rounded-md',
        !chosen && (count === 2 ? 'aspect-[3/2]' : 'aspect-square'),
      )}
    >
      {shown.map((message, at) => {
        const on = chosen?.has(message.id) === true;
        const from = message.sender_name;
        const place = at + 1;
        return (
          <div
            key={message.id}
            data-tile={message.id}
            className={cx('relative', chosen && 'aspect-square', !chosen && count === 3 && at === 0 && 'row-span-2')}
          >
            <VisualTile
              message={message}
              more={at === TILES_MAX - 1 && more > 0 ? more : 0}
              className="absolute inset-0"
            />
            {chosen && (
              <button
                type="button"
                role="checkbox"
                aria-checked={on}
                aria-label={t`Select ${place} of ${count} from ${from}`}
                onClick={() => onToggle?.(message)}
                className={cx(
                  'absolute inset-0 z-40 flex items-start justify-end p-2 focus-visible:-outline-offset-4',
                  on && 'bg-black/40',
                )}
              >
                <span
                  className={cx(
                    'flex size-6 items-center justify-center rounded-full inset-ring-2 inset-ring-white',
                    on ? 'bg-accent text-on-accent' : 'bg-black/40 text-transparent',
                  )}
                >
                  <Check aria-hidden="true" className="size-3.5" strokeWidth={3} />
                </span>
              </button>
            )}
          </div>
        );
      })}
    </div>
  );
}
