import { useLingui } from '@lingui/react/macro';
import type { Problem } from '../models/problem';
import { Banner, Button } from '../ui';

/** The sentence of a problem in the person's language. */
export function useProblemText(problem: Problem | undefined): string | undefined {
  const { i18n } = useLingui();
  if (!problem) return undefined;
  return typeof problem.text === 'string' ? problem.text : i18n._(problem.text);
}

/** A problem, read out when it appears, with the retry when that can help. */
export function ProblemBanner({
  problem,
  onRetry,
}: {
  problem: Problem | undefined;
  onRetry?: (() => void) | undefined;
}) {
  const { t } = useLingui();
  const text = useProblemText(problem);
  if (text === undefined || !problem) return null;
  return (
    <Banner
      tone="danger"
      live="alert"
      action={problem.retry && onRetry ? <Button onPress={onRetry}>{t`Try again`}</Button> : undefined}
    >
      {text}
    </Banner>
  );
}
