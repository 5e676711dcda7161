import { type InputHTMLAttributes, type ReactNode, type TextareaHTMLAttributes, useId } from 'react';

import { cx } from '@/lib/cx';

export const inputLook =
  'w-full rounded-control border border-edge bg-surface px-3 text-control text-ink transition-colors hover:border-ink3 disabled:opacity-60 aria-invalid:border-bad max-tablet:text-lead';

interface FieldWords {
  label: ReactNode;
  hint?: ReactNode;
  /** What is wrong and the way out. Read aloud when it appears. */
  error?: ReactNode;
  /** The label is for those who cannot see what surrounds the field. */
  labelHidden?: boolean;
}

interface Wiring {
  id: string;
  'aria-describedby': string | undefined;
  'aria-invalid': true | undefined;
}

/** A label, its control, a hint and an error, wired together for screen readers. */
export function Field({ label, hint, error, labelHidden, children }: FieldWords & { children: (wiring: Wiring) => ReactNode }) {
  const id = useId();
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ') || undefined;
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={id} className={labelHidden ? 'sr-only' : 'text-small font-medium text-ink2'}>
        {label}
      </label>
      {children({ id, 'aria-describedby': described, 'aria-invalid': error ? true : undefined })}
      {hint && (
        <p id={`${id}-hint`} className="text-small text-ink3">
          {hint}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} role="alert" className="text-small text-bad">
          {error}
        </p>
      )}
    </div>
  );
}

export type InputProps = FieldWords & InputHTMLAttributes<HTMLInputElement>;

export function Input({ label, hint, error, labelHidden, className, ...rest }: InputProps) {
  return (
    <Field label={label} hint={hint} error={error} labelHidden={labelHidden}>
      {(wiring) => <input {...rest} {...wiring} className={cx(inputLook, 'h-control max-tablet:h-11', className)} />}
    </Field>
  );
}

export type TextareaProps = FieldWords & TextareaHTMLAttributes<HTMLTextAreaElement>;

export function Textarea({ label, hint, error, labelHidden, className, ...rest }: TextareaProps) {
  return (
    <Field label={label} hint={hint} error={error} labelHidden={labelHidden}>
      {(wiring) => <textarea {...rest} {...wiring} className={cx(inputLook, 'py-2 leading-[22px]', className)} />}
    </Field>
  );
}
