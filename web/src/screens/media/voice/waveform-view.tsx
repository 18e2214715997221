import { useLingui } from '@lingui/react/macro';
import { Slider, SliderThumb, SliderTrack } from 'react-aria-components';
import { cx } from '../../../ui';
import { formatDuration } from '../files/format';
import { barsOf } from './waveform';

const BARS = 40;
const BAR = 3;
const HEIGHT = 28;

/** The shape of a sound, and a slider through it: pointer, arrows, Home and End. */
export function WaveformSlider({
  label,
  waveform,
  positionMs,
  durationMs,
  onSeek,
}: {
  label: string;
  waveform: readonly number[];
  positionMs: number;
  durationMs: number;
  onSeek: (positionMs: number) => void;
}) {
  const { t } = useLingui();
  const total = Math.max(durationMs, 1);
  const part = Math.min(1, positionMs / total);
  const bars = barsOf(waveform, BARS);
  const position = formatDuration(positionMs);
  const duration = formatDuration(durationMs);
  return (
    <Slider
      aria-label={label}
      minValue={0}
      maxValue={total}
      step={Math.max(1, Math.min(1000, total / 20))}
      value={Math.min(positionMs, total)}
      onChange={(value) => onSeek(value)}
      className="w-full min-w-0"
    >
      <SliderTrack className="relative flex h-8 w-full cursor-default items-center">
        <svg
          viewBox={`0 0 ${BARS * 5 - 2} ${HEIGHT}`}
          preserveAspectRatio="none"
          aria-hidden="true"
          className="pointer-events-none h-7 w-full rtl:-scale-x-100"
        >
          {bars.map((level, bar) => {
            const height = Math.max(BAR, level * HEIGHT);
            return (
              <rect
                key={bar}
                x={bar * 5}
                y={(HEIGHT - height) / 2}
                width={BAR}
                height={height}
                rx={1.5}
                className={cx((bar + 0.5) / BARS <= part ? 'fill-accent-text' : 'fill-current opacity-40')}
              />
            );
          })}
        </svg>
        <SliderThumb
          aria-valuetext={t`${position} of ${duration}`}
          className="top-1/2 size-3.5 rounded-full bg-accent-text shadow-low outline-none focus-ring:outline-2 focus-ring:outline-offset-2 focus-ring:outline-focus"
        />
      </SliderTrack>
    </Slider>
  );
}
