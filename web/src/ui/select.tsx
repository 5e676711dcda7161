import { Select as Base } from '@base-ui/react/select';
import { Check, ChevronsUpDown } from 'lucide-react';
import type { ReactNode } from 'react';

import { cx } from '@/lib/cx';

import { popupLook, rowLook } from './look';

export interface Option<Value extends string> {
  value: Value;
  label: ReactNode;
  hint?: ReactNode;
}

export interface SelectProps<Value extends string> {
  label: string;
  value: Value;
  options: readonly Option<Value>[];
  onChange: (value: Value) => void;
  labelHidden?: boolean;
  disabled?: boolean;
}

/** One of a few. For many, or for several, use the combobox. */
export function Select<Value extends string>({ label, value, options, onChange, labelHidden, disabled }: SelectProps<Value>) {
  return (
    <Base.Root value={value} onValueChange={(next) => next !== null && onChange(next)} items={options} disabled={disabled}>
      <div className="flex flex-col gap-1.5">
        <Base.Label className={labelHidden ? 'sr-only' : 'text-small font-medium text-ink2'}>{label}</Base.Label>
        <Base.Trigger
          className={cx(
            'flex h-control max-tablet:h-11 w-full items-center justify-between gap-2 rounded-control border border-edge bg-surface px-3 text-control text-ink hover:bg-hover disabled:opacity-60',
          )}
        >
          <Base.Value className="truncate" />
          <Base.Icon>
            <ChevronsUpDown aria-hidden="true" className="size-3.5 text-ink3" />
          </Base.Icon>
        </Base.Trigger>
      </div>
      <Base.Portal>
        <Base.Positioner sideOffset={4} alignItemWithTrigger={false} className="z-50 outline-none">
          <Base.Popup className={cx(popupLook, 'min-w-(--anchor-width)')}>
            <Base.List className="scroll-slim max-h-(--available-height) overflow-y-auto">
              {options.map((option) => (
                <Base.Item key={option.value} value={option.value} className={rowLook}>
                  <span className="flex w-4 shrink-0 justify-center">
                    <Base.ItemIndicator>
                      <Check aria-hidden="true" className="size-3.5 text-signal" />
                    </Base.ItemIndicator>
                  </span>
                  <Base.ItemText className="grow">{option.label}</Base.ItemText>
                  {option.hint && <span className="text-small text-ink3">{option.hint}</span>}
                </Base.Item>
              ))}
            </Base.List>
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
