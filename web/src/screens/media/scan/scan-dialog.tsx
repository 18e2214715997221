import { useLingui } from '@lingui/react/macro';
import { ChevronLeft, ChevronRight, Crop, Plus, RotateCcw, RotateCw, Trash2 } from 'lucide-react';
import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type PointerEvent } from 'react';
import { useModel } from '../../../app/use-model';
import { Banner, Button, IconButton, Segmented, Spinner } from '../../../ui';
import { CameraView } from '../camera/camera-view';
import type { openCamera } from '../camera/camera-stream';
import { FullSheet } from '../full-sheet';
import type { Look } from './enhance';
import { isConvex, type Corners } from './geometry';
import { PAGES_MAX, ScanModel, type Draft } from './scan-model';
import { browserScanTools, paint } from './scan-tools';

const PREVIEW_PX = 520;
const KEY_STEP_PX = 8;

/** Pages of paper become one PDF. */
export function ScanDialog({
  onDone,
  onClose,
  model: given,
  startCamera,
}: {
  onDone: (file: File) => void;
  onClose: () => void;
  model?: ScanModel;
  startCamera?: typeof openCamera;
}) {
  const { t, i18n } = useLingui();
  const model = useMemo(() => given ?? new ScanModel(browserScanTools), [given]);
  const { step, draft, pages, busy, problem } = useModel(model);
  useEffect(() => () => model.close(), [model]);
  const count = pages.length;
  const [at, setAt] = useState(0);
  const shown = Math.min(at, count - 1);
  const page = pages[shown];
  const number = shown + 1;
  const finish = () => {
    const day = i18n.date(new Date(), { year: 'numeric', month: '2-digit', day: '2-digit' }).replaceAll('/', '-');
    void model.finish(t`Scan ${day}.pdf`).then((file) => {
      if (file) onDone(file);
    });
  };
  const title = step === 'adjust' ? t`Adjust the page` : step === 'pages' ? t`Scanned pages` : t`Scan a document`;
  return (
    <FullSheet
      title={title}
      onClose={onClose}
      {...(step === 'camera' && count > 0
        ? { end: <Button onPress={() => model.showPages()}>{t`Pages (${count})`}</Button> }
        : {})}
      {...(step === 'adjust' && draft
        ? {
            footer: (
              <>
                <Button isDisabled={busy} onPress={() => model.again()}>{t`Take again`}</Button>
                <Button
                  variant="primary"
                  isPending={busy}
                  isDisabled={!isConvex(draft.corners)}
                  onPress={() => void model.keep().then(() => setAt(draft.replaces === undefined ? count : shown))}
                >{t`Keep the page`}</Button>
              </>
            ),
          }
        : {})}
      {...(step === 'pages'
        ? {
            footer: (
              <>
                <Button
                  icon={<Plus aria-hidden="true" className="size-4.5" />}
                  isDisabled={count >= PAGES_MAX}
                  onPress={() => model.again()}
                >{t`Another page`}</Button>
                <Button variant="primary" isPending={busy} onPress={finish}>{t`Make a PDF`}</Button>
              </>
            ),
          }
        : {})}
    >
      {problem !== undefined && (
        <Banner tone="danger" flush live="alert">
          {problem === 'unreadable'
            ? t`This picture can’t be read. Take or choose another one.`
            : t`That didn’t work. Try again.`}
        </Banner>
      )}
      {step === 'camera' && (
        <div className="relative min-h-0 flex-1">
          <CameraView
            facing="environment"
            shutter={t`Take the page`}
            onPicture={(picture) => void model.take(picture)}
            {...(startCamera && { start: startCamera })}
          />
          {busy && (
            <div
              role="status"
              className="absolute inset-0 flex items-center justify-center gap-3 bg-black/70 text-white"
            >
              <Spinner />
              {t`Looking for the page…`}
            </div>
          )}
        </div>
      )}
      {step === 'adjust' && draft && <Adjust model={model} draft={draft} />}
      {step === 'pages' && page && (
        <>
          <div className="flex min-h-0 flex-1 items-center justify-center bg-sunken p-4">
            <img
              src={page.url}
              alt={t`Page ${number} of ${count}`}
              className="max-h-full max-w-full rounded-sm bg-white object-contain shadow-mid"
            />
          </div>
          <div className="flex items-center gap-1 border-t border-line px-2 py-1">
            <div className="flex min-w-0 flex-1 gap-1.5 overflow-x-auto p-1">
              {pages.map((one, index) => (
                <PageButton
                  key={one.id}
                  url={one.url}
                  number={index + 1}
                  isShown={index === shown}
                  onPress={() => setAt(index)}
                />
              ))}
            </div>
            <IconButton
              label={t`Move earlier`}
              size="sm"
              isDisabled={shown === 0}
              onPress={() => {
                model.move(page.id, -1);
                setAt(shown - 1);
              }}
            >
              <ChevronLeft aria-hidden="true" className="size-5 rtl:-scale-x-100" />
            </IconButton>
            <IconButton
              label={t`Move later`}
              size="sm"
              isDisabled={shown >= count - 1}
              onPress={() => {
                model.move(page.id, 1);
                setAt(shown + 1);
              }}
            >
              <ChevronRight aria-hidden="true" className="size-5 rtl:-scale-x-100" />
            </IconButton>
            <IconButton label={t`Adjust`} size="sm" onPress={() => model.adjust(page.id)}>
              <Crop aria-hidden="true" className="size-4.5" />
            </IconButton>
            <IconButton label={t`Remove the page`} size="sm" onPress={() => model.remove(page.id)}>
              <Trash2 aria-hidden="true" className="size-4.5" />
            </IconButton>
          </div>
        </>
      )}
    </FullSheet>
  );
}

