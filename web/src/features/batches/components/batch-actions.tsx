import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { CirclePause, Columns3, Ellipsis, FileArchive, FileSpreadsheet, PencilLine, Play, RotateCcw, X } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { type BatchRead, listLineupsOptions } from '@/api';
import { fetchFile, TakeAway } from '@/features/taking';
import { type Action, useActions } from '@/lib/actions';
import { formatNumber } from '@/lib/format';
import { Button, IconButton } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Menu, MenuItem, MenuLine } from '@/ui/menu';

import { isActive, isOfSeveral } from '../model';
import type { Steering } from '../steering';

const icon = 'size-3.5';

export function BatchActions({ batch, steering, onEdit }: { batch: BatchRead; steering: Steering; onEdit: () => void }) {
  const { t } = useTranslation('batches');
  const [asks, setAsks] = useState(false);
  const { counts } = batch;
  const active = isActive(batch.state);
  const [takes, setTakes] = useState(false);
  const { pause, resume, retry } = steering;
  useActions(
    useMemo<Action[]>(() => {
      const named = { group: 'batches:title' };
      const turn = batch.state === 'paused' ? { label: 'batches:resume', run: resume } : { label: 'batches:pause', run: pause };
      return [
        ...(active ? [{ id: 'batch.turn', keys: 'Shift+P', ...named, ...turn }] : []),
        ...(active && counts.pending > 0 ? [{ id: 'batch.edit', keys: 'e', label: 'batches:edit.open', ...named, run: onEdit }] : []),
        ...(counts.failed > 0 ? [{ id: 'batch.retry', keys: 'Shift+R', label: 'batches:retryFailedAction', ...named, run: () => retry({ states: ['failed'] }) }] : []),
      ];
    }, [active, batch.state, counts.failed, counts.pending, onEdit, pause, resume, retry]),
  );
  return (
    <div className="ml-auto flex flex-wrap items-center gap-2">
      {counts.failed > 0 && (
        <Button icon={<RotateCcw aria-hidden="true" className={icon} />} busy={steering.busy === 'retry'} onClick={() => retry({ states: ['failed'] })}>
          {t('retryFailed', { count: counts.failed, number: formatNumber(counts.failed) })}
        </Button>
      )}
      {batch.state === 'running' && (
        <Button icon={<CirclePause aria-hidden="true" className={icon} />} busy={steering.busy === 'pause'} onClick={pause}>
          {t('pause')}
        </Button>
      )}
      {batch.state === 'paused' && (
        <Button tone="ink" icon={<Play aria-hidden="true" className={icon} />} busy={steering.busy === 'resume'} onClick={resume}>
          {t('resume')}
        </Button>
      )}
      {!active && counts.done > 0 && (
        <Button tone="ink" icon={<FileArchive aria-hidden="true" className={icon} />} onClick={() => setTakes(true)}>
          {t('take.now', { count: counts.done, number: formatNumber(counts.done) })}
        </Button>
      )}
      <Menu
        trigger={
          <IconButton label={t('more')}>
            <Ellipsis aria-hidden="true" className="size-4" />
          </IconButton>
        }
      >
        {active && counts.pending > 0 && (
          <MenuItem icon={<PencilLine aria-hidden="true" className={icon} />} onSelect={onEdit}>
            {t('edit.open')}
          </MenuItem>
        )}
        <CompareItem batch={batch} />
        <MenuItem icon={<FileSpreadsheet aria-hidden="true" className={icon} />} onSelect={() => fetchFile(`/api/batches/${batch.id}/manifest.csv`)}>
          {t('download.manifest')}
        </MenuItem>
        <MenuItem icon={<FileArchive aria-hidden="true" className={icon} />} onSelect={() => setTakes(true)}>
          {t('take.open', { count: counts.done, number: formatNumber(counts.done) })}
        </MenuItem>
        {active && (
          <>
            <MenuLine />
            <MenuItem tone="bad" icon={<X aria-hidden="true" className={icon} />} onSelect={() => setAsks(true)}>
              {t('cancel.open')}
            </MenuItem>
          </>
        )}
      </Menu>
      {takes && <TakeAway source={{ batchId: batch.id }} count={counts.done} onClose={() => setTakes(false)} />}
      <Dialog
        open={asks}
        onOpenChange={setAsks}
        title={t('cancel.title', { count: counts.pending, number: formatNumber(counts.pending) })}
        foot={
          <>
            <Button onClick={() => setAsks(false)}>{t('cancel.keep')}</Button>
            <Button
              tone="bad"
              onClick={() => {
                setAsks(false);
                steering.cancel();
              }}
            >
              {t('cancel.do', { count: counts.pending, number: formatNumber(counts.pending) })}
            </Button>
          </>
        }
      >
        <p className="px-5 pb-4 text-body text-ink2">{t('cancel.text', { count: counts.running, number: formatNumber(counts.running) })}</p>
      </Dialog>
    </div>
  );
}

/** Lines may name models of their own, which the plan does not: then what was made of it is asked for while the menu is open. */
function CompareItem({ batch }: { batch: BatchRead }) {
  const { t } = useTranslation('batches');
  const navigate = useNavigate();
  const isSo = isOfSeveral(batch.plan);
  const found = useQuery({ ...listLineupsOptions({ path: { batch_id: batch.id }, query: { limit: 1 } }), enabled: !isSo });
  if (!isSo && (found.data?.models.length ?? 0) < 2) return null;
  return (
    <MenuItem icon={<Columns3 aria-hidden="true" className={icon} />} onSelect={() => void navigate({ to: '/batches/$batchId/models', params: { batchId: batch.id }, search: { line: 1 } })}>
      {t('compareModels')}
    </MenuItem>
  );
}
