import type { ReactNode } from 'react';
import { useLingui } from '@lingui/react/macro';
import { cx } from './cx';

const tones = {
  neutral: 'bg-sunken text-muted',
  accent: 'bg-accent-soft text-on-accent-soft',
  success: 'bg-success-soft text-on-success-soft',
  warning: 'bg-warning-soft text-on-warning-soft',
  danger: 'bg-danger-soft text-on-danger-soft',
};

/** A short word beside something. */
export function Badge({
  tone = 'neutral',
  icon,
  children,
}: {
  tone?: keyof typeof tones;
  icon?: ReactNode;
  children: ReactNode;
}) {
  return (
    <span
      className={cx(
        'inline-flex max-w-full shrink-0 items-center gap-1 rounded-full px-2 py-0.5 text-xs font-medium [&>svg]:size-3.5',
        tones[tone],
      )}
    >
      {icon}
      <span className="truncate">{children}</span>
    </span>
  );
}

const COUNT_SHOWN_MAX = 999;

/** How many; `label` is what screen readers say instead of the bare number. */
export function CountBadge({ count, label, muted = false }: { count: number; label: string; muted?: boolean }) {
  const { i18n } = useLingui();
  if (count <= 0) return null;
  return (
    <span
      className={cx(
        'inline-flex h-5 min-w-5 shrink-0 items-center justify-center rounded-full px-1.5 text-xs font-semibold tabular-nums',
        muted ? 'bg-pressed text-muted' : 'bg-accent text-on-accent',
      )}
    >
      <span aria-hidden="true">
        {count > COUNT_SHOWN_MAX ? `${i18n.number(COUNT_SHOWN_MAX)}+` : i18n.number(count)}
      </span>
      <span className="sr-only">{label}</span>
    </span>
  );
}
