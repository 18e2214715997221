import {
  FieldError,
  Input,
  Label,
  SearchField as AriaSearchField,
  Text,
  TextArea as AriaTextArea,
  TextField as AriaTextField,
  Button as AriaButton,
  type SearchFieldProps as AriaSearchFieldProps,
  type TextFieldProps as AriaTextFieldProps,
} from 'react-aria-components';
import { Eye, EyeOff, Search, X } from 'lucide-react';
import { useLingui } from '@lingui/react/macro';
import { useState, type ReactNode, type Ref } from 'react';
import { cx } from './cx';

export const inputClass =
  'min-h-11 w-full min-w-0 rounded-md bg-surface px-3 text-base text-text inset-ring inset-ring-line-strong outline-none ' +
  'transition-shadow focus:inset-ring-2 focus:inset-ring-focus invalid:inset-ring-danger disabled:opacity-50 forced-colors:border';

export const labelClass = 'text-sm font-medium text-text';

/** What stands under a field: its help, or what is wrong. */
export function FieldNotes({ description, error }: { description?: ReactNode; error?: ReactNode }) {
  return (
    <>
      {description !== undefined && error === undefined && (
        <Text slot="description" className="text-sm text-muted">
          {description}
        </Text>
      )}
      <FieldError className="text-sm text-danger-text">{error}</FieldError>
    </>
  );
}

export interface TextFieldProps extends Omit<AriaTextFieldProps, 'children' | 'className'> {
  label: string;
  hideLabel?: boolean;
  description?: ReactNode;
  error?: ReactNode;
  placeholder?: string;
  className?: string;
  inputRef?: Ref<HTMLInputElement>;
  monospace?: boolean;
}

export function TextField(props: TextFieldProps) {
  const { label, hideLabel, description, error, placeholder, className, inputRef, monospace, ...rest } = props;
  return (
    <AriaTextField
      {...rest}
      {...(hideLabel === true ? { 'aria-label': label } : {})}
      isInvalid={error !== undefined || rest.isInvalid === true}
      className={cx('flex flex-col gap-1.5', className)}
    >
      {hideLabel !== true && <Label className={labelClass}>{label}</Label>}
      <Input
        {...(inputRef === undefined ? {} : { ref: inputRef })}
        {...(placeholder === undefined ? {} : { placeholder })}
        dir="auto"
        className={cx(inputClass, monospace === true && 'font-mono text-sm')}
      />
      <FieldNotes description={description} error={error} />
    </AriaTextField>
  );
}

export interface TextAreaProps extends Omit<TextFieldProps, 'inputRef'> {
  rows?: number;
  inputRef?: Ref<HTMLTextAreaElement>;
}

export function TextArea(props: TextAreaProps) {
  const {
    label,
    hideLabel,
    description,
    error,
    placeholder,
    className,
    inputRef,
    monospace,
    rows = 3,
    ...rest
  } = props;
  return (
    <AriaTextField
      {...rest}
      {...(hideLabel === true ? { 'aria-label': label } : {})}
      isInvalid={error !== undefined || rest.isInvalid === true}
      className={cx('flex flex-col gap-1.5', className)}
    >
      {hideLabel !== true && <Label className={labelClass}>{label}</Label>}
      <AriaTextArea
        {...(inputRef === undefined ? {} : { ref: inputRef })}
        {...(placeholder === undefined ? {} : { placeholder })}
        rows={rows}
        dir="auto"
        className={cx(inputClass, 'scroller resize-none py-2.5', monospace === true && 'font-mono text-sm break-all')}
      />
      <FieldNotes description={description} error={error} />
    </AriaTextField>
  );
}

export interface SearchFieldProps extends Omit<AriaSearchFieldProps, 'children' | 'className'> {
  label: string;
  placeholder?: string;
  className?: string;
  inputRef?: Ref<HTMLInputElement>;
}

export function SearchField({ label, placeholder, className, inputRef, ...rest }: SearchFieldProps) {
  const { t } = useLingui();
  return (
    <AriaSearchField {...rest} aria-label={label} className={cx('group relative', className)}>
      <Search
        aria-hidden="true"
        className="pointer-events-none absolute inset-y-0 start-3 my-auto size-4.5 text-faint"
      />
      <Input
        {...(inputRef === undefined ? {} : { ref: inputRef })}
        placeholder={placeholder ?? label}
        dir="auto"
        className="min-h-11 w-full rounded-full bg-sunken ps-10 pe-10 text-base text-text outline-none focus:inset-ring-2 focus:inset-ring-focus pointer-fine:min-h-10 forced-colors:border [&::-webkit-search-cancel-button]:hidden"
      />
      <AriaButton
        aria-label={t`Clear`}
        className="absolute inset-y-0 end-1 my-auto flex size-9 items-center justify-center rounded-full text-muted group-data-[empty]:hidden hovered:text-text"
      >
        <X aria-hidden="true" className="size-4" />
      </AriaButton>
    </AriaSearchField>
  );
}

export interface PinFieldProps extends Omit<
  TextFieldProps,
  'inputRef' | 'type' | 'placeholder' | 'hideLabel' | 'monospace'
> {
  /** A new PIN is being chosen: password managers are told. */
  isNew?: boolean;
  inputRef?: Ref<HTMLInputElement>;
}

/** Digits only, hidden, with a button that shows them. */
export function PinField({
  label,
  description,
  error,
  className,
  isNew = false,
  onChange,
  inputRef,
  ...rest
}: PinFieldProps) {
  const { t } = useLingui();
  const [shown, setShown] = useState(false);
  return (
    <AriaTextField
      {...rest}
      type={shown ? 'text' : 'password'}
      inputMode="numeric"
      autoComplete={isNew ? 'new-password' : 'current-password'}
      pattern="[0-9]*"
      maxLength={32}
      validationBehavior="aria"
      isInvalid={error !== undefined}
      onChange={(value) => onChange?.(digitsOnly(value))}
      className={cx('flex flex-col gap-1.5', className)}
    >
      <Label className={labelClass}>{label}</Label>
      <span className="relative block">
        <Input
          {...(inputRef === undefined ? {} : { ref: inputRef })}
          dir="ltr"
          className={cx(inputClass, 'pe-12 text-center text-xl tracking-[0.35em] tabular-nums')}
        />
        <AriaButton
          aria-label={shown ? t`Hide the PIN` : t`Show the PIN`}
          onPress={() => setShown(!shown)}
          className="absolute inset-y-0 end-0 my-auto flex size-11 items-center justify-center rounded-md text-muted hovered:text-text"
        >
          {shown ? <EyeOff aria-hidden="true" className="size-5" /> : <Eye aria-hidden="true" className="size-5" />}
        </AriaButton>
      </span>
      <FieldNotes description={description} error={error} />
    </AriaTextField>
  );
}

/** ASCII digits of what was typed; digits of other scripts count as what they stand for. */
export function digitsOnly(value: string): string {
  return Array.from(value)
    .map((char) => {
      if (char >= '0' && char <= '9') return char;
      const point = char.codePointAt(0) ?? 0;
      // Arabic-Indic, extended Arabic-Indic, Devanagari and fullwidth digits, as phone keyboards give them.
      for (const zero of [0x660, 0x6f0, 0x966, 0xff10])
        if (point >= zero && point <= zero + 9) return String(point - zero);
      return '';
    })
    .join('');
}
