import { useNavigate } from '@tanstack/react-router';
import { Columns2, Copy, Download, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';

import { formatNumber } from '@/lib/format';
import { Button, IconButton } from '@/ui/button';

import { copyPrompts, download, ZIPPED_MOST } from '../model/doing';
import { clearSelection, useGrid } from '../model/grid-state';
import type { Roll } from '../model/roll';
import { inOrder } from '../model/selection';

export const COMPARED_MOST = 9;

/** What can be done with all that is chosen. It says of how many it speaks, always. */
export function SelectionBar({ roll }: { roll: Roll }) {
  const { t } = useTranslation('library');
  const { selection, isChoosing } = useGrid();
  const navigate = useNavigate();
  const count = selection.chosen.size;
  if (count === 0 && !isChoosing) return null;
  const ids = () => inOrder(selection, roll.ids);
  const canCompare = count > 1 && count <= COMPARED_MOST;
  return (
    <div
      role="region"
      aria-label={t('selected.label')}
      className="flex shrink-0 animate-[appear_180ms] flex-wrap items-center gap-2 border-t border-line bg-raised px-4 py-2"
    >
      <p role="status" className="mr-auto text-control font-medium">
        <span className="font-mono text-signal">{t('selected.count', { count, number: formatNumber(count) })}</span>
      </p>
      <Button
        disabled={!canCompare}
        title={canCompare ? undefined : t('selected.compareRule', { most: COMPARED_MOST })}
        icon={<Columns2 aria-hidden="true" className="size-4" />}
        onClick={() => void navigate({ to: '/library/compare', search: (before) => ({ ...before, ids: ids().join(',') }) })}
      >
        {t('selected.compare')}
      </Button>
      <Button disabled={count === 0 || count > 1000} icon={<Copy aria-hidden="true" className="size-4" />} onClick={() => void copyPrompts(ids(), t)}>
        {t('menu.copyPrompts', { count })}
      </Button>
      <Button
        disabled={count === 0 || count > ZIPPED_MOST}
        title={count > ZIPPED_MOST ? t('selected.downloadRule', { most: ZIPPED_MOST }) : undefined}
        icon={<Download aria-hidden="true" className="size-4" />}
        onClick={() => download(ids(), t)}
      >
        {t('menu.download', { count })}
      </Button>
      <IconButton label={t('selected.clear')} onClick={clearSelection}>
        <X aria-hidden="true" className="size-4" />
      </IconButton>
    </div>
  );
}