function PageButton({
  url,
  number,
  isShown,
  onPress,
}: {
  url: string;
  number: number;
  isShown: boolean;
  onPress: () => void;
}) {
  const { t } = useLingui();
  return (
    <button
      type="button"
      aria-label={t`Page ${number}`}
      aria-current={isShown}
      onClick={onPress}
      className="relative h-16 w-12 shrink-0 overflow-hidden rounded-sm bg-white inset-ring inset-ring-line aria-current:outline-2 aria-current:outline-offset-1 aria-current:outline-accent"
    >
      <img src={url} alt="" className="size-full object-cover" />
      <span className="absolute end-0.5 bottom-0.5 rounded-sm bg-black/65 px-1 text-xs text-white tabular-nums">
        {number}
      </span>
    </button>
  );
}

/** Four corners over the picture, and what comes of them beside it. */
function Adjust({ model, draft }: { model: ScanModel; draft: Draft }) {
  const { t } = useLingui();
  const { pixels, corners, look, turns, sourceUrl } = draft;
  const result = useRef<HTMLCanvasElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  const convex = isConvex(corners);
  useEffect(() => {
    // Once per frame, however fast the corners move.
    const request = requestAnimationFrame(() => {
      const preview = isConvex(corners) ? model.preview(PREVIEW_PX) : undefined;
      if (!preview || !result.current) return;
      result.current.width = preview.width;
      result.current.height = preview.height;
      paint(result.current.getContext('2d'), preview);
    });
    return () => cancelAnimationFrame(request);
  }, [model, corners, look, turns]);
  const names = [
    t`Top left corner. Arrow keys move it.`,
    t`Top right corner. Arrow keys move it.`,
    t`Bottom right corner. Arrow keys move it.`,
    t`Bottom left corner. Arrow keys move it.`,
  ];
  const place = (index: number, x: number, y: number) => {
    const keep = (value: number, limit: number) => Math.min(limit, Math.max(0, value));
    const next = corners.map((corner, at) =>
      at === index ? { x: keep(x, pixels.width), y: keep(y, pixels.height) } : corner,
    );
    model.change({ corners: next as unknown as Corners });
  };
  const drag = (index: number) => (event: PointerEvent<HTMLButtonElement>) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId) || !frame.current) return;
    const box = frame.current.getBoundingClientRect();
    place(
      index,
      ((event.clientX - box.left) / box.width) * pixels.width,
      ((event.clientY - box.top) / box.height) * pixels.height,
    );
  };
  const key = (index: number) => (event: KeyboardEvent) => {
    const step = (event.shiftKey ? 1 : KEY_STEP_PX) * (pixels.width / 800);
    const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    const corner = corners[index];
    if (!by || !corner) return;
    event.preventDefault();
    place(index, corner.x + (by[0] ?? 0) * step, corner.y + (by[1] ?? 0) * step);
  };
  const points = corners.map(({ x, y }) => `${x},${y}`).join(' ');
  return (
    <div className="flex min-h-0 flex-1 flex-col gap-3 p-3">
      <div className="flex min-h-0 flex-1 flex-col gap-3 md:flex-row">
        <div className="@container-size flex min-h-0 flex-3 items-center justify-center">
          <div
            ref={frame}
            className="relative max-h-full max-w-full touch-none"
            style={{
              aspectRatio: `${pixels.width} / ${pixels.height}`,
              width: `min(100cqw, calc(100cqh * ${pixels.width / pixels.height}))`,
            }}
          >
            <img src={sourceUrl} alt={t`What was taken`} draggable={false} className="size-full rounded-sm" />
            <svg
              viewBox={`0 0 ${pixels.width} ${pixels.height}`}
              aria-hidden="true"
              className="pointer-events-none absolute inset-0 size-full overflow-visible"
            >
              <path
                fillRule="evenodd"
                d={`M0 0H${pixels.width}V${pixels.height}H0Z M${points.replaceAll(' ', ' L')}Z`}
                className="fill-black/45"
              />
              <polygon
                points={points}
                fill="none"
                strokeWidth="2.5"
                vectorEffect="non-scaling-stroke"
                className={convex ? 'stroke-accent' : 'stroke-danger'}
              />
            </svg>
            {corners.map((corner, index) => (
              <button
                key={index}
                type="button"
                aria-label={names[index]}
                onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
                onPointerMove={drag(index)}
                onKeyDown={key(index)}
                className="absolute flex size-11 -translate-1/2 cursor-grab touch-none items-center justify-center rounded-full active:cursor-grabbing"
                style={{ left: `${(corner.x / pixels.width) * 100}%`, top: `${(corner.y / pixels.height) * 100}%` }}
              >
                <span className="size-5 rounded-full border-3 border-white bg-accent shadow-mid" />
              </button>
            ))}
          </div>
        </div>
        <div className="hidden min-h-0 flex-2 items-center justify-center rounded-md bg-sunken p-3 md:flex">
          <canvas
            ref={result}
            aria-label={t`The straightened page`}
            className="max-h-full max-w-full bg-white shadow-mid"
          />
        </div>
      </div>
      {!convex && (
        <p role="alert" className="text-center text-sm text-danger-text">{t`The corners cross each other.`}</p>
      )}
      <div className="flex items-center gap-2">
        <div className="min-w-0 flex-1">
          <Segmented<Look>
            label={t`Look`}
            hideLabel
            value={look}
            onChange={(next) => model.change({ look: next })}
            choices={[
              { value: 'document', label: t`Colour` },
              { value: 'grey', label: t`Grey` },
              { value: 'photo', label: t`Photo` },
            ]}
          />
        </div>
        <IconButton label={t`Turn left`} onPress={() => model.change({ turns: turns + 3 })}>
          <RotateCcw aria-hidden="true" className="size-5" />
        </IconButton>
        <IconButton label={t`Turn right`} onPress={() => model.change({ turns: turns + 1 })}>
          <RotateCw aria-hidden="true" className="size-5" />
        </IconButton>
      </div>
    </div>
  );
}
