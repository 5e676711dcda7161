import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { readTrashOptions, useMay } from '@/api';
import { formatBytes, formatNumber } from '@/lib/format';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';

import { useHand } from '../model/hand';
import { deleteForGood } from '../model/trashing';

/** How long the trash keeps what lies in it, and the way to empty it now. */
export function TrashBar() {
  const { t } = useTranslation('library');
  const trash = useQuery(readTrashOptions()).data;
  const mayDelete = useMay('assets:delete') === true;
  const [isAsking, setAsking] = useState(false);
  if (!trash) return null;
  const { pictures, size_bytes: size, retention_days: days } = trash;
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-2 px-6 pb-2 text-control text-ink2 max-tablet:px-4">
      <p>{days > 0 ? t('trash.keeps', { count: days }) : t('trash.keepsForEver')}</p>
      {mayDelete && pictures > 0 && (
        <Button size="small" tone="bad" onClick={() => setAsking(true)}>
          {t('trash.empty', { count: pictures, number: formatNumber(pictures) })}
        </Button>
      )}
      {isAsking && <ForGood ids={null} count={pictures} size={size} onClose={() => setAsking(false)} />}
    </div>
  );
}

/** The one thing here that cannot be taken back, and so the one that is asked about. */
export function ForGood({ ids, count, size, onClose }: { ids: readonly string[] | null; count: number; size?: number; onClose: () => void }) {
  const { t } = useTranslation('library');
  const hand = useHand();
  return (
    <Dialog
      open
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title={t('trash.sure', { count, number: formatNumber(count) })}
      foot={
        <>
          <Button onClick={onClose}>{t('trash.keep')}</Button>
          <Button
            tone="bad"
            onClick={() => {
              void deleteForGood(hand, ids);
              onClose();
            }}
          >
            {t('trash.delete', { count, number: formatNumber(count) })}
          </Button>
        </>
      }
    >
      <p className="px-5 pb-5 text-body text-ink2">
        {t('trash.cannot')} {size !== undefined && t('trash.room', { size: formatBytes(size) })}
      </p>
    </Dialog>
  );
}
