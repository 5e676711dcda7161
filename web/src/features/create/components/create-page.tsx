import { useNavigate } from '@tanstack/react-router';
import { Upload } from 'lucide-react';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { asProblem } from '@/api';
import { useActions } from '@/lib/actions';
import { Dialog } from '@/ui/dialog';
import { Notice } from '@/ui/notice';
import { say } from '@/ui/toast';

import { begin, useChoices, useEstimate, useSubmit } from '../api';
import { useDrop } from '../drop';
import { useOrigin } from '../from';
import { change, useDraft } from '../model';
import { addReferences, REFERENCES_MOST } from '../references';
import { createPageRoute } from '../routes';
import { CostBar } from './cost-bar';
import { Extras } from './extras';
import { HistoryDialog } from './history-dialog';
import { KeptNotices } from './kept-notices';
import { OpenRecipe } from './open-recipe';
import { OtherTab } from './other-tab';
import { PreviewDialog } from './preview-dialog';
import { PromptSheet } from './prompt-sheet';
import { RecipesDialog } from './recipes-dialog';
import { SendingLine } from './sending-line';
import { SettingsPanel } from './settings-panel';
import { SheetPanel } from './sheet-panel';
import { Warnings } from './warnings';
import { WildcardsDialog } from './wildcards-dialog';

export { askEarly } from '../api';

/** From lines to pictures: what, with which models, how many, for how much. */
export function CreatePage() {
  const { t } = useTranslation('create');
  const navigate = useNavigate();
  const draft = useDraft();
  const models = useChoices();
  const { estimate, problem, isCurrent, isEmpty } = useEstimate(draft);
  const submit = useSubmit((batch) => void navigate({ to: '/batches/$batchId', params: { batchId: batch.id } }));
  const [overlay, setOverlay] = useState<'preview' | 'settings' | 'history' | 'recipes' | 'wildcards' | null>(null);
  const drop = useDrop();
  const { from, seed, wish, reference } = createPageRoute.useSearch();
  const forget = useCallback(() => void navigate({ to: '/create', search: {}, replace: true }), [navigate]);
  useOrigin(from, seed, wish, forget);
  useEffect(() => {
    if (!reference) return;
    const over = addReferences(reference.split(','));
    if (over > 0) say({ title: t('references.full', { count: REFERENCES_MOST }), kind: 'bad' });
    forget();
  }, [reference, forget, t]);
  useBeginning(models.choices, from !== undefined);

  const badCells = estimate?.problem_cells ?? 0;
  const hindrance = isEmpty ? null : problem ? asProblem(problem).message : badCells > 0 ? t('problems.some', { count: estimate?.problems.length ?? badCells }) : null;
  const { mutate, isPending } = submit;
  const canGenerate = !isPending && !isEmpty && hindrance === null && (estimate?.items ?? 0) > 0;
  const actions = useMemo(
    () => [
      {
        id: 'create.generate',
        label: 'create:actions.generate',
        group: 'create:title',
        keys: '$mod+Enter',
        whileTyping: true,
        run: () => canGenerate && mutate(draft),
      },
    ],
    [canGenerate, mutate, draft],
  );
  useActions(actions);
  const settings = <SettingsPanel models={models} onFiles={drop.takePictures} isTaking={drop.isTaking} />;
  return (
    <div className="flex min-h-0 grow flex-col" {...drop.handlers}>
      <title>{`${t('title')} · Imageloom`}</title>
      <h1 className="sr-only">{t('title')}</h1>
      <div className="flex min-h-0 grow">
        <div className="flex min-w-0 grow flex-col">
          <Extras onFile={drop.take} isBusy={drop.isBusy} onOpen={setOverlay} />
          {drop.sending && <SendingLine sending={drop.sending} />}
          <OtherTab />
          <OpenRecipe />
          {draft.sheet ? <SheetPanel sheet={draft.sheet} /> : <PromptSheet problems={estimate?.problems ?? NONE} items={isCurrent && estimate ? estimate.row_items : isEmpty ? NONE : null} />}
          <Warnings estimate={estimate} choices={models.choices} hasSheet={draft.sheet !== null} />
          <KeptNotices />
          {submit.error && asProblem(submit.error).status !== 0 && (
            <Notice kind="bad" className="mx-4 mb-3">
              {asProblem(submit.error).message} {asProblem(submit.error).hint}
            </Notice>
          )}
        </div>
        <aside aria-label={t('settings')} className="scroll-slim w-[340px] shrink-0 overflow-y-auto border-l border-line px-4 py-4 max-desk:hidden">
          {settings}
        </aside>
      </div>
      <CostBar
        estimate={isEmpty ? undefined : estimate}
        isCurrent={isCurrent || isEmpty}
        hindrance={hindrance}
        isBusy={isPending}
        onGenerate={() => mutate(draft)}
        onPreview={() => setOverlay('preview')}
        onSettings={() => setOverlay('settings')}
      />
      <PreviewDialog open={overlay === 'preview'} onClose={() => setOverlay(null)} />
      {overlay === 'history' && <HistoryDialog onClose={() => setOverlay(null)} />}
      {overlay === 'recipes' && <RecipesDialog onClose={() => setOverlay(null)} />}
      {overlay === 'wildcards' && <WildcardsDialog onClose={() => setOverlay(null)} />}
      <Dialog open={overlay === 'settings'} onOpenChange={(open) => setOverlay(open ? 'settings' : null)} title={t('settings')}>
        <div className="scroll-slim overflow-y-auto px-5 pt-1 pb-6">{settings}</div>
      </Dialog>
      {drop.isOver && (
        <div aria-hidden="true" className="pointer-events-none fixed inset-0 z-40 flex items-center justify-center bg-shade">
          <div className="flex items-center gap-3 rounded-dialog border-2 border-dashed border-signal bg-raised px-8 py-6 text-lead font-medium">
            <Upload className="size-5 text-signal" />
            {t('sheet.drop')}
          </div>
        </div>
      )}
    </div>
  );
}

const NONE: never[] = [];

/** Begins a first visit, and leaves out models that are no more. */
function useBeginning(choices: ReturnType<typeof useChoices>['choices'], isTaken: boolean): void {
  const { t } = useTranslation('create');
  const { models } = useDraft();
  useEffect(() => {
    const known = models.filter((name) => choices.some(({ model }) => model.name === name));
    if (choices.length === 0) return;
    if (known.length < models.length) {
      say({ title: t('models.gone', { names: models.filter((name) => !known.includes(name)).join(', ') }) });
      change({ models: known });
    }
    if (!isTaken) begin(choices, t('samples'));
  }, [choices, isTaken, models, t]);
}
