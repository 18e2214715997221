import {
  CheckboxButton,
  CheckboxField,
  Label,
  RadioButton,
  RadioField,
  RadioGroup as AriaRadioGroup,
  SwitchButton,
  SwitchField,
  type CheckboxFieldProps,
  type RadioGroupProps as AriaRadioGroupProps,
  type SwitchFieldProps,
} from 'react-aria-components';
import { Check, Minus } from 'lucide-react';
import type { ReactNode } from 'react';
import { cx } from './cx';
import { labelClass } from './field';

const ring = 'group-focus-ring:outline-2 group-focus-ring:outline-offset-2 group-focus-ring:outline-focus';

export interface SwitchProps extends Omit<SwitchFieldProps, 'children' | 'className'> {
  label: string;
  description?: ReactNode;
}

/** A row with a switch at its end. */
export function Switch({ label, description, ...props }: SwitchProps) {
  return (
    <SwitchField {...props}>
      <SwitchButton className="group flex min-h-11 items-center justify-between gap-4 py-2 outline-none disabled:opacity-50">
        <span className="min-w-0">
          <span className="block text-base text-text">{label}</span>
          {description !== undefined && <span className="block text-sm text-muted">{description}</span>}
        </span>
        <span
          className={cx(
            'flex h-6.5 w-11 shrink-0 items-center rounded-full bg-line-strong p-0.75 transition-colors group-selected:bg-accent forced-colors:border',
            ring,
          )}
        >
          <span className="size-5 rounded-full bg-white shadow-low transition-transform group-selected:translate-x-4.5 rtl:group-selected:-translate-x-4.5 forced-colors:bg-[ButtonText]" />
        </span>
      </SwitchButton>
    </SwitchField>
  );
}

export interface CheckboxProps extends Omit<CheckboxFieldProps, 'children' | 'className'> {
  label: ReactNode;
  description?: ReactNode;
}

export function Checkbox({ label, description, ...props }: CheckboxProps) {
  return (
    <CheckboxField {...props}>
      <CheckboxButton className="group flex min-h-11 items-center gap-3 py-2 outline-none disabled:opacity-50">
        {({ isIndeterminate }) => (
          <>
            <span
              className={cx(
                'flex size-5.5 shrink-0 items-center justify-center rounded-sm text-transparent inset-ring-2 inset-ring-line-strong transition-colors',
                'group-selected:bg-accent group-selected:text-on-accent group-selected:inset-ring-accent group-data-[indeterminate]:bg-accent group-data-[indeterminate]:text-on-accent forced-colors:border',
                ring,
              )}
            >
              {isIndeterminate ? (
                <Minus aria-hidden="true" className="size-4" />
              ) : (
                <Check aria-hidden="true" className="size-4" strokeWidth={3} />
              )}
            </span>
            <span className="min-w-0">
              <span className="block text-base text-text">{label}</span>
              {description !== undefined && <span className="block text-sm text-muted">{description}</span>}
            </span>
          </>
        )}
      </CheckboxButton>
    </CheckboxField>
  );
}

export interface Choice<T extends string> {
  value: T;
  label: string;
  description?: string;
  icon?: ReactNode;
  isDisabled?: boolean;
}

export interface ChoiceGroupProps<T extends string> extends Omit<
  AriaRadioGroupProps,
  'children' | 'className' | 'value' | 'defaultValue' | 'onChange'
> {
  label: string;
  hideLabel?: boolean;
  choices: readonly Choice<T>[];
  value: T;
  onChange: (value: T) => void;
}

/** One of several, each on its own row. */
export function RadioGroup<T extends string>({
  label,
  hideLabel = false,
  choices,
  value,
  onChange,
  ...props
}: ChoiceGroupProps<T>) {
  return (
    <AriaRadioGroup
      {...props}
      value={value}
      onChange={(next) => onChange(next as T)}
      {...(hideLabel ? { 'aria-label': label } : {})}
      className="flex flex-col"
    >
      {!hideLabel && <Label className={cx(labelClass, 'mb-1')}>{label}</Label>}
      {choices.map((choice) => (
        <RadioField key={choice.value} value={choice.value} isDisabled={choice.isDisabled === true}>
          <RadioButton className="group flex min-h-11 items-center gap-3 py-2 outline-none disabled:opacity-50">
            <span
              className={cx(
                'size-5.5 shrink-0 rounded-full inset-ring-2 inset-ring-line-strong transition-shadow group-selected:inset-ring-7 group-selected:inset-ring-accent forced-colors:border',
                ring,
              )}
            />
            <span className="min-w-0">
              <span className="block text-base text-text">{choice.label}</span>
              {choice.description !== undefined && (
                <span className="block text-sm text-muted">{choice.description}</span>
              )}
            </span>
          </RadioButton>
        </RadioField>
      ))}
    </AriaRadioGroup>
  );
}

/** One of a few, side by side. */
export function Segmented<T extends string>({
  label,
  hideLabel = false,
  choices,
  value,
  onChange,
  ...props
}: ChoiceGroupProps<T>) {
  return (
    <AriaRadioGroup
      {...props}
      value={value}
      onChange={(next) => onChange(next as T)}
      orientation="horizontal"
      {...(hideLabel ? { 'aria-label': label } : {})}
      className="flex flex-col gap-1.5"
    >
      {!hideLabel && <Label className={labelClass}>{label}</Label>}
      <div className="flex rounded-md bg-sunken p-1">
        {choices.map((choice) => (
          <RadioField key={choice.value} value={choice.value} className="flex flex-1">
            <RadioButton
              className={cx(
                'flex min-h-10 flex-1 items-center justify-center gap-2 rounded-sm px-3 text-sm font-medium text-muted transition-colors pointer-fine:min-h-8',
                'hovered:text-text selected:bg-raised selected:text-text selected:shadow-low selected:inset-ring selected:inset-ring-line',
                'focus-ring:outline-2 focus-ring:outline-focus forced-colors:selected:bg-[Highlight] forced-colors:selected:text-[HighlightText]',
              )}
            >
              {choice.icon}
              <span className="truncate">{choice.label}</span>
            </RadioButton>
          </RadioField>
        ))}
      </div>
    </AriaRadioGroup>
  );
}
