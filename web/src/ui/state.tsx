import { RotateCw } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import type { Problem } from '@/api';
import { cx } from '@/lib/cx';

import { Button, Spinner } from './button';

/** A strip of empty frames: the place where pictures will lie. */
export function Frames({ className }: { className?: string }) {
  return (
    <div aria-hidden="true" className={cx('flex gap-1.5 rounded-frame bg-mat p-2', className)}>
      {['aspect-square', 'aspect-[3/4]', 'aspect-[4/3]'].map((shape) => (
        <span key={shape} className={cx('h-14 rounded-frame border border-dashed border-edge', shape)} />
      ))}
    </div>
  );
}

export interface EmptyProps {
  title: ReactNode;
  children?: ReactNode;
  /** What to do about it. */
  action?: ReactNode;
}

/** Nothing is here yet: says what would be, and offers the way to it. */
export function Empty({ title, children, action }: EmptyProps) {
  return (
    <div className="flex flex-col items-center justify-center gap-3 px-6 py-16 text-center">
      <Frames className="mb-2" />
      <h2 className="text-lead font-semibold">{title}</h2>
      {children && <p className="max-w-md text-body text-ink2">{children}</p>}
      {action && <div className="mt-2 flex flex-wrap justify-center gap-2">{action}</div>}
    </div>
  );
}

export interface ErrorStateProps {
  problem: Problem;
  onRetry?: () => void;
}

/** What went wrong in the server's words, its way out, and the number to ask about. */
export function ErrorState({ problem, onRetry }: ErrorStateProps) {
  const { t } = useTranslation('app');
  return (
    <div role="alert" className="flex flex-col items-center justify-center gap-2 px-6 py-16 text-center">
      <h2 className="text-lead font-semibold">{problem.isUnreachable ? t('unreachable.title') : problem.title}</h2>
      <p className="max-w-lg text-body text-ink2">{problem.isUnreachable ? t('unreachable.text') : problem.message}</p>
      {problem.hint && <p className="max-w-lg text-body text-ink2">{problem.hint}</p>}
      {problem.requestId && <p className="font-mono text-small text-ink3">{t('requestId', { id: problem.requestId })}</p>}
      {onRetry && (
        <Button className="mt-3" icon={<RotateCw aria-hidden="true" className="size-3.5" />} onClick={onRetry}>
          {t('retry')}
        </Button>
      )}
    </div>
  );
}

/** Something comes. Shown after a moment, so that what is quick does not flicker. */
export function Loading() {
  const { t } = useTranslation('app', { useSuspense: false });
  return (
    <div role="status" className="flex animate-[appear_200ms_300ms_backwards] items-center justify-center gap-2 py-16 text-control text-ink3">
      <Spinner />
      {t('loading')}
    </div>
  );
}
