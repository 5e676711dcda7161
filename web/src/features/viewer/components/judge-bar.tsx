import { Flag, RotateCcw, Trash2, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';

import { type AssetRead, useMay } from '@/api';
import { judge, LabelsOf, Stars, useHand } from '@/features/library';
import { cx } from '@/lib/cx';
import { Badge } from '@/ui/badge';
import { IconButton } from '@/ui/button';
import { Notice } from '@/ui/notice';

/** What is thought of the picture, to be seen and to be said. The keys P, X, U and 0 to 5 say the same. */
export function JudgeBar({ asset, className }: { asset: AssetRead; className?: string }) {
  const { t } = useTranslation('viewer');
  const hand = useHand();
  const mayJudge = useMay('assets:write') === true;
  if (!mayJudge) return <Judged asset={asset} className={className} />;
  const toggle = (pick: 'pick' | 'reject') => void judge(hand, [asset.id], { pick: asset.pick === pick ? 'none' : pick });
  return (
    <div role="group" aria-label={t('judge.label')} className={cx('flex items-center', className)}>
      <IconButton label={t('judge.pick')} aria-pressed={asset.pick === 'pick'} onClick={() => toggle('pick')}>
        <Flag aria-hidden="true" className={cx('size-4', asset.pick === 'pick' && 'fill-current text-signal')} />
      </IconButton>
      <IconButton label={t('judge.reject')} aria-pressed={asset.pick === 'reject'} onClick={() => toggle('reject')}>
        <X aria-hidden="true" strokeWidth={asset.pick === 'reject' ? 4 : 2} className={cx('size-4', asset.pick === 'reject' && 'text-bad')} />
      </IconButton>
      <Stars value={asset.rating} onChange={(rating) => void judge(hand, [asset.id], { rating })} />
    </div>
  );
}

/** For those who may only look. */
function Judged({ asset, className }: { asset: AssetRead; className: string | undefined }) {
  const { t } = useTranslation('library');
  if (asset.pick === 'none' && asset.rating === 0) return null;
  return (
    <p className={cx('flex items-center gap-1.5', className)}>
      {asset.pick !== 'none' && <Badge tone={asset.pick === 'pick' ? 'signal' : 'bad'}>{t(`picks.${asset.pick}`)}</Badge>}
      {asset.rating > 0 && <Badge>{t('rating.stars', { count: asset.rating })}</Badge>}
    </p>
  );
}

/** Into the trash, or out of it. */
export function TrashButton({ asset, onMove }: { asset: AssetRead; onMove: () => void }) {
  const { t } = useTranslation('viewer');
  const mayJudge = useMay('assets:write') === true;
  if (!mayJudge || asset.removed_at) return null;
  return (
    <IconButton label={t(asset.trashed_at ? 'judge.restore' : 'judge.trash')} onClick={onMove}>
      {asset.trashed_at ? <RotateCcw aria-hidden="true" className="size-[18px]" /> : <Trash2 aria-hidden="true" className="size-[18px]" />}
    </IconButton>
  );
}

/** Labels, and where the picture is when somebody has thrown it away. */
export function JudgeSection({ asset }: { asset: AssetRead }) {
  const { t } = useTranslation('viewer');
  const mayJudge = useMay('assets:write') === true;
  return (
    <section className="flex flex-col gap-2">
      {asset.removed_at ? <Notice kind="warn">{t('judge.removed')}</Notice> : asset.trashed_at && <Notice kind="warn">{t('judge.inTrash')}</Notice>}
      <JudgeBar asset={asset} className="tablet:hidden" />
      {(mayJudge || asset.labels.length > 0) && !asset.removed_at && (
        <>
          <h2 className="text-small font-medium text-ink2">{t('judge.labels')}</h2>
          <LabelsOf id={asset.id} labels={asset.labels} mayChange={mayJudge} />
        </>
      )}
    </section>
  );
}
