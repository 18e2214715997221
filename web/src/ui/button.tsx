import { Button as AriaButton, composeRenderProps, type ButtonProps as AriaButtonProps } from 'react-aria-components';
import type { ReactNode } from 'react';
import { cx } from './cx';
import { Spinner } from './progress';

export type ButtonVariant = 'primary' | 'secondary' | 'quiet' | 'danger' | 'danger-quiet';

const variants: Record<ButtonVariant, string> = {
  primary: 'bg-accent text-on-accent hovered:bg-accent-hover pressed:bg-accent-pressed',
  secondary:
    'bg-surface text-text inset-ring inset-ring-line-strong/60 hovered:bg-hover pressed:bg-pressed hovered:inset-ring-line-strong',
  quiet: 'text-accent-text hovered:bg-hover pressed:bg-pressed',
  danger: 'bg-danger text-on-danger hovered:bg-danger-hover pressed:bg-danger-pressed',
  'danger-quiet': 'text-danger-text hovered:bg-hover pressed:bg-pressed',
};

const shared =
  'relative inline-flex shrink-0 items-center justify-center font-medium transition-colors select-none ' +
  'disabled:opacity-45 forced-colors:border';

export interface ButtonProps extends Omit<AriaButtonProps, 'children'> {
  variant?: ButtonVariant;
  /** Over the whole width of its place. */
  wide?: boolean;
  icon?: ReactNode;
  children: ReactNode;
}

export function Button({ variant = 'secondary', wide = false, icon, children, className, ...props }: ButtonProps) {
  return (
    <AriaButton
      {...props}
      className={composeRenderProps(className, (own) =>
        cx(
          shared,
          'min-h-11 gap-2 rounded-md px-4 text-base pointer-fine:min-h-10',
          variants[variant],
          wide && 'w-full',
          own,
        ),
      )}
    >
      {props.isPending === true ? <Spinner size="sm" /> : icon}
      <span className="min-w-0 py-2 text-center">{children}</span>
    </AriaButton>
  );
}

export interface IconButtonProps extends Omit<AriaButtonProps, 'children' | 'aria-label'> {
  /** Name for screen readers; pair it with a Tooltip. */
  label: string;
  children: ReactNode;
  variant?: 'quiet' | 'primary' | 'secondary' | 'overlay';
  size?: 'sm' | 'md';
  /** On, for buttons that switch something. */
  active?: boolean;
}

const iconVariants = {
  quiet: 'text-muted hovered:bg-hover hovered:text-text pressed:bg-pressed',
  primary: 'bg-accent text-on-accent hovered:bg-accent-hover pressed:bg-accent-pressed',
  secondary: 'bg-surface text-text inset-ring inset-ring-line-strong/60 hovered:bg-hover pressed:bg-pressed',
  overlay: 'bg-black/45 text-white hovered:bg-black/60 pressed:bg-black/70',
};

/** A button that is only an icon: at least 44 px on touch screens. */
export function IconButton({
  label,
  children,
  variant = 'quiet',
  size = 'md',
  active = false,
  className,
  ...props
}: IconButtonProps) {
  return (
    <AriaButton
      {...props}
      aria-label={label}
      className={composeRenderProps(className, (own) =>
        cx(
          shared,
          'rounded-full',
          size === 'md' ? 'size-11 pointer-fine:size-10' : 'size-11 pointer-fine:size-8',
          active ? 'bg-accent-soft text-on-accent-soft' : iconVariants[variant],
          own,
        ),
      )}
    >
      {children}
    </AriaButton>
  );
}
