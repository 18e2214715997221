import { CircleAlert, CircleCheck, Info, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { cx } from './cx';

const tones = {
  info: { box: 'bg-accent-soft text-on-accent-soft', icon: Info },
  success: { box: 'bg-success-soft text-on-success-soft', icon: CircleCheck },
  warning: { box: 'bg-warning-soft text-on-warning-soft', icon: TriangleAlert },
  danger: { box: 'bg-danger-soft text-on-danger-soft', icon: CircleAlert },
};

export interface BannerProps {
  tone?: keyof typeof tones;
  title?: string;
  icon?: ReactNode;
  action?: ReactNode;
  /** Read out when it appears; `alert` at once. */
  live?: 'status' | 'alert' | undefined;
  /** Over the full width, without rounded corners. */
  flush?: boolean;
  children?: ReactNode;
}

export function Banner({ tone = 'info', title, icon, action, live, flush = false, children }: BannerProps) {
  const { box, icon: Icon } = tones[tone];
  return (
    <div
      {...(live === undefined ? {} : { role: live })}
      className={cx(
        'flex flex-wrap items-center gap-x-3 gap-y-2 px-4 py-3 text-sm',
        box,
        flush ? 'w-full' : 'rounded-md',
      )}
    >
      <span className="flex min-w-0 flex-1 basis-48 items-start gap-3">
        <span className="mt-px flex [&>svg]:size-4.5">{icon ?? <Icon aria-hidden="true" />}</span>
        <span className="min-w-0 flex-1">
          {title !== undefined && <span className="block font-semibold">{title}</span>}
          {children}
        </span>
      </span>
      {action}
    </div>
  );
}
