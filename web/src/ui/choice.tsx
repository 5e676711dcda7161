import { type ReactNode, useId } from 'react';

import { cx } from '@/lib/cx';

export interface ChoiceProps<Value extends string> {
  label: ReactNode;
  labelHidden?: boolean;
  hint?: ReactNode;
  value: Value;
  options: readonly { value: Value; label: ReactNode; lang?: string }[];
  onChange: (value: Value) => void;
}

/** One of a few, all of them shown. */
export function Choice<Value extends string>({ label, labelHidden, hint, value, options, onChange }: ChoiceProps<Value>) {
  const name = useId();
  return (
    <fieldset className="flex min-w-0 flex-col gap-1.5">
      <legend className={labelHidden ? 'sr-only' : 'mb-1.5 text-small font-medium text-ink2'}>{label}</legend>
      <div className="flex w-fit max-w-full flex-wrap gap-0.5 rounded-control border border-edge bg-surface p-0.5">
        {options.map((option) => (
          <label key={option.value} lang={option.lang} className="relative">
            <input
              type="radio"
              name={name}
              value={option.value}
              checked={option.value === value}
              onChange={() => onChange(option.value)}
              className="peer absolute inset-0 size-full cursor-pointer opacity-0"
            />
            <span className={segmentLook}>{option.label}</span>
          </label>
        ))}
      </div>
      {hint && <p className="text-small text-ink3">{hint}</p>}
    </fieldset>
  );
}

const segmentLook = cx(
  'flex h-7 items-center rounded-[4px] px-3 text-control whitespace-nowrap text-ink2 transition-colors max-tablet:h-10',
  'peer-[:hover:not(:checked)]:bg-hover peer-[:hover:not(:checked)]:text-ink peer-checked:bg-ink peer-checked:font-medium peer-checked:text-app',
  'peer-focus-visible:outline-2 peer-focus-visible:outline-offset-2 peer-focus-visible:outline-signal',
);

export interface TickProps {
  label: ReactNode;
  hint?: ReactNode;
  checked: boolean;
  onChange: (checked: boolean) => void;
  disabled?: boolean;
}

/** Yes or no. */
export function Tick({ label, hint, checked, onChange, disabled }: TickProps) {
  const id = useId();
  return (
    <div className="flex items-start gap-2.5">
      <input
        id={id}
        type="checkbox"
        checked={checked}
        disabled={disabled}
        aria-describedby={hint ? `${id}-hint` : undefined}
        onChange={(event) => onChange(event.target.checked)}
        className="mt-0.5 size-4 shrink-0 max-tablet:size-6"
      />
      <div className="min-w-0">
        <label htmlFor={id} className="text-control text-ink">
          {label}
        </label>
        {hint && (
          <p id={`${id}-hint`} className="text-small text-ink3">
            {hint}
          </p>
        )}
      </div>
    </div>
  );
}
