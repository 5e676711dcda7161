import { Star } from 'lucide-react';
import { useTranslation } from 'react-i18next';

import { cx } from '@/lib/cx';

const ALL = [1, 2, 3, 4, 5] as const;

/** A rating as one gives it: the star that is pressed once more takes it back. */
export function Stars({ value, onChange, className }: { value: number; onChange: (rating: number) => void; className?: string }) {
  const { t } = useTranslation('library');
  return (
    <div role="group" aria-label={t('rating.label')} className={cx('flex', className)}>
      {ALL.map((rating) => (
        <button
          key={rating}
          type="button"
          aria-label={t('rating.give', { count: rating })}
          aria-pressed={value === rating}
          title={t('rating.give', { count: rating })}
          onClick={() => onChange(value === rating ? 0 : rating)}
          className="flex size-7 items-center justify-center rounded-control text-ink2 hover:bg-hover hover:text-ink max-tablet:size-11"
        >
          <Star aria-hidden="true" className={cx('size-4', rating <= value && 'fill-current text-signal')} />
        </button>
      ))}
    </div>
  );
}
