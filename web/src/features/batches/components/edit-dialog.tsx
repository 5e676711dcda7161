import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { asProblem, type BatchRead, type Problem } from '@/api';
import { cx } from '@/lib/cx';
import { formatMoney, formatNumber } from '@/lib/format';
import { Button } from '@/ui/button';
import { Choice } from '@/ui/choice';
import { Dialog } from '@/ui/dialog';
import { Input, Textarea } from '@/ui/field';
import { Notice } from '@/ui/notice';
import { Select } from '@/ui/select';

import { addedBy, type Draft, FIRST, KINDS, requestOf, show, type Shown, touched, useApply } from '../editing';
import type { Live } from '../live';
import { EditPreviewView } from './edit-preview';
import { FieldValue } from './field-value';

const PAUSE_MILLISECONDS = 400;
const MOVES = ['front', 'back', 'none'] as const;
/** The most urgent first. */
const PRIORITIES = ['9', '8', '7', '6', '5', '4', '3', '2', '1', '0'];

/** Changes what waits: said in a form, shown before it is done, taken back from the toast. */
export function EditDialog({ batch, live, onClose }: { batch: BatchRead; live: Live; onClose: () => void }) {
  const { t } = useTranslation('batches');
  const [draft, setDraft] = useState<Draft>(FIRST);
  const [again, setAgain] = useState(0);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Problem | null>(null);
  const { shown, problem } = useShown(batch.id, draft, again);
  const apply = useApply(live);
  // Another priority touches no item, and is an edit all the same.
  const isUrgency = shown?.request.priority !== undefined && shown.request.priority !== batch.priority;
  const count = shown ? touched(shown.preview) : 0;
  const added = shown && addedBy(shown.preview);
  const change = (part: Partial<Draft>) => setDraft((old) => ({ ...old, ...part }));
  const doIt = async () => {
    if (!shown) return;
    setBusy(true);
    setFailure(null);
    try {
      await apply(shown);
      onClose();
    } catch (error) {
      // Something began meanwhile: what would be done now is shown anew.
      setFailure(asProblem(error));
      setAgain((times) => times + 1);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t('edit.title')}
      className="tablet:w-[min(720px,calc(100vw-48px))]"
      foot={
        <>
          <Button onClick={onClose}>{t('edit.close')}</Button>
          <Button tone="ink" busy={busy} disabled={(count === 0 && !isUrgency) || (shown?.preview.problem_cells ?? 0) > 0} onClick={() => void doIt()}>
            {count === 0 && isUrgency ? t('edit.applyPriority') : t('edit.apply', { count, number: formatNumber(count) })}
            {/* Where the screen is small, the preview lies below. */}
            {added?.rise && ` · +${formatMoney(added.rise, batch.currency)}`}
            {added && added.unknown > 0 && ` · + ${t('money.unknown')}`}
          </Button>
        </>
      }
    >
      <div className="scroll-slim flex flex-col gap-4 overflow-y-auto px-5 pb-4">
        <Kinds chosen={draft.kind} onChoose={(kind) => change({ kind })} />
        <What draft={draft} change={change} plan={batch.plan} />
        {draft.kind !== 'append' && !(draft.kind === 'move' && draft.move === 'none') && <Which draft={draft} change={change} />}
        {failure && <Notice kind="warn">{[failure.message, failure.hint].filter(Boolean).join(' ')}</Notice>}
        {problem && <Notice kind="bad">{[problem.message, problem.hint].filter(Boolean).join(' ')}</Notice>}
        {shown && <EditPreviewView preview={shown.preview} currency={batch.currency} />}
      </div>
    </Dialog>
  );
}

/** What a draft would do, asked for once the typing has paused. */
function useShown(batchId: string, draft: Draft, again: number): { shown: Shown | null; problem: Problem | null } {
  const [settled, setSettled] = useState(draft);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(draft), PAUSE_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [draft]);
  const request = requestOf(settled);
  const answer = useQuery({
    queryKey: ['edit', batchId, request, again],
    queryFn: ({ signal }) => (request ? show(batchId, request, signal) : null),
    enabled: request !== null,
    gcTime: 0,
    retry: false,
  });
  // What was asked before the last letter is not what would be applied.
  if (settled !== draft || request === null) return { shown: null, problem: null };
  return { shown: answer.data ?? null, problem: answer.error ? asProblem(answer.error) : null };
}

function Kinds({ chosen, onChoose }: { chosen: Draft['kind']; onChoose: (kind: Draft['kind']) => void }) {
  const { t } = useTranslation('batches');
  return (
    <div role="group" aria-label={t('edit.kind')} className="flex flex-wrap gap-1.5">
      {KINDS.map((kind) => (
        <button
          key={kind}
          type="button"
          aria-pressed={chosen === kind}
          onClick={() => onChoose(kind)}
          className={cx(
            'h-8 rounded-control border px-3 text-control max-tablet:h-10',
            chosen === kind ? 'border-ink bg-ink text-app' : 'border-edge text-ink hover:bg-hover',
          )}
        >
          {t(`edit.kinds.${kind}`)}
        </button>
      ))}
    </div>
  );
}

interface PartProps {
  draft: Draft;
  change: (part: Partial<Draft>) => void;
}

function What({ draft, change, plan }: PartProps & { plan: Record<string, unknown> }) {
  const { t } = useTranslation('batches');
  if (draft.kind === 'remove') return <p className="text-body text-ink2">{t('edit.removeText')}</p>;
  if (draft.kind === 'move') {
    return (
      <div className="grid gap-3 tablet:grid-cols-2">
        <Choice
          label={t('edit.move')}
          value={draft.move}
          options={MOVES.map((value) => ({ value, label: t(`edit.moves.${value}`) }))}
          onChange={(move) => change({ move })}
        />
        <Select
          label={t('edit.priority')}
          value={draft.priority}
          options={[{ value: '', label: t('edit.prioritySame') }, ...PRIORITIES.map((value) => ({ value, label: value }))]}
          onChange={(priority) => change({ priority })}
        />
      </div>
    );
  }
  if (draft.kind === 'append') {
    return <Textarea label={t('edit.lines')} hint={t('edit.linesHint')} rows={4} className="font-mono" value={draft.lines} onChange={(event) => change({ lines: event.target.value })} />;
  }
  if (draft.kind === 'replace') {
    return (
      <div className="grid gap-3 tablet:grid-cols-2">
        <Input label={t('edit.find')} value={draft.find} onChange={(event) => change({ find: event.target.value })} />
        <Input label={t('edit.replace')} value={draft.replace} onChange={(event) => change({ replace: event.target.value })} />
        <label className="flex min-h-6 items-center gap-2 text-control">
          <input type="checkbox" className="size-4" checked={draft.isRegex} onChange={(event) => change({ isRegex: event.target.checked })} />
          {t('edit.regex')}
        </label>
      </div>
    );
  }
  return <FieldValue draft={draft} change={change} plan={plan} />;
}

function Which({ draft, change }: PartProps) {
  const { t } = useTranslation('batches');
  return (
    <fieldset className="grid gap-3 border-t border-line pt-3 tablet:grid-cols-2">
      <legend className="sr-only">{t('edit.which')}</legend>
      <Input label={t('edit.rows')} hint={t('edit.rowsHint')} placeholder="1-10, 15" value={draft.rows} onChange={(event) => change({ rows: event.target.value })} />
      <Input label={t('edit.contains')} hint={t('edit.containsHint')} value={draft.contains} onChange={(event) => change({ contains: event.target.value })} />
    </fieldset>
  );
}
