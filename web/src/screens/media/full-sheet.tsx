import { useLingui } from '@lingui/react/macro';
import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { BackCloses, IconButton } from '../../ui';

/** A dialog for work that needs room: the whole window of a phone, a large panel on a desk. */
export function FullSheet({
  title,
  onClose,
  end,
  footer,
  children,
}: {
  title: string;
  onClose: () => void;
  /** At the end of the title's row. */
  end?: ReactNode;
  footer?: ReactNode;
  children: ReactNode;
}) {
  const { t } = useLingui();
  return (
    <ModalOverlay
      isOpen
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      className="fixed inset-0 z-40 flex items-end justify-center bg-scrim entering:animate-fade md:items-center md:p-6"
    >
      <Modal className="flex h-dvh w-full flex-col bg-raised text-text outline-none entering:animate-sheet md:h-[min(46rem,calc(100dvh-3rem))] md:max-w-2xl md:overflow-hidden md:rounded-xl md:shadow-high md:entering:animate-rise">
        <BackCloses />
        <Dialog className="flex min-h-0 flex-1 flex-col outline-none">
          <header className="flex items-center gap-1 border-b border-line px-2 py-2 pt-[max(0.5rem,env(safe-area-inset-top))]">
            <IconButton label={t`Close`} onPress={onClose}>
              <X aria-hidden="true" className="size-5" />
            </IconButton>
            <Heading slot="title" className="min-w-0 flex-1 truncate px-1 text-lg font-semibold">
              {title}
            </Heading>
            {end}
          </header>
          <div className="flex min-h-0 flex-1 flex-col">{children}</div>
          {footer !== undefined && (
            <footer className="flex items-center justify-end gap-2 border-t border-line px-4 py-3 pb-[max(0.75rem,env(safe-area-inset-bottom))]">
              {footer}
            </footer>
          )}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
