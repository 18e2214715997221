import { CircleAlert, CircleCheck, X } from 'lucide-react';
import { useLingui } from '@lingui/react/macro';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { Button as AriaButton } from 'react-aria-components';
import { cx } from './cx';
import { toasts, type Toast } from './toasts';

const SHOWN_MS = 6000;

function Item({ toast }: { toast: Toast }) {
  const { t } = useLingui();
  const [held, setHeld] = useState(false);
  const stays = toast.stays === true || held;
  useEffect(() => {
    if (stays) return;
    const timer = setTimeout(() => toasts.close(toast.id), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [stays, toast.id]);
  const Icon = toast.tone === 'danger' ? CircleAlert : CircleCheck;
  return (
    // Hovering or focusing only holds the toast; nothing is reached by it that isn't reached otherwise.
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions
    <div
      onPointerEnter={(event) => setHeld(event.pointerType === 'mouse')}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
      className="pointer-events-auto flex max-w-full min-w-0 animate-rise items-center gap-2 rounded-md bg-inverse py-1 ps-4 pe-1 text-sm text-on-inverse shadow-high md:max-w-md"
    >
      {toast.tone !== undefined && <Icon aria-hidden="true" className="size-4.5 shrink-0" />}
      <span className="min-w-0 flex-1 overflow-clip py-2 wrap-anywhere">{toast.text}</span>
      {toast.action !== undefined && (
        <AriaButton
          onPress={() => {
            toast.action?.run();
            toasts.close(toast.id);
          }}
          className={cx(
            'min-h-11 rounded-sm px-3 font-semibold text-inverse-accent outline-inverse-accent pointer-fine:min-h-9',
          )}
        >
          {toast.action.label}
        </AriaButton>
      )}
      <AriaButton
        aria-label={t`Dismiss`}
        onPress={() => toasts.close(toast.id)}
        className="flex size-11 items-center justify-center rounded-sm outline-inverse-accent pointer-fine:size-9"
      >
        <X aria-hidden="true" className="size-4" />
      </AriaButton>
    </div>
  );
}

/** Once per page; above what is needed at the bottom: the field to write in, the button for a new conversation. The live region is always there, so that what appears in it is read out. */
export function ToastRegion() {
  const list = useSyncExternalStore(toasts.subscribe, toasts.getSnapshot);
  return (
    <div
      role="status"
      aria-live="polite"
      data-react-aria-top-layer="true"
      className="pointer-events-none fixed inset-x-0 bottom-0 z-50 flex flex-col items-center gap-2 p-4 pb-[calc(5rem+env(safe-area-inset-bottom))]"
    >
      {list.map((toast) => (
        <Item key={toast.id} toast={toast} />
      ))}
    </div>
  );
}
