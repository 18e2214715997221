import { X } from 'lucide-react';
import { Button } from 'react-aria-components';
import { cx, ProgressRing } from '../../ui';

/** A ring that fills while a file comes in; a press on it cancels that. */
export function Fetching({
  label,
  cancel,
  value,
  size,
  onCancel,
  className,
}: {
  label: string;
  /** What a press does, in words. */
  cancel: string;
  value: number | undefined;
  size: number;
  onCancel: () => void;
  className?: string;
}) {
  return (
    <span
      className={cx(
        'relative flex min-h-11 min-w-11 items-center justify-center rounded-full pointer-fine:min-h-10 pointer-fine:min-w-10',
        className,
      )}
    >
      <ProgressRing label={label} value={value} size={size} />
      <Button
        aria-label={cancel}
        onPress={onCancel}
        className="absolute inset-0 flex items-center justify-center rounded-full outline-none focus-ring:outline-2 focus-ring:outline-focus pressed:opacity-70"
      >
        <X aria-hidden="true" className="size-4" />
      </Button>
    </span>
  );
}
