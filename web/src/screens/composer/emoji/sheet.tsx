import { lazy, Suspense } from 'react';
import { DismissButton } from 'react-aria';
import { Dialog as AriaDialog, Modal, ModalOverlay } from 'react-aria-components';
import { BackCloses } from '../../../ui';

const EmojiPicker = lazy(() => import('./picker').then((part) => ({ default: part.EmojiPicker })));

/** The emoji, loaded when they are wanted. */
export function EmojiPanel({
  label,
  searching,
  onPick,
}: {
  label: string;
  /** The cursor waits in the search field; a touch keyboard would cover half of what there is. */
  searching: boolean;
  onPick: (emoji: string) => void;
}) {
  return (
    <AriaDialog aria-label={label} className="flex justify-center outline-none">
      <Suspense fallback={<div className="h-96 w-86 max-w-full" />}>
        <EmojiPicker searching={searching} onPick={onPick} />
      </Suspense>
    </AriaDialog>
  );
}

/** The emoji over everything: from below on a phone, in the middle elsewhere. */
export function EmojiSheet({
  label,
  searching,
  onPick,
  onClose,
}: {
  label: string;
  searching: boolean;
  onPick: (emoji: string) => void;
  onClose: () => void;
}) {
  return (
    <ModalOverlay
      isOpen
      isDismissable
      onOpenChange={(isOpen) => {
        if (!isOpen) onClose();
      }}
      className="fixed inset-0 z-40 flex items-end justify-center bg-scrim entering:animate-fade md:items-center"
    >
      <Modal className="rounded-t-xl bg-raised pb-[env(safe-area-inset-bottom)] text-text shadow-high entering:animate-sheet max-md:w-full md:rounded-lg md:entering:animate-rise">
        <BackCloses />
        <EmojiPanel label={label} searching={searching} onPick={onPick} />
        <DismissButton onDismiss={onClose} />
      </Modal>
    </ModalOverlay>
  );
}
