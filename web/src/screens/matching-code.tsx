import { useLingui } from '@lingui/react/macro';
import { Skeleton } from '../ui';

/** Six digits that both devices show. */
export function MatchingCode({ code }: { code: string | undefined }) {
  const { t } = useLingui();
  return (
    <div className="flex flex-col items-center gap-1">
      <p className="text-sm text-muted">{t`Number on both devices`}</p>
      {code === undefined ? (
        <Skeleton className="h-10 w-44" />
      ) : (
        <p dir="ltr" className="font-mono text-3xl font-semibold tracking-widest tabular-nums">
          {`${code.slice(0, 3)} ${code.slice(3)}`}
        </p>
      )}
    </div>
  );
}
