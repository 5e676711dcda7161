import { Plus, X } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { ModelRead } from '@/api';
import { cx } from '@/lib/cx';
import { offeredSizes, ratioOf, type Size, sizeOf } from '@/lib/sizes';
import { Button } from '@/ui/button';
import { inputLook } from '@/ui/field';

const GLYPH_PIXELS = 26;

/** The shape of a size, drawn. */
function Glyph({ width, height }: Size) {
  const scale = GLYPH_PIXELS / Math.max(width, height);
  return (
    <span aria-hidden="true" className="flex size-[26px] items-center justify-center">
      <span
        className="rounded-[2px] border-[1.5px] border-current"
        style={{ width: Math.round(width * scale), height: Math.round(height * scale) }}
      />
    </span>
  );
}

export interface SizePickerProps {
  models: readonly ModelRead[];
  value: readonly string[];
  onChange: (sizes: string[]) => void;
}

/** Sizes as shapes. Several make every prompt in each of them; none leaves it to the model. */
export function SizePicker({ models, value, onChange }: SizePickerProps) {
  const { t } = useTranslation('create');
  const [own, setOwn] = useState<string | null>(null);
  const offered = offeredSizes(models);
  const extra = value.filter((text) => !offered.some((size) => size.text === text)).map(sizeOf).filter((size) => size !== null);
  const toggle = (text: string) => onChange(value.includes(text) ? value.filter((other) => other !== text) : [...value, text]);
  const add = () => {
    const size = sizeOf(own ?? '');
    if (size && !value.includes(size.text)) onChange([...value, size.text]);
    setOwn(null);
  };
  return (
    <fieldset>
      <legend className="mb-1.5 text-small font-medium text-ink2">{t('sizes.label')}</legend>
      <div className="grid grid-cols-4 gap-1.5">
        {[...offered, ...extra].map((size) => (
          <button
            key={size.text}
            type="button"
            aria-pressed={value.includes(size.text)}
            onClick={() => toggle(size.text)}
            title={size.text}
            className={cx(
              'flex flex-col items-center gap-1 rounded-control border px-0.5 pt-2 pb-1.5 transition-colors',
              value.includes(size.text)
                ? 'border-signal bg-signal-tint text-signal'
                : 'border-line text-ink2 hover:border-edge hover:text-ink',
            )}
          >
            <Glyph {...size} />
            <span className="text-small font-medium">{ratioOf(size)}</span>
            <span className="font-mono text-[10px] leading-3 tracking-tight">{size.text.replace('x', '×')}</span>
          </button>
        ))}
        {own === null && (
          <button
            type="button"
            onClick={() => setOwn('')}
            className="flex flex-col items-center justify-center gap-1 rounded-control border border-dashed border-edge px-0.5 py-1.5 text-ink2 hover:text-ink"
          >
            <Plus aria-hidden="true" className="size-4" />
            <span className="text-small">{t('sizes.own')}</span>
          </button>
        )}
      </div>
      {own !== null && (
        <form
          className="mt-2 flex gap-1.5"
          onSubmit={(event) => {
            event.preventDefault();
            add();
          }}
        >
          <input
            // The field came because it was asked for.
            // oxlint-disable-next-line jsx-a11y/no-autofocus
            autoFocus
            aria-label={t('sizes.ownLabel')}
            placeholder="1200x630"
            value={own}
            onChange={(event) => setOwn(event.target.value)}
            className={cx(inputLook, 'h-control min-w-0 font-mono')}
          />
          <Button type="submit" disabled={!sizeOf(own)}>
            {t('sizes.add')}
          </Button>
          <Button tone="quiet" aria-label={t('sizes.giveUp')} onClick={() => setOwn(null)} icon={<X aria-hidden="true" className="size-4" />} />
        </form>
      )}
      {value.length === 0 && <p className="mt-1.5 text-small text-ink3">{t('sizes.none')}</p>}
    </fieldset>
  );
}
