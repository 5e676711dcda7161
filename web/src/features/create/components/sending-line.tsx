import { useTranslation } from 'react-i18next';

import { cx } from '@/lib/cx';
import { Button } from '@/ui/button';

import type { Sending } from '../api';

const PERCENT = 100;

/** How far a sheet is that is being uploaded. Shown after a moment, so that what is quick does not flicker. */
export function SendingLine({ sending: { file, share, stop } }: { sending: Sending }) {
  const { t } = useTranslation('create');
  const percent = Math.floor(share * PERCENT);
  const words = t(share < 1 ? 'sheet.sending' : 'sheet.reading', { name: file.name });
  return (
    <div className="flex shrink-0 animate-[appear_200ms_400ms_backwards] items-center gap-3 border-b border-line px-4 py-2 text-control">
      <p role="status" className="min-w-0 truncate">
        {words}
      </p>
      {/* Nobody knows how long reading takes: then it has no value. */}
      <div role="progressbar" aria-label={words} aria-valuemin={0} aria-valuemax={PERCENT} aria-valuenow={share < 1 ? percent : undefined} className="h-1.5 min-w-16 grow overflow-hidden rounded-full bg-mat">
        <div className={cx('h-full', share < 1 ? 'bg-ink' : 'relative bg-signal roll-runs')} style={{ width: share < 1 ? `${percent}%` : '100%' }} />
      </div>
      {share < 1 && <span className="font-mono text-small text-ink3">{percent} %</span>}
      <Button size="small" tone="quiet" onClick={stop}>
        {t('sheet.stop')}
      </Button>
    </div>
  );
}
