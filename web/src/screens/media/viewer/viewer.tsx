import { useLingui } from '@lingui/react/macro';
import {
  ChevronLeft,
  ChevronRight,
  CircleAlert,
  Download,
  Forward,
  ImageOff,
  Info,
  Minus,
  Plus,
  X,
} from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import type { MessageView } from '../../../api';
import { useModel } from '../../../app/use-model';
import { BackCloses, Button, cx, EmptyState, IconButton, toasts, Tooltip } from '../../../ui';
import { useMedia } from '../context';
import { FileIcon } from '../document-row';
import { formatBytes } from '../files/format';
import { cleanName } from '../files/names';
import { saveBlob } from '../files/save';
import { isVisual, shapeOf } from '../../../models/thread/shape';
import { useFile, useThumbnail } from '../files/use-shown';
import { Loading } from './loading';
import { useGestures } from './use-gestures';
import { VideoPane } from './video-pane';
import { ViewerModel, type VisualMessage } from './viewer-model';
import { REST, type View } from './zoom';

const KEY_PAN_PX = 80;
const KEY_ZOOM = 1.4;

/** Photos and videos of a conversation over the whole window. */
export function Viewer({ start, onClose }: { start: MessageView; onClose: () => void }) {
  if (!isVisual(start)) return null;
  return <Open start={start} onClose={onClose} />;
}

