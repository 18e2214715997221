import { useLingui } from '@lingui/react/macro';
import { Fetching } from '../fetching';

/** In the middle of the pane, until all of the file is here; a press on it cancels that. */
export function Loading({
  label,
  value,
  onCancel,
}: {
  label: string;
  value: number | undefined;
  onCancel: () => void;
}) {
  const { t } = useLingui();
  return (
    <span className="absolute">
      <Fetching
        label={label}
        cancel={t`Cancel`}
        value={value}
        size={48}
        onCancel={onCancel}
        className="size-16 bg-black/60"
      />
    </span>
  );
}
