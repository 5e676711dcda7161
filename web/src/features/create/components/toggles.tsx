import { cx } from '@/lib/cx';

export interface TogglesProps {
  label: string;
  hint?: string;
  options: readonly { value: string; label: string }[];
  value: readonly string[];
  onChange: (value: string[]) => void;
}

/** Any number of a few words. */
export function Toggles({ label, hint, options, value, onChange }: TogglesProps) {
  const toggle = (one: string) => onChange(value.includes(one) ? value.filter((other) => other !== one) : [...value, one]);
  return (
    <fieldset>
      <legend className="mb-1.5 text-small font-medium text-ink2">{label}</legend>
      <div className="flex flex-wrap gap-1.5">
        {options.map((option) => (
          <button
            key={option.value}
            type="button"
            aria-pressed={value.includes(option.value)}
            onClick={() => toggle(option.value)}
            className={cx(
              'h-8 rounded-control border px-2.5 text-control transition-colors max-tablet:h-11',
              value.includes(option.value)
                ? 'border-signal bg-signal-tint font-medium text-signal'
                : 'border-line text-ink2 hover:border-edge hover:text-ink',
            )}
          >
            {option.label}
          </button>
        ))}
      </div>
      {hint && <p className="mt-1.5 text-small text-ink3">{hint}</p>}
    </fieldset>
  );
}
