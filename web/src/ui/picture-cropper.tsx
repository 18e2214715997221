import { useMove } from 'react-aria';
import { Minus, Plus } from 'lucide-react';
import { useLingui } from '@lingui/react/macro';
import { useCallback, useEffect, useRef, useState, type Ref } from 'react';
import { useImperativeHandle } from 'react';
import { Label, Slider, SliderThumb, SliderTrack } from 'react-aria-components';
import { clampOffset, coverScale, encodeSquare, type Crop } from './square-picture';

const VIEW_PX = 288;
const ZOOM_MAX = 4;

export interface CropperHandle {
  /** The square as a small picture, at most `bytesMax` long. */
  take(bytesMax: number): Promise<Blob>;
}

/** Chooses a square of a picture: drag or arrow keys move it, the slider zooms. */
export function PictureCropper({ image, ref }: { image: ImageBitmap; ref?: Ref<CropperHandle> }) {
  const { t } = useLingui();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [crop, setCrop] = useState<Crop>({ zoom: 1, x: 0, y: 0 });

  const draw = useCallback(
    (target: HTMLCanvasElement, size: number) => {
      const context = target.getContext('2d');
      if (!context) return;
      target.width = size;
      target.height = size;
      const scale = coverScale(image, size) * crop.zoom;
      const unit = size / VIEW_PX;
      context.imageSmoothingQuality = 'high';
      context.fillStyle = '#ffffff';
      context.fillRect(0, 0, size, size);
      const [width, height] = [image.width * scale, image.height * scale];
      context.drawImage(image, (size - width) / 2 + crop.x * unit, (size - height) / 2 + crop.y * unit, width, height);
    },
    [crop, image],
  );

  useEffect(() => {
    if (canvas.current) draw(canvas.current, VIEW_PX * Math.min(2, window.devicePixelRatio));
  }, [draw]);

  useImperativeHandle(ref, () => ({ take: (bytesMax) => encodeSquare(draw, bytesMax) }), [draw]);

  const { moveProps } = useMove({
    onMove: ({ deltaX, deltaY, pointerType }) => {
      const step = pointerType === 'keyboard' ? 8 : 1;
      setCrop((now) => clampOffset({ ...now, x: now.x + deltaX * step, y: now.y + deltaY * step }, image, VIEW_PX));
    },
  });

  return (
    <div className="flex flex-col items-center gap-4">
      <div
        {...moveProps}
        role="application"
        aria-label={t`Part of the picture that is shown. Arrow keys move it.`}
        // Moving by arrow keys needs the focus.
        tabIndex={0}
        className="size-72 max-w-full cursor-grab touch-none overflow-hidden rounded-full bg-sunken ring-4 ring-accent-soft active:cursor-grabbing"
      >
        <canvas ref={canvas} aria-hidden="true" className="size-full" />
      </div>
      <Slider
        value={crop.zoom}
        minValue={1}
        maxValue={ZOOM_MAX}
        step={0.05}
        onChange={(zoom) => setCrop((now) => clampOffset({ ...now, zoom }, image, VIEW_PX))}
        className="flex w-full max-w-72 items-center gap-3 text-muted"
      >
        <Label className="sr-only">{t`Zoom`}</Label>
        <Minus aria-hidden="true" className="size-4 shrink-0" />
        <SliderTrack className="relative h-11 flex-1">
          <span className="absolute inset-x-0 top-1/2 h-1 -translate-y-1/2 rounded-full bg-line-strong" />
          <SliderThumb className="top-1/2 size-6 rounded-full bg-accent shadow-low ring-2 ring-surface focus-ring:outline-2 focus-ring:outline-offset-2 focus-ring:outline-focus" />
        </SliderTrack>
        <Plus aria-hidden="true" className="size-4 shrink-0" />
      </Slider>
    </div>
  );
}
