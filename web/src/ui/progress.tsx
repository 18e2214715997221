import { ProgressBar, Label } from 'react-aria-components';
import { useLingui } from '@lingui/react/macro';
import { cx } from './cx';

const sizes = { sm: 'size-4 border-2', md: 'size-6 border-2', lg: 'size-10 border-3' };

/** Only a picture; say what is waited for in text or with a Progress. */
export function Spinner({ size = 'md' }: { size?: keyof typeof sizes }) {
  return (
    <span
      aria-hidden="true"
      className={cx('inline-block shrink-0 animate-spin rounded-full border-current border-e-transparent', sizes[size])}
    />
  );
}

export interface ProgressProps {
  label: string;
  /** 0 to 1; absent while nobody knows. */
  value?: number | undefined;
  /** Text beside the label, such as "3 of 12 MB". */
  detail?: string;
  hideLabel?: boolean;
}

export function Progress({ label, value, detail, hideLabel = false }: ProgressProps) {
  const { i18n } = useLingui();
  const percent = value === undefined ? undefined : Math.min(100, Math.max(0, value * 100));
  return (
    <ProgressBar
      isIndeterminate={percent === undefined}
      {...(percent === undefined ? {} : { value: percent })}
      aria-label={label}
      className="w-full"
    >
      {!hideLabel && (
        <div className="mb-2 flex justify-between gap-4 text-sm">
          <Label className="text-text">{label}</Label>
          <span className="text-muted tabular-nums">
            {detail ??
              (percent === undefined ? '' : i18n.number(percent / 100, { style: 'percent', maximumFractionDigits: 0 }))}
          </span>
        </div>
      )}
      <div className="h-1.5 overflow-hidden rounded-full bg-pressed forced-colors:border">
        {percent === undefined ? (
          <div className="h-full w-full animate-shimmer rounded-full bg-accent" />
        ) : (
          <div
            className="h-full rounded-full bg-accent transition-[width] duration-200 forced-colors:bg-[Highlight]"
            style={{ width: `${percent}%` }}
          />
        )}
      </div>
    </ProgressBar>
  );
}

/** A ring for small places (a file that comes in). */
export function ProgressRing({
  label,
  value,
  size = 40,
}: {
  label: string;
  value?: number | undefined;
  size?: number;
}) {
  const radius = 16;
  const round = 2 * Math.PI * radius;
  return (
    <ProgressBar
      aria-label={label}
      isIndeterminate={value === undefined}
      {...(value === undefined ? {} : { value: value * 100 })}
      className="inline-flex"
    >
      <svg
        viewBox="0 0 40 40"
        width={size}
        height={size}
        aria-hidden="true"
        className={cx(value === undefined && 'animate-spin')}
      >
        <circle cx="20" cy="20" r={radius} fill="none" strokeWidth="3" className="stroke-current opacity-25" />
        <circle
          cx="20"
          cy="20"
          r={radius}
          fill="none"
          strokeWidth="3"
          strokeLinecap="round"
          strokeDasharray={round}
          strokeDashoffset={round * (1 - (value ?? 0.25))}
          transform="rotate(-90 20 20)"
          className="stroke-current"
        />
      </svg>
    </ProgressBar>
  );
}

/** Where something will be; hidden from screen readers, which hear the region's `aria-busy`. */
export function Skeleton({ className, round = false }: { className?: string; round?: boolean }) {
  return (
    <span
      aria-hidden="true"
      className={cx('block shrink-0 animate-shimmer bg-pressed', round ? 'rounded-full' : 'rounded-md', className)}
    />
  );
}

/** Rows of a list that is coming. */
export function SkeletonRows({ rows = 6 }: { rows?: number }) {
  return (
    <div aria-hidden="true" className="flex flex-col">
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className="flex items-center gap-3 px-4 py-3">
          <Skeleton round className="size-12" />
          <div className="flex flex-1 flex-col gap-2">
            <Skeleton className={row % 2 === 0 ? 'h-4 w-2/5' : 'h-4 w-1/3'} />
            <Skeleton className={row % 2 === 0 ? 'h-3 w-4/5' : 'h-3 w-3/5'} />
          </div>
        </div>
      ))}
    </div>
  );
}
