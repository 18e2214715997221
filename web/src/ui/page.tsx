import { ArrowLeft } from 'lucide-react';
import { useLingui } from '@lingui/react/macro';
import { Link } from 'react-aria-components';
import type { ReactNode } from 'react';
import { IconButton } from './button';
import { cx } from './cx';
import { Mark } from './mark';

/** The head of a pane: where one is and the way back. */
export function PaneHeader({
  title,
  subtitle,
  back,
  backOnPhoneOnly = false,
  actions,
}: {
  title: ReactNode;
  subtitle?: ReactNode;
  back?: string;
  backOnPhoneOnly?: boolean;
  actions?: ReactNode;
}) {
  const { t } = useLingui();
  return (
    <header className="flex min-h-15 shrink-0 items-center gap-1 border-b border-line bg-surface px-2 pt-[env(safe-area-inset-top)]">
      {back !== undefined && (
        <Link
          href={back}
          aria-label={t`Back`}
          className={cx(
            'flex size-11 shrink-0 items-center justify-center rounded-full text-muted hovered:bg-hover hovered:text-text focus-ring:outline-2 focus-ring:outline-focus',
            backOnPhoneOnly && 'md:hidden',
          )}
        >
          <ArrowLeft aria-hidden="true" className="size-5 rtl:-scale-x-100" />
        </Link>
      )}
      <div className="min-w-0 flex-1 px-2">
        <h1 className="truncate text-lg font-semibold">{title}</h1>
        {subtitle !== undefined && <p className="truncate text-sm text-muted">{subtitle}</p>}
      </div>
      {actions}
    </header>
  );
}

/** A pane with a head and a column of readable width that scrolls. */
export function PanePage({
  children,
  ...head
}: {
  title: string;
  back?: string;
  backOnPhoneOnly?: boolean;
  actions?: ReactNode;
  children: ReactNode;
}) {
  return (
    <div className="flex h-full min-h-0 flex-col bg-canvas">
      <PaneHeader {...head} />
      {/* Pages of text alone are scrolled by keyboard, too. */}
      <div
        role="region"
        aria-label={head.title}
        tabIndex={0}
        className="scroller min-h-0 flex-1 focus-visible:-outline-offset-2"
      >
        <div className="mx-auto flex max-w-2xl flex-col gap-6 px-4 py-6 pb-[max(2rem,env(safe-area-inset-bottom))]">
          {children}
        </div>
      </div>
    </div>
  );
}

/** A step that has the whole window: joining, unlocking, failures. */
export function FullPage({
  title,
  lead,
  icon,
  onBack,
  children,
  footer,
}: {
  title: string;
  lead?: ReactNode;
  icon?: ReactNode;
  onBack?: (() => void) | undefined;
  children?: ReactNode;
  footer?: ReactNode;
}) {
  const { t } = useLingui();
  return (
    <main className="scroller h-full bg-surface md:bg-canvas">
      <div className="flex min-h-full flex-col md:items-center md:justify-center md:p-8">
        <div className="flex w-full flex-1 flex-col px-6 pt-[max(1rem,env(safe-area-inset-top))] pb-[max(1.5rem,env(safe-area-inset-bottom))] md:max-w-md md:flex-none md:rounded-xl md:bg-surface md:p-9 md:shadow-mid">
          <div className="flex h-12 items-center">
            {onBack && (
              <IconButton label={t`Back`} onPress={onBack} className="-ms-3">
                <ArrowLeft aria-hidden="true" className="size-5 rtl:-scale-x-100" />
              </IconButton>
            )}
          </div>
          <div className="flex flex-1 flex-col gap-6 md:flex-none">
            <header className="flex flex-col gap-3">
              {icon === undefined ? (
                <Mark className="mb-2 size-14" />
              ) : (
                <span className="mb-2 flex size-14 items-center justify-center rounded-[30%] bg-accent-soft text-on-accent-soft [&>svg]:size-7">
                  {icon}
                </span>
              )}
              <h1 className="text-2xl font-semibold text-balance">{title}</h1>
              {lead !== undefined && <div className="text-base text-pretty text-muted">{lead}</div>}
            </header>
            {children}
          </div>
          {footer !== undefined && <footer className="mt-8 flex flex-col gap-2">{footer}</footer>}
        </div>
      </div>
    </main>
  );
}
