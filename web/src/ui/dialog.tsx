import { Dialog as AriaDialog, DialogTrigger, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { X } from 'lucide-react';
import { useLingui } from '@lingui/react/macro';
import type { ReactNode } from 'react';
import { BackCloses } from './back';
import { Button, IconButton, type ButtonVariant } from './button';
import { cx } from './cx';

export interface DialogProps {
  title: string;
  isOpen?: boolean;
  onOpenChange?: (open: boolean) => void;
  /** Whether a click beside it or Escape closes it. */
  isDismissable?: boolean;
  role?: 'dialog' | 'alertdialog';
  size?: 'sm' | 'md' | 'lg';
  /** Buttons at the foot, the most important last. */
  actions?: ReactNode;
  children: ReactNode;
}

const sizes = { sm: 'md:max-w-sm', md: 'md:max-w-lg', lg: 'md:max-w-2xl' };

/** A dialog in the middle; on a phone a sheet from the bottom, in reach of the thumb. */
export function Dialog(props: DialogProps) {
  const { title, isOpen, onOpenChange, isDismissable = true, role = 'dialog', size = 'md', actions, children } = props;
  const { t } = useLingui();
  return (
    <ModalOverlay
      {...(isOpen === undefined ? {} : { isOpen })}
      {...(onOpenChange === undefined ? {} : { onOpenChange })}
      isDismissable={isDismissable}
      className="fixed inset-0 z-40 flex items-end justify-center bg-scrim entering:animate-fade md:items-center md:p-6"
    >
      <Modal
        className={cx(
          'flex max-h-[calc(100dvh-2.5rem)] w-full flex-col rounded-t-xl bg-raised text-text shadow-high outline-none',
          'entering:animate-sheet md:max-h-[min(46rem,calc(100dvh-4rem))] md:rounded-xl md:entering:animate-rise forced-colors:border',
          sizes[size],
        )}
      >
        <BackCloses />
        <AriaDialog role={role} className="flex min-h-0 flex-1 flex-col outline-none">
          {({ close }) => (
            <>
              <header className="flex items-start gap-2 px-5 pt-5 pb-2">
                <Heading slot="title" className="min-w-0 flex-1 text-xl font-semibold text-balance">
                  {title}
                </Heading>
                {isDismissable && (
                  <IconButton label={t`Close`} size="sm" onPress={close} className="-me-2 -mt-1">
                    <X aria-hidden="true" className="size-5" />
                  </IconButton>
                )}
              </header>
              <div className="scroller min-h-0 flex-1 px-5 pb-5">{children}</div>
              {actions !== undefined && (
                <footer className="flex flex-col-reverse gap-2 border-t border-line px-5 py-4 pb-[max(1rem,env(safe-area-inset-bottom))] md:flex-row md:justify-end">
                  {actions}
                </footer>
              )}
            </>
          )}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

export interface ConfirmProps {
  title: string;
  children: ReactNode;
  confirm: string;
  variant?: ButtonVariant;
  isOpen: boolean;
  isPending?: boolean;
  onConfirm: () => void;
  onCancel: () => void;
}

/** Asks before something that can't be taken back. */
export function Confirm({
  title,
  children,
  confirm,
  variant = 'danger',
  isOpen,
  isPending = false,
  onConfirm,
  onCancel,
}: ConfirmProps) {
  const { t } = useLingui();
  return (
    <Dialog
      title={title}
      role="alertdialog"
      size="sm"
      isOpen={isOpen}
      isDismissable={false}
      onOpenChange={(open) => {
        if (!open) onCancel();
      }}
      actions={
        <>
          <Button onPress={onCancel}>{t`Cancel`}</Button>
          <Button variant={variant} onPress={onConfirm} isPending={isPending}>
            {confirm}
          </Button>
        </>
      }
    >
      <div className="text-base text-muted">{children}</div>
    </Dialog>
  );
}

export { DialogTrigger };
