import { useLingui } from '@lingui/react/macro';
import { ChevronLeft, ChevronRight, CircleAlert, Film, Plus, SendHorizontal, Trash2, X } from 'lucide-react';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import {
  Dialog,
  GridList,
  GridListItem,
  Heading,
  Input,
  Modal,
  ModalOverlay,
  TextField as AriaTextField,
  useDragAndDrop,
} from 'react-aria-components';
import { useModel } from '../../../app/use-model';
import { BackCloses, Banner, Button, cx, IconButton, Segmented, Spinner, Tooltip } from '../../../ui';
import { FileIcon } from '../document-row';
import { formatBytes, formatDuration } from '../files/format';
import { FILES_MAX, type OutgoingItem, type OutgoingModel } from './outgoing-model';

/** Names of files in a sentence; the rest is a number. */
const NAMED_MAX = 3;

function namesOf(items: readonly OutgoingItem[]): string {
  const names = items.slice(0, NAMED_MAX).map((item) => `\u2068${item.name}\u2069`);
  return [...names, ...(items.length > NAMED_MAX ? [`+ ${items.length - NAMED_MAX}`] : [])].join(', ');
}

/** What is about to be sent: look, put in order, write something, choose the quality. */
export function SendSheet({
  model,
  title,
  replyTo,
  onClose,
}: {
  model: OutgoingModel;
  /** To whom. */
  title: string;
  replyTo?: string | undefined;
  onClose: (sent: boolean) => void;
}) {
  const { t } = useLingui();
  const state = useModel(model);
  const { items, selected, caption, quality, limitBytes, sending, leftOut, error } = state;
  const current = items.find((item) => item.id === selected) ?? items[0];
  const picker = useRef<HTMLInputElement>(null);
  const hasPhotos = items.some((item) => item.kind === 'photo');
  const total = items.reduce((sum, item) => sum + (item.outgoing?.file.size ?? item.source.size), 0);
  const bytes = formatBytes(total);
  const limit = formatBytes(limitBytes ?? 0);
  const { canSend } = model;
  const kept = items.filter((item) => item.carries === 'kept');
  const lost = items.filter((item) => item.state === 'too_large' || item.state === 'failed');
  const keptNames = namesOf(kept);
  const lostNames = namesOf(lost);
  useEffect(() => () => model.close(), [model]);

  const send = () => {
    void model.send(replyTo).then((sent) => {
      if (sent) onClose(true);
    });
  };
  const remove = (id: number) => {
    if (items.length === 1) onClose(false);
    else model.remove(id);
  };

  return (
    <ModalOverlay
      isOpen
      onOpenChange={(open) => {
        if (!open) onClose(false);
      }}
      className="fixed inset-0 z-40 flex items-end justify-center bg-scrim entering:animate-fade md:items-center md:p-6"
    >
      <Modal className="flex h-dvh w-full flex-col bg-raised text-text outline-none entering:animate-sheet md:h-[min(46rem,calc(100dvh-3rem))] md:max-w-2xl md:overflow-hidden md:rounded-xl md:shadow-high md:entering:animate-rise">
        <BackCloses />
        <Dialog className="flex min-h-0 flex-1 flex-col outline-none">
          <header className="flex items-center gap-2 border-b border-line py-2 ps-2 pe-3 pt-[max(0.5rem,env(safe-area-inset-top))]">
            <IconButton label={t`Don’t send`} onPress={() => onClose(false)}>
              <X aria-hidden="true" className="size-5" />
            </IconButton>
            <Heading slot="title" className="min-w-0 flex-1 truncate text-lg font-semibold" dir="auto">
              {t`Send to ${title}`}
            </Heading>
            <span className="text-sm text-muted tabular-nums">{bytes}</span>
          </header>
          {leftOut > 0 && (
            <Banner
              tone="warning"
              flush
              live="status"
            >{t`${leftOut} files were left out: at most ${FILES_MAX} go at one time. Send the others afterwards.`}</Banner>
          )}
          {lost.length > 0 && items.length > 1 && (
            <Banner tone="warning" flush live="status">{t`Can’t be sent and will be left out: ${lostNames}`}</Banner>
          )}
          {kept.length > 0 && (
            <Banner
              tone="warning"
              flush
              live="status"
              action={
                <Button
                  variant="secondary"
                  onPress={() => {
                    if (kept.length === items.length) onClose(false);
                    else model.removeKept();
                  }}
                >{t`Leave out`}</Button>
              }
            >{t`Place, time and device can’t be taken out of this kind of file. They will go along: ${keptNames}`}</Banner>
          )}
          {error !== undefined && (
            <Banner tone="danger" flush live="alert">
              {error}
            </Banner>
          )}
          <div className="relative flex min-h-0 flex-1 items-center justify-center overflow-hidden bg-sunken p-4">
            {current && <Preview item={current} limit={limit} />}
          </div>
          <div className="border-t border-line">
            {current && <Privacy item={current} model={model} />}
            <div className="flex flex-wrap items-center gap-1 px-2 pt-2 md:flex-nowrap">
              <Strip model={model} items={items} selected={current?.id} />
              <Tooltip text={t`Add files`}>
                <IconButton label={t`Add files`} variant="secondary" onPress={() => picker.current?.click()}>
                  <Plus aria-hidden="true" className="size-5" />
                </IconButton>
              </Tooltip>
              <input
                ref={picker}
                type="file"
                multiple
                hidden
                onChange={(event) => {
                  void model.add([...(event.target.files ?? [])], items[0]?.sendAs);
                  event.target.value = '';
                }}
              />
              {current && items.length > 1 && (
                <span className="ms-auto flex">
                  <IconButton
                    label={t`Move earlier`}
                    size="sm"
                    isDisabled={items[0]?.id === current.id}
                    onPress={() => model.move(current.id, -1)}
                  >
                    <ChevronLeft aria-hidden="true" className="size-5 rtl:-scale-x-100" />
                  </IconButton>
                  <IconButton
                    label={t`Move later`}
                    size="sm"
                    isDisabled={items.at(-1)?.id === current.id}
                    onPress={() => model.move(current.id, 1)}
                  >
                    <ChevronRight aria-hidden="true" className="size-5 rtl:-scale-x-100" />
                  </IconButton>
                </span>
              )}
              {current && (
                <IconButton
                  label={t`Remove ${current.name}`}
                  size="sm"
                  onPress={() => remove(current.id)}
                  className={items.length > 1 ? '' : 'ms-auto'}
                >
                  <Trash2 aria-hidden="true" className="size-4.5" />
                </IconButton>
              )}
            </div>
            {hasPhotos && (
              <div className="px-3 pt-2">
                <Segmented
                  label={t`Photo quality`}
                  hideLabel
                  value={quality}
                  onChange={(next) => void model.setQuality(next)}
                  choices={[
                    { value: 'standard', label: t`Standard` },
                    { value: 'hd', label: t`HD` },
                    { value: 'original', label: t`Original` },
                  ]}
                />
              </div>
            )}
            <form
              className="flex items-end gap-2 p-3 pb-[max(0.75rem,env(safe-area-inset-bottom))]"
              onSubmit={(event) => {
                event.preventDefault();
                send();
              }}
            >
              <AriaTextField
                aria-label={t`Caption`}
                value={caption}
                onChange={(text) => model.setCaption(text)}
                autoFocus
                className="min-w-0 flex-1"
              >
                <Input
                  dir="auto"
                  placeholder={t`Add a caption`}
                  className="min-h-11 w-full rounded-full bg-sunken px-4 text-base outline-none focus:inset-ring-2 focus:inset-ring-focus"
                />
              </AriaTextField>
              <IconButton
                type="submit"
                variant="primary"
                label={sending ? t`Sending` : t`Send`}
                isDisabled={!canSend}
                className="pointer-fine:size-11"
              >
                {sending ? (
                  <Spinner size="sm" />
                ) : (
                  <SendHorizontal aria-hidden="true" className="size-5 rtl:-scale-x-100" />
                )}
              </IconButton>
            </form>
          </div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

/** What goes along with the file, and the other way to send it. */
function Privacy({ item, model }: { item: OutgoingItem; model: OutgoingModel }) {
  const { t } = useLingui();
  const { carries } = item;
  if (item.state !== 'ready' || carries === undefined || carries === 'document') return null;
  const words: Record<typeof carries, ReactNode> = {
    removed: t`Without place, time and device data.`,
    kept: t`With place, time and device data, if it holds any.`,
    whole: t`Unchanged, with all data it holds: place, time, device.`,
  };
  const other = item.sendAs === 'document' ? 'media' : 'document';
  return (
    <p className="flex flex-wrap items-center gap-x-3 px-4 pt-2 text-sm text-muted">
      <span className="min-w-0 flex-1 basis-48">{words[carries]}</span>
      {carries !== 'kept' && (
        <button
          type="button"
          onClick={() => void model.setSendAs(item.id, other)}
          className="min-h-6 font-medium text-accent-text underline-offset-2 hover:underline pointer-coarse:min-h-11"
        >
          {other === 'document' ? t`Send unchanged` : t`Take the data out`}
        </button>
      )}
    </p>
  );
}

function Preview({ item, limit }: { item: OutgoingItem; limit: string }) {
  const { t } = useLingui();
  const size = formatBytes(item.outgoing?.file.size ?? item.source.size);
  const [video, setVideo] = useState<string>();
  const film = item.kind === 'video' && item.state === 'ready' ? item.source : undefined;
  useEffect(() => {
    if (!film) return;
    const url = URL.createObjectURL(film);
    const timer = setTimeout(() => setVideo(url));
    return () => {
      clearTimeout(timer);
      URL.revokeObjectURL(url);
      setVideo(undefined);
    };
  }, [film]);
  const problem =
    item.state === 'too_large'
      ? t`Too large: ${size}. Your organisation allows ${limit} per file.`
      : item.state === 'failed'
        ? t`This file can’t be read.`
        : undefined;
  if (problem !== undefined)
    return (
      <div role="alert" className="flex max-w-sm flex-col items-center gap-3 text-center">
        <FileIcon name={item.name} size="lg" />
        <p className="font-medium wrap-anywhere" dir="auto">
          {item.name}
        </p>
        <p className="flex items-center gap-2 text-sm text-danger-text">
          <CircleAlert aria-hidden="true" className="size-4.5 shrink-0" />
          {problem}
        </p>
      </div>
    );
  if (item.kind === 'photo' && item.preview !== undefined)
    return (
      <>
        <img
          src={item.preview}
          alt={item.name}
          className={cx(
            'max-h-full max-w-full rounded-md object-contain shadow-mid',
            item.state === 'preparing' && 'opacity-60',
          )}
        />
        <span className="absolute end-3 bottom-3 rounded-full bg-black/60 px-2.5 py-1 text-xs text-white tabular-nums">
          {item.outgoing?.width} × {item.outgoing?.height} · {size}
        </span>
      </>
    );
  if (item.kind === 'video' && video !== undefined)
    return (
      // A film that is about to be sent has no captions.
      // eslint-disable-next-line jsx-a11y/media-has-caption
      <video src={video} controls playsInline aria-label={item.name} className="max-h-full max-w-full rounded-md" />
    );
  if (item.state === 'preparing')
    return (
      <span className="flex items-center gap-2 text-muted">
        <Spinner />
        {t`Preparing…`}
      </span>
    );
  return (
    <div className="flex max-w-sm flex-col items-center gap-3 text-center">
      <FileIcon name={item.name} size="lg" />
      <p className="font-medium wrap-anywhere" dir="auto">
        {item.name}
      </p>
      <p className="text-sm text-muted">
        {size}
        {item.outgoing?.durationMs !== undefined && ` · ${formatDuration(item.outgoing.durationMs)}`}
      </p>
    </div>
  );
}

/** All of them in a row; dragged into order, by keyboard too. */
function Strip({
  model,
  items,
  selected,
}: {
  model: OutgoingModel;
  items: readonly OutgoingItem[];
  selected: number | undefined;
}) {
  const { t } = useLingui();
  const { dragAndDropHooks } = useDragAndDrop({
    getItems: (keys) => [...keys].map((key) => ({ 'text/plain': String(key) })),
    onReorder: ({ keys, target }) => {
      const moved = [...keys].map(Number);
      const rest = items.map((item) => item.id).filter((id) => !moved.includes(id));
      const at = rest.indexOf(Number(target.key)) + (target.dropPosition === 'after' ? 1 : 0);
      model.reorder([...rest.slice(0, at), ...moved, ...rest.slice(at)]);
    },
  });
  return (
    <GridList
      aria-label={t`Files to send`}
      layout="grid"
      items={items}
      dragAndDropHooks={dragAndDropHooks}
      selectionMode="single"
      disallowEmptySelection
      selectedKeys={selected === undefined ? [] : [selected]}
      onSelectionChange={(keys) => {
        const [key] = keys === 'all' ? [] : [...keys];
        if (key !== undefined) model.select(Number(key));
      }}
      className={cx(
        'flex min-w-0 gap-1.5 overflow-x-auto p-1 outline-none',
        items.length > 2 && 'basis-full md:basis-auto',
      )}
      dependencies={[selected]}
    >
      {(item) => (
        <GridListItem
          textValue={item.name}
          className="relative size-14 shrink-0 overflow-hidden rounded-md bg-pressed outline-none selected:outline-2 selected:outline-offset-1 selected:outline-accent focus-ring:outline-2 focus-ring:outline-focus"
        >
          {item.preview !== undefined ? (
            <img src={item.preview} alt="" draggable={false} className="size-full object-cover" />
          ) : (
            <span className="flex size-full items-center justify-center">
              {item.state === 'preparing' ? <Spinner size="sm" /> : <FileIcon name={item.name} />}
            </span>
          )}
          {item.kind === 'video' && (
            <Film aria-hidden="true" className="absolute start-1 bottom-1 size-4 text-white drop-shadow" />
          )}
          {['too_large', 'failed'].includes(item.state) && (
            <span className="absolute inset-0 flex items-center justify-center bg-danger-soft/80 text-on-danger-soft">
              <CircleAlert aria-hidden="true" className="size-5" />
            </span>
          )}
        </GridListItem>
      )}
    </GridList>
  );
}
