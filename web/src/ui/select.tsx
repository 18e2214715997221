import {
  Button,
  ComboBox as AriaComboBox,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  Select as AriaSelect,
  SelectValue,
  type Key,
} from 'react-aria-components';
import { Check, ChevronDown } from 'lucide-react';
import { useLingui } from '@lingui/react/macro';
import type { ReactNode } from 'react';
import { cx } from './cx';
import { FieldNotes, inputClass, labelClass } from './field';
import { popoverClass, menuItemClass } from './menu';

export interface Option<T extends string> {
  value: T;
  label: string;
  description?: string;
  icon?: ReactNode;
}

function Items<T extends string>({ options }: { options: readonly Option<T>[] }) {
  const { t } = useLingui();
  return (
    <ListBox
      className="scroller max-h-80 p-1.5 outline-none"
      renderEmptyState={() => <p className="p-3 text-sm text-muted">{t`Nothing found`}</p>}
    >
      {options.map((option) => (
        <ListBoxItem
          key={option.value}
          id={option.value}
          textValue={option.label}
          className={cx(menuItemClass, 'group')}
        >
          {option.icon}
          <span className="min-w-0 flex-1">
            <span className="block truncate">{option.label}</span>
            {option.description !== undefined && (
              <span className="block truncate text-sm text-muted">{option.description}</span>
            )}
          </span>
          <Check aria-hidden="true" className="invisible size-4.5 text-accent-text group-selected:visible" />
        </ListBoxItem>
      ))}
    </ListBox>
  );
}

export interface SelectProps<T extends string> {
  label: string;
  hideLabel?: boolean;
  description?: ReactNode;
  error?: ReactNode;
  options: readonly Option<T>[];
  value: T;
  onChange: (value: T) => void;
  isDisabled?: boolean;
}

export function Select<T extends string>(props: SelectProps<T>) {
  const { label, hideLabel = false, description, error, options, value, onChange, isDisabled = false } = props;
  return (
    <AriaSelect
      value={value}
      onChange={(key: Key | null) => {
        if (key !== null) onChange(key as T);
      }}
      isDisabled={isDisabled}
      isInvalid={error !== undefined}
      {...(hideLabel ? { 'aria-label': label } : {})}
      className="flex flex-col gap-1.5"
    >
      {!hideLabel && <Label className={labelClass}>{label}</Label>}
      <Button
        className={cx(
          inputClass,
          'flex items-center justify-between gap-2 text-start focus-ring:inset-ring-2 focus-ring:inset-ring-focus',
        )}
      >
        <SelectValue className="min-w-0 flex-1 truncate [&_[slot=description]]:hidden">
          {({ selectedText }) => selectedText}
        </SelectValue>
        <ChevronDown aria-hidden="true" className="size-4.5 shrink-0 text-muted" />
      </Button>
      <FieldNotes description={description} error={error} />
      <Popover className={cx(popoverClass, 'w-(--trigger-width)')}>
        <Items options={options} />
      </Popover>
    </AriaSelect>
  );
}

export interface ComboBoxProps<T extends string> {
  label: string;
  hideLabel?: boolean;
  description?: ReactNode;
  placeholder?: string;
  options: readonly Option<T>[];
  value?: T | null;
  onChange: (value: T | null) => void;
}

/** A field with suggestions; what is typed filters them. */
export function ComboBox<T extends string>({
  label,
  hideLabel = false,
  description,
  placeholder,
  options,
  value,
  onChange,
}: ComboBoxProps<T>) {
  const { t } = useLingui();
  return (
    <AriaComboBox
      {...(value === undefined ? {} : { value })}
      onChange={(key: Key | null) => onChange(key as T | null)}
      allowsEmptyCollection
      {...(hideLabel ? { 'aria-label': label } : {})}
      className="flex flex-col gap-1.5"
    >
      {!hideLabel && <Label className={labelClass}>{label}</Label>}
      <div className="relative">
        <Input {...(placeholder === undefined ? {} : { placeholder })} dir="auto" className={cx(inputClass, 'pe-11')} />
        <Button
          aria-label={t`Suggestions`}
          className="absolute inset-y-0 end-0 my-auto flex size-11 items-center justify-center text-muted hovered:text-text"
        >
          <ChevronDown aria-hidden="true" className="size-4.5" />
        </Button>
      </div>
      <FieldNotes description={description} />
      <Popover className={cx(popoverClass, 'w-(--trigger-width)')}>
        <Items options={options} />
      </Popover>
    </AriaComboBox>
  );
}
