import type { ReactNode } from 'react';
import { useLingui } from '@lingui/react/macro';
import { cx } from '../ui';

export interface FrameProps {
  list: ReactNode;
  pane: ReactNode;
  info?: ReactNode;
  /** Which of them a phone shows. */
  phone: 'list' | 'pane' | 'info';
}

/** One pane on a phone; list and pane from 768 px; with the details beside them from 1200 px. */
export function Frame({ list, pane, info, phone }: FrameProps) {
  const { t } = useLingui();
  const open = info !== undefined && info !== null;
  return (
    <main
      className={cx(
        'grid h-full grid-cols-1 md:grid-cols-[clamp(18rem,34vw,22.5rem)_minmax(0,1fr)]',
        open && 'lg:grid-cols-[clamp(18rem,34vw,22.5rem)_minmax(0,1fr)_minmax(18rem,21rem)]',
      )}
    >
      <section
        aria-label={t`List`}
        className={cx('h-full min-h-0 min-w-0 border-line md:block md:border-e', phone !== 'list' && 'hidden')}
      >
        {list}
      </section>
      {/* Below the third pane's width the details take the pane's place. */}
      <div
        className={cx(
          'h-full min-h-0 min-w-0',
          phone !== 'pane' && 'hidden',
          phone === 'info' && open ? 'lg:block' : 'md:block',
        )}
      >
        {pane}
      </div>
      {open && (
        <section
          aria-label={t`Details`}
          className={cx('h-full min-h-0 min-w-0 border-line lg:block lg:border-s', phone !== 'info' && 'hidden')}
        >
          {info}
        </section>
      )}
    </main>
  );
}
