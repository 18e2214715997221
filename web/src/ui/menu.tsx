import {
  Header,
  Keyboard,
  Menu as AriaMenu,
  MenuItem as AriaMenuItem,
  MenuSection as AriaMenuSection,
  MenuTrigger,
  Popover as AriaPopover,
  Separator,
  SubmenuTrigger,
  type MenuItemProps as AriaMenuItemProps,
  type MenuProps as AriaMenuProps,
  type MenuSectionProps,
  type PopoverProps as AriaPopoverProps,
} from 'react-aria-components';
import { Check, ChevronRight } from 'lucide-react';
import type { ReactNode } from 'react';
import { BackCloses } from './back';
import { cx } from './cx';

export const popoverClass =
  'scroller rounded-lg bg-raised text-text shadow-mid inset-ring inset-ring-line outline-none entering:animate-rise forced-colors:border';

export const menuItemClass =
  'flex min-h-11 items-center gap-3 rounded-sm px-3 py-1.5 text-base text-text outline-none select-none pointer-fine:min-h-9 ' +
  'focused:bg-hover pressed:bg-pressed disabled:opacity-45 forced-colors:focused:bg-[Highlight] forced-colors:focused:text-[HighlightText]';

export interface PopoverProps extends Omit<AriaPopoverProps, 'className'> {
  className?: string;
}

/** A panel beside its trigger; inside a `DialogTrigger` or `MenuTrigger`. */
export function Popover({ className, children, ...props }: PopoverProps) {
  return (
    <AriaPopover offset={6} {...props} className={cx(popoverClass, className)}>
      {(values) => (
        <>
          <BackCloses />
          {typeof children === 'function' ? children(values) : children}
        </>
      )}
    </AriaPopover>
  );
}

export interface MenuProps<T extends object> extends Omit<AriaMenuProps<T>, 'className'> {
  placement?: AriaPopoverProps['placement'];
}

/** The menu with its popover; put it in a `MenuTrigger` after the button. */
export function Menu<T extends object>({ placement = 'bottom end', ...props }: MenuProps<T>) {
  return (
    <Popover placement={placement} className="min-w-52">
      <AriaMenu {...props} className="scroller max-h-[70dvh] p-1.5 outline-none" />
    </Popover>
  );
}

export interface MenuItemProps extends Omit<AriaMenuItemProps, 'children' | 'className'> {
  icon?: ReactNode;
  shortcut?: string;
  /** Can't be taken back. */
  danger?: boolean;
  children: string;
}

export function MenuItem({ icon, shortcut, danger = false, children, ...props }: MenuItemProps) {
  return (
    <AriaMenuItem textValue={children} {...props} className={cx(menuItemClass, 'group', danger && 'text-danger-text!')}>
      {({ hasSubmenu, selectionMode, isSelected }) => (
        <>
          {icon !== undefined && <span className={cx('flex [&>svg]:size-4.5', !danger && 'text-muted')}>{icon}</span>}
          <span className="flex-1">{children}</span>
          {shortcut !== undefined && <Keyboard className="text-sm text-faint">{shortcut}</Keyboard>}
          {selectionMode !== 'none' && (
            <Check aria-hidden="true" className={cx('size-4.5 text-accent-text', !isSelected && 'invisible')} />
          )}
          {hasSubmenu && <ChevronRight aria-hidden="true" className="size-4.5 text-muted rtl:-scale-x-100" />}
        </>
      )}
    </AriaMenuItem>
  );
}

export function MenuSection<T extends object>({
  title,
  children,
  ...props
}: Omit<MenuSectionProps<T>, 'children'> & { title?: string; children: ReactNode }) {
  return (
    <AriaMenuSection {...props}>
      {title !== undefined && <Header className="px-3 pt-2 pb-1 text-xs font-semibold text-muted">{title}</Header>}
      {children}
    </AriaMenuSection>
  );
}

export function MenuSeparator() {
  return <Separator className="mx-3 my-1.5 h-px border-0 bg-line" />;
}

export { MenuTrigger, SubmenuTrigger };