function Open({ start, onClose }: { start: VisualMessage; onClose: () => void }) {
  const { t, i18n } = useLingui();
  const { engine, player, onForward, onInfo } = useMedia();
  const model = useMemo(() => new ViewerModel(engine, start), [engine, start]);
  const { items, index, gone } = useModel(model);
  const [bars, setBars] = useState(true);
  useEffect(() => {
    player.stop();
    void model.load();
    return () => model.close();
  }, [model, player]);
  const message = items[index];
  const number = index + 1;
  const count = items.length;
  const video = message !== undefined && shapeOf(message.body) === 'video';
  const when = message && i18n.date(new Date(message.at_ms), { dateStyle: 'medium', timeStyle: 'short' });

  const save = async (item: VisualMessage) => {
    try {
      saveBlob(await engine.openFile(item.id), cleanName(item.body.name));
      toasts.show({ text: t`Saved “${cleanName(item.body.name)}”`, tone: 'success' });
    } catch {
      toasts.show({ text: t`It couldn’t be fetched.`, tone: 'danger' });
    }
  };
  const step = (by: 1 | -1) => model.step(by);
  // Wherever the focus is, or was before what had it went: except in the video's own controls.
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.target instanceof HTMLVideoElement || event.target instanceof HTMLInputElement) return;
      const forward = document.documentElement.dir === 'rtl' ? 'ArrowLeft' : 'ArrowRight';
      if (event.key === forward) model.step(1);
      else if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') model.step(-1);
      else return;
      event.preventDefault();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [model]);

  return (
    <ModalOverlay
      isOpen
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      className="fixed inset-0 z-50 bg-black entering:animate-fade"
    >
      <Modal className="size-full outline-none">
        <BackCloses />
        <Dialog
          aria-label={t`Photos and videos`}
          className="relative flex size-full flex-col overflow-hidden text-white outline-none"
        >
          <div data-theme="dark" className="contents">
            <header
              className={cx(
                'absolute inset-x-0 top-0 z-10 flex items-center gap-1 bg-linear-to-b from-black/75 to-transparent p-2 pt-[max(0.5rem,env(safe-area-inset-top))] transition-opacity',
                !bars && 'pointer-events-none opacity-0',
              )}
            >
              <Tooltip text={t`Close`}>
                <IconButton label={t`Close`} variant="overlay" onPress={onClose}>
                  <X aria-hidden="true" className="size-5" />
                </IconButton>
              </Tooltip>
              <div className="min-w-0 flex-1 px-2">
                <Heading slot="title" className="truncate text-base font-medium" dir="auto">
                  {message?.sender_name ?? ''}
                </Heading>
                <p className="truncate text-sm text-white/80">{when}</p>
              </div>
              {message && (
                <>
                  <Tooltip text={t`Save`}>
                    <IconButton label={t`Save`} variant="overlay" onPress={() => void save(message)}>
                      <Download aria-hidden="true" className="size-5" />
                    </IconButton>
                  </Tooltip>
                  {onForward && (
                    <Tooltip text={t`Forward`}>
                      <IconButton
                        label={t`Forward`}
                        variant="overlay"
                        onPress={() => {
                          onClose();
                          onForward(message);
                        }}
                      >
                        <Forward aria-hidden="true" className="size-5 rtl:-scale-x-100" />
                      </IconButton>
                    </Tooltip>
                  )}
                  {onInfo && (
                    <Tooltip text={t`Details`}>
                      <IconButton
                        label={t`Details`}
                        variant="overlay"
                        onPress={() => {
                          onClose();
                          onInfo(message);
                        }}
                      >
                        <Info aria-hidden="true" className="size-5" />
                      </IconButton>
                    </Tooltip>
                  )}
                </>
              )}
            </header>
            <p className="sr-only" role="status">
              {count > 1 ? t`${number} of ${count}` : ''}
            </p>
            <div className="min-h-0 flex-1">
              {gone && (
                <div className="flex h-full items-center justify-center bg-canvas">
                  <EmptyState icon={<ImageOff />} title={t`This picture is gone`}>
                    {t`It was deleted, or its time was over.`}
                  </EmptyState>
                </div>
              )}
              {message && !gone && video && (
                <VideoPane key={message.id} message={message} onSave={() => void save(message)} />
              )}
              {message && !gone && !video && (
                <PhotoPane
                  key={message.id}
                  message={message}
                  onStep={step}
                  onClose={onClose}
                  onToggleBars={() => setBars(!bars)}
                  onSave={() => void save(message)}
                />
              )}
            </div>
            {index > 0 && (
              <span className="absolute start-3 top-1/2 hidden -translate-y-1/2 pointer-fine:flex">
                <IconButton label={t`Previous`} variant="overlay" onPress={() => step(-1)}>
                  <ChevronLeft aria-hidden="true" className="size-6 rtl:-scale-x-100" />
                </IconButton>
              </span>
            )}
            {index < items.length - 1 && (
              <span className="absolute end-3 top-1/2 hidden -translate-y-1/2 pointer-fine:flex">
                <IconButton label={t`Next`} variant="overlay" onPress={() => step(1)}>
                  <ChevronRight aria-hidden="true" className="size-6 rtl:-scale-x-100" />
                </IconButton>
              </span>
            )}
            {message && message.body.caption !== '' && (
              <p
                dir="auto"
                className={cx(
                  'scroller absolute inset-x-0 bottom-0 z-10 max-h-[30%] bg-linear-to-t from-black/85 to-black/40 px-5 py-4 pb-[max(1rem,env(safe-area-inset-bottom))] text-center text-base wrap-anywhere whitespace-pre-wrap transition-opacity',
                  video && 'bottom-16 bg-none',
                  !bars && 'pointer-events-none opacity-0',
                )}
              >
                {message.body.caption}
              </p>
            )}
          </div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

function PhotoPane({
  message,
  onStep,
  onClose,
  onToggleBars,
  onSave,
}: {
  message: VisualMessage;
  onStep: (by: 1 | -1) => void;
  onClose: () => void;
  onToggleBars: () => void;
  onSave: () => void;
}) {
  const { t } = useLingui();
  const { store } = useMedia();
  const { body } = message;
  const thumbnail = useThumbnail(message.id, body.thumbnail);
  const { file, open, cancel } = useFile(message, true);
  const [size, setSize] = useState(
    body.width !== null && body.height !== null ? { width: body.width, height: body.height } : undefined,
  );
  const [box, setBox] = useState({ width: 0, height: 0 });
  const [view, setView] = useState<View>(REST);
  const [broken, setBroken] = useState(false);
  const picture = size ?? { width: box.width, height: box.height };
  const gestures = useGestures({ picture, box, view, setView, onStep, onClose, onTap: onToggleBars });
  const source = file.state === 'ready' ? file.shown.url : thumbnail;
  const from = message.sender_name;
  const bytes = formatBytes(body.size);

  return (
    // A picture under a magnifier: what ARIA calls an application.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <div
      ref={(element) => {
        if (!element) return;
        // The former picture's pane took the focus with it.
        if (document.activeElement === document.body) element.focus({ preventScroll: true });
        const watch = new ResizeObserver(() => setBox({ width: element.clientWidth, height: element.clientHeight }));
        watch.observe(element);
        return () => watch.disconnect();
      }}
      role="application"
      aria-label={t`Photo from ${from}. Plus and minus zoom.`}
      // The pane itself takes keys for zooming and moving.

      tabIndex={0}
      onKeyDown={(event) => {
        const zoomed = view.scale > 1;
        const pan = (dx: number, dy: number) => gestures.change({ ...view, x: view.x + dx, y: view.y + dy });
        if (event.key === '+' || event.key === '=') gestures.zoomTo(view.scale * KEY_ZOOM);
        else if (event.key === '-') gestures.zoomTo(view.scale / KEY_ZOOM);
        else if (event.key === '0') gestures.change(REST);
        else if (zoomed && event.key === 'ArrowLeft') pan(KEY_PAN_PX, 0);
        else if (zoomed && event.key === 'ArrowRight') pan(-KEY_PAN_PX, 0);
        else if (zoomed && event.key === 'ArrowUp') pan(0, KEY_PAN_PX);
        else if (zoomed && event.key === 'ArrowDown') pan(0, -KEY_PAN_PX);
        else return;
        event.preventDefault();
        event.stopPropagation();
      }}
      {...gestures.handlers}
      className="relative flex size-full touch-none items-center justify-center overflow-hidden outline-none select-none focus-visible:outline-2 focus-visible:-outline-offset-4 focus-visible:outline-white"
    >
      {source !== undefined && file.state !== 'refused' && !broken && (
        <img
          src={source}
          alt=""
          draggable={false}
          onError={() => setBroken(file.state === 'ready')}
          onLoad={(event) => {
            if (file.state === 'ready')
              setSize({ width: event.currentTarget.naturalWidth, height: event.currentTarget.naturalHeight });
          }}
          className={cx(
            'max-h-full max-w-full object-contain',
            file.state !== 'ready' && 'size-full blur-sm',
            !gestures.moving && 'transition-transform duration-200 ease-out',
          )}
          style={{
            transform: `translate(${view.x + gestures.drag.x}px, ${view.y + gestures.drag.y}px) scale(${view.scale})`,
          }}
        />
      )}
      {file.state === 'loading' && <Loading label={t`Loading the photo`} value={file.value} onCancel={cancel} />}
      {file.state === 'idle' && store.isCancelled(message.id) && (
        <span className="absolute">
          <Button onPress={open}>{t`Load the photo, ${bytes}`}</Button>
        </span>
      )}
      {file.state === 'failed' && (
        <div
          role="alert"
          className="absolute flex max-w-80 flex-col items-center gap-3 rounded-lg bg-black/75 p-5 text-center"
        >
          <CircleAlert aria-hidden="true" className="size-7" />
          <p>{file.message}</p>
          <Button onPress={open}>{t`Try again`}</Button>
        </div>
      )}
      {file.state === 'refused' && <NotThatType onSave={onSave} size={bytes} />}
      {broken && <CantShow body={body} onSave={onSave} />}
      {file.state === 'ready' && !broken && (
        <div className="absolute end-3 bottom-[max(1rem,env(safe-area-inset-bottom))] z-20 hidden gap-1 pointer-fine:flex">
          <IconButton label={t`Zoom out`} variant="overlay" onPress={() => gestures.zoomTo(view.scale / KEY_ZOOM)}>
            <Minus aria-hidden="true" className="size-5" />
          </IconButton>
          <IconButton label={t`Zoom in`} variant="overlay" onPress={() => gestures.zoomTo(view.scale * KEY_ZOOM)}>
            <Plus aria-hidden="true" className="size-5" />
          </IconButton>
        </div>
      )}
    </div>
  );
}

/** This browser has no way to show it: what it is, and how to get it. */
export function CantShow({ body, onSave }: { body: VisualMessage['body']; onSave: () => void }) {
  const { t } = useLingui();
  const name = cleanName(body.name);
  const size = formatBytes(body.size);
  return (
    <div
      role="alert"
      className="absolute flex max-w-80 flex-col items-center gap-3 rounded-lg bg-raised p-5 text-center text-text"
    >
      <FileIcon name={name} />
      <p className="font-medium wrap-anywhere" dir="auto">
        {name}
      </p>
      <p className="text-sm text-muted">
        {body.media_type} · {size}
      </p>
      <p className="text-sm">{t`This browser can’t show it.`}</p>
      <Button onPress={onSave}>{t`Download`}</Button>
    </div>
  );
}

/** The bytes are something else than the message says. */
export function NotThatType({ onSave, size }: { onSave: () => void; size: string }) {
  const { t } = useLingui();
  return (
    <div
      role="alert"
      className="absolute flex max-w-80 flex-col items-center gap-3 rounded-lg bg-black/75 p-5 text-center"
    >
      <ImageOff aria-hidden="true" className="size-7" />
      <p>{t`This file isn’t what it says it is, so it isn’t shown. You can save it if you trust its sender.`}</p>
      <Button onPress={onSave}>{t`Save (${size})`}</Button>
    </div>
  );
}
