import {
  Menu as AriaMenu,
  Modal,
  ModalOverlay,
  Popover as AriaPopover,
  Dialog as AriaDialog,
} from 'react-aria-components';
import { useEffect, useRef, useSyncExternalStore, type ReactNode } from 'react';
import { BackCloses } from './back';
import { cx } from './cx';
import { popoverClass } from './menu';
import { toasts } from './toasts';

function useMedia(condition: string): boolean {
  return useSyncExternalStore(
    (listener) => {
      const query = matchMedia(condition);
      query.addEventListener('change', listener);
      return () => query.removeEventListener('change', listener);
    },
    () => matchMedia(condition).matches,
  );
}

/** Whether fingers are what points: then Enter makes a new line. */
export const useCoarsePointer = (): boolean => useMedia('(pointer: coarse)');

/** Whether panels come from below: for fingers, and where there is no room beside anything, as at 400 % zoom. */
export const useSheets = (): boolean => useMedia('(pointer: coarse), (max-height: 30rem)');

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface ActionMenuProps {
  label: string;
  /** Where it was asked for; closed when there is none. */
  at: Point | null;
  onClose: () => void;
  /** Above the items, such as quick reactions. */
  header?: ReactNode;
  children: ReactNode;
}

/** What can be done with a thing: beside the pointer, or as a sheet within the thumb's reach. */
export function ActionMenu({ label, at, onClose, header, children }: ActionMenuProps) {
  const anchor = useRef<HTMLSpanElement>(null);
  const sheets = useSheets();
  const open = at !== null;
  useEffect(() => {
    if (open) toasts.makeRoom();
  }, [open]);
  const change = (isOpen: boolean) => {
    if (!isOpen) onClose();
  };
  const menu = (
    <AriaMenu aria-label={label} autoFocus="first" onClose={onClose} className="p-1.5 outline-none">
      {children}
    </AriaMenu>
  );
  if (sheets)
    return (
      <ModalOverlay
        isOpen={open}
        onOpenChange={change}
        isDismissable
        className="fixed inset-0 z-40 flex items-end bg-scrim entering:animate-fade"
      >
        <Modal className="flex max-h-[calc(100dvh-1rem)] w-full flex-col rounded-t-xl bg-raised pb-[env(safe-area-inset-bottom)] text-text shadow-high entering:animate-sheet forced-colors:border">
          <BackCloses />
          <AriaDialog aria-label={label} className="scroller min-h-0 outline-none">
            <span aria-hidden="true" className="mx-auto mt-2 block h-1 w-9 rounded-full bg-line-strong/50" />
            {header}
            {menu}
          </AriaDialog>
        </Modal>
      </ModalOverlay>
    );
  return (
    <>
      <span
        ref={anchor}
        aria-hidden="true"
        className="pointer-events-none fixed size-0"
        style={{ insetInlineStart: 0, left: at?.x ?? 0, top: at?.y ?? 0 }}
      />
      <AriaPopover
        triggerRef={anchor}
        isOpen={open}
        onOpenChange={change}
        placement="bottom start"
        offset={2}
        className={cx(popoverClass, 'min-w-56')}
      >
        <AriaDialog aria-label={label} className="outline-none">
          {header}
          {menu}
        </AriaDialog>
      </AriaPopover>
    </>
  );
}
