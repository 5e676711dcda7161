import { useNavigate } from '@tanstack/react-router';
import { Columns2, Copy, FileArchive, Flag, FlagOff, LayoutGrid, MoreHorizontal, RotateCcw, Tag, Trash2, X } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { type BoardRead, useMay } from '@/api';
import { formatNumber } from '@/lib/format';
import { Button, IconButton } from '@/ui/button';
import { Menu, MenuItem } from '@/ui/menu';

import { takeOff } from '../model/boards';
import { copyPrompts, ZIPPED_MOST } from '../model/doing';
import { clearSelection, useGrid } from '../model/grid-state';
import { type Hand, useHand } from '../model/hand';
import { judge } from '../model/judging';
import type { Roll } from '../model/roll';
import { inOrder } from '../model/selection';
import { discard, restore } from '../model/trashing';
import { LabelsDialog } from './labels';
import { Stars } from './stars';
import { ForGood } from './trash-bar';

export const COMPARED_MOST = 9;
const COPIED_MOST = 1_000;

export interface SelectionBarProps {
  roll: Roll;
  inTrash: boolean;
  board: BoardRead | null;
  onBoard: (ids: readonly string[]) => void;
  /** To take these away in one ZIP. */
  onTake: (ids: readonly string[]) => void;
}

/** What can be done with all that is chosen. It says of how many it speaks, always. */
export function SelectionBar({ roll, inTrash, board, onBoard, onTake }: SelectionBarProps) {
  const { t } = useTranslation('library');
  const hand = useHand();
  const may = useMay('assets:write') === true;
  const { selection, isChoosing } = useGrid();
  const [labelled, setLabelled] = useState<readonly string[] | null>(null);
  const count = selection.chosen.size;
  if (count === 0 && !isChoosing) return labelled && <LabelsDialog ids={labelled} onClose={() => setLabelled(null)} />;
  const ids = () => inOrder(selection, roll.ids);
  return (
    <div
      role="region"
      aria-label={t('selected.label')}
      className="flex shrink-0 animate-[appear_180ms] flex-wrap items-center gap-2 border-t border-line bg-raised px-4 py-2"
    >
      <p role="status" className="mr-auto text-control font-medium">
        <span className="font-mono text-signal">{t('selected.count', { count, number: formatNumber(count) })}</span>
      </p>
      {count > 0 && may && !inTrash && <Judge hand={hand} count={count} ids={ids} onLabels={() => setLabelled(ids())} />}
      {count > 0 && may && !inTrash && (
        <Button icon={<LayoutGrid aria-hidden="true" className="size-4" />} onClick={() => onBoard(ids())}>
          {t('bulk.board', { count })}
        </Button>
      )}
      {count > 0 && may && inTrash && <Trashed hand={hand} count={count} ids={ids} />}
      <Look count={count} ids={ids} onTake={() => onTake(ids())}>
        {board && may && count > 0 && (
          <MenuItem icon={<X aria-hidden="true" className="size-4" />} onSelect={() => void takeOff(hand, board, ids())}>
            {t('bulk.takeOff', { count })}
          </MenuItem>
        )}
      </Look>
      {count > 0 && may && !inTrash && (
        <Button icon={<Trash2 aria-hidden="true" className="size-4" />} onClick={() => void discard(hand, ids())}>
          {t('bulk.trash', { count })}
        </Button>
      )}
      <IconButton label={t('selected.clear')} onClick={clearSelection}>
        <X aria-hidden="true" className="size-4" />
      </IconButton>
      {labelled && <LabelsDialog ids={labelled} onClose={() => setLabelled(null)} />}
    </div>
  );
}

interface PartProps {
  hand: Hand;
  count: number;
  ids: () => string[];
}

function Judge({ hand, count, ids, onLabels }: PartProps & { onLabels: () => void }) {
  const { t } = hand;
  return (
    <div role="group" aria-label={t('judgedBy')} className="flex flex-wrap items-center">
      <IconButton label={t('bulk.pick', { count })} onClick={() => void judge(hand, ids(), { pick: 'pick' })}>
        <Flag aria-hidden="true" className="size-4" />
      </IconButton>
      <IconButton label={t('bulk.reject', { count })} onClick={() => void judge(hand, ids(), { pick: 'reject' })}>
        <X aria-hidden="true" className="size-4" strokeWidth={3} />
      </IconButton>
      <IconButton label={t('bulk.unflag', { count })} onClick={() => void judge(hand, ids(), { pick: 'none' })}>
        <FlagOff aria-hidden="true" className="size-4" />
      </IconButton>
      <Stars value={0} onChange={(rating) => void judge(hand, ids(), { rating })} />
      <IconButton label={t('bulk.labels', { count })} onClick={onLabels}>
        <Tag aria-hidden="true" className="size-4" />
      </IconButton>
    </div>
  );
}

function Trashed({ hand, count, ids }: PartProps) {
  const { t } = hand;
  const mayDelete = useMay('assets:delete') === true;
  const [doomed, setDoomed] = useState<readonly string[] | null>(null);
  return (
    <>
      <Button icon={<RotateCcw aria-hidden="true" className="size-4" />} onClick={() => void restore(hand, ids())}>
        {t('bulk.restore', { count })}
      </Button>
      {mayDelete && (
        <Button tone="bad" onClick={() => setDoomed(ids())}>
          {t('trash.delete', { count, number: formatNumber(count) })}
        </Button>
      )}
      {doomed && <ForGood ids={doomed} count={doomed.length} onClose={() => setDoomed(null)} />}
    </>
  );
}

/** Looking, copying and taking away: those that fit, and the rest behind a button. */
function Look({ count, ids, onTake, children }: { count: number; ids: () => string[]; onTake: () => void; children: ReactNode }) {
  const { t } = useTranslation('library');
  const navigate = useNavigate();
  const canCompare = count > 1 && count <= COMPARED_MOST;
  return (
    <>
      <Button
        disabled={!canCompare}
        title={canCompare ? undefined : t('selected.compareRule', { most: COMPARED_MOST })}
        icon={<Columns2 aria-hidden="true" className="size-4" />}
        onClick={() => void navigate({ to: '/library/compare', search: (before) => ({ ...before, ids: ids().join(',') }) })}
      >
        {t('selected.compare', { count, number: formatNumber(count) })}
      </Button>
      <Button
        disabled={count === 0 || count > ZIPPED_MOST}
        title={count > ZIPPED_MOST ? t('selected.downloadRule', { most: ZIPPED_MOST }) : undefined}
        icon={<FileArchive aria-hidden="true" className="size-4" />}
        onClick={onTake}
      >
        {t('take.open', { count, number: formatNumber(count) })}
      </Button>
      {count > 0 && (
        <Menu
          trigger={
            <IconButton label={t('bulk.more', { count })}>
              <MoreHorizontal aria-hidden="true" className="size-4" />
            </IconButton>
          }
        >
          {count <= COPIED_MOST && (
            <MenuItem icon={<Copy aria-hidden="true" className="size-4" />} onSelect={() => void copyPrompts(ids(), t)}>
              {t('menu.copyPrompts', { count })}
            </MenuItem>
          )}
          {children}
        </Menu>
      )}
    </>
  );
}
