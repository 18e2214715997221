import { Button, Link } from 'react-aria-components';
import { ChevronRight } from 'lucide-react';
import type { ReactNode } from 'react';
import { cx } from './cx';

export interface ListRowProps {
  start?: ReactNode;
  title: ReactNode;
  subtitle?: ReactNode;
  end?: ReactNode;
  /** Where it leads; then the row is a link. */
  href?: string;
  /** What it does; then the row is a button. */
  onPress?: () => void;
  isSelected?: boolean;
  danger?: boolean;
  /** Shows that something opens. */
  chevron?: boolean;
}

const rowClass = 'flex min-h-14 w-full items-center gap-3 px-4 py-2.5 text-start';
const liveClass =
  'transition-colors outline-none hovered:bg-hover pressed:bg-pressed focus-ring:outline-2 focus-ring:-outline-offset-2 focus-ring:outline-focus';

/** A row of a list: something at its start, one or two lines, something at its end. */
export function ListRow({
  start,
  title,
  subtitle,
  end,
  href,
  onPress,
  isSelected = false,
  danger = false,
  chevron = false,
}: ListRowProps) {
  const content = (
    <>
      {start}
      {/* Accents piled on each other stay inside of their own row. */}
      <span className="min-w-0 flex-1 overflow-clip">
        <span className={cx('block text-base', danger ? 'text-danger-text' : 'text-text')}>{title}</span>
        {subtitle !== undefined && <span className="block text-sm text-muted">{subtitle}</span>}
      </span>
      {end}
      {chevron && <ChevronRight aria-hidden="true" className="size-4.5 shrink-0 text-faint rtl:-scale-x-100" />}
    </>
  );
  const look = cx(rowClass, liveClass, isSelected && 'bg-selected');
  if (href !== undefined)
    return (
      <Link href={href} className={look} {...(isSelected ? { 'aria-current': 'page' as const } : {})}>
        {content}
      </Link>
    );
  if (onPress !== undefined)
    return (
      <Button onPress={onPress} className={look}>
        {content}
      </Button>
    );
  return <div className={rowClass}>{content}</div>;
}

/** Rows that belong together, under a heading. */
export function Section({
  title,
  description,
  children,
  flush = false,
}: {
  title?: string;
  description?: ReactNode;
  children: ReactNode;
  flush?: boolean;
}) {
  return (
    <section className="flex flex-col gap-2">
      {title !== undefined && <h2 className="px-1 text-sm font-semibold text-muted">{title}</h2>}
      <div
        className={cx(
          'overflow-hidden rounded-lg bg-surface inset-ring inset-ring-line',
          flush ? 'divide-y divide-line' : 'flex flex-col gap-4 p-4',
        )}
      >
        {children}
      </div>
      {description !== undefined && <p className="px-1 text-sm text-muted">{description}</p>}
    </section>
  );
}
