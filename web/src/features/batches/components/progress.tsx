import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { CountsRead } from '@/api';
import { cx } from '@/lib/cx';
import { formatNumber } from '@/lib/format';

import { ended, type ItemState, percentOf, segments } from '../model';

/** What is done is ink; only what runs has the grease pencil's colour. Patterns tell the rest apart without colour. */
const FILLS: Record<ItemState, string> = {
  done: 'bg-ink',
  failed: 'bg-bad',
  refused: 'bg-warn roll-dots',
  uncertain: 'bg-info roll-stripes',
  cancelled: 'bg-edge roll-stripes',
  running: 'bg-signal roll-runs',
  pending: 'bg-transparent',
};

/**
 * How far a batch is, by state. Read aloud as one sentence. Each part lies over those after it and is moved to its place by
 * the compositor: widths that change would lay the page out anew with each frame.
 */
export function Progress({ counts, label, className }: { counts: CountsRead; label: string; className?: string }) {
  const { t } = useTranslation('batches');
  const words = segments(counts).map(({ state, count }) => t('countOf', { number: formatNumber(count), state: t(`states.${state}`) }));
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={counts.total}
      aria-valuenow={ended(counts)}
      aria-valuetext={`${percentOf(counts)} %: ${words.join(', ')}`}
      className={cx('relative overflow-hidden rounded-full border border-edge bg-mat', className ?? 'h-2.5')}
    >
      {segments(counts)
        .toReversed()
        .map(({ state, until }) => (
          <span
            key={state}
            data-state={state}
            className={cx('absolute inset-0 shadow-[1px_0_var(--mat)] transition-transform duration-180', FILLS[state])}
            style={{ transform: `translateX(${until - 100}%)` }}
          />
        ))}
    </div>
  );
}

const SPEAK_MILLISECONDS = 10_000;

/** Says how far it is, politely and not too often, to those who do not see the bar. */
export function Spoken({ counts }: { counts: CountsRead }) {
  const { t } = useTranslation('batches');
  const [words, setWords] = useState('');
  const now = useRef('');
  const bad = counts.failed + counts.refused + counts.uncertain;
  const sentence = t('spoken', { done: formatNumber(counts.done), total: formatNumber(counts.total), bad: formatNumber(bad) });
  useEffect(() => {
    now.current = sentence;
  }, [sentence]);
  useEffect(() => {
    const timer = setInterval(() => setWords(now.current), SPEAK_MILLISECONDS);
    return () => clearInterval(timer);
  }, []);
  return (
    <p role="status" className="sr-only">
      {words}
    </p>
  );
}
