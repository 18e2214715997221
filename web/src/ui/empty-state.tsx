import type { ReactNode } from 'react';

/** What is here, why there is nothing, and what to do. */
export function EmptyState({
  icon,
  title,
  children,
  action,
}: {
  icon?: ReactNode;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className="mx-auto flex max-w-sm flex-col items-center gap-3 px-6 py-10 text-center">
      {icon !== undefined && (
        <span className="mb-1 flex size-16 items-center justify-center rounded-full bg-accent-soft text-on-accent-soft [&>svg]:size-7">
          {icon}
        </span>
      )}
      <h2 className="text-lg font-semibold text-balance text-text">{title}</h2>
      {children !== undefined && <div className="text-base text-pretty text-muted">{children}</div>}
      {action !== undefined && <div className="mt-2 flex flex-wrap justify-center gap-2">{action}</div>}
    </div>
  );
}
