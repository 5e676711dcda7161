import { useQuery } from '@tanstack/react-query';
import { Plus, X } from 'lucide-react';
import { type FormEvent, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { listLabelsOptions } from '@/api';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Input } from '@/ui/field';

import { useHand } from '../model/hand';
import { judge } from '../model/judging';

const SUGGESTED = 30;

/** Words as they are typed, with commas between them; 、 and ， are commas too. */
export function labelsIn(text: string): string[] {
  return [...new Set(text.split(/[,，、\n]/).map((word) => word.trim().replaceAll(/\s+/g, ' ')))].filter((word) => word !== '' && word.length <= 40);
}

function LabelField({ onGive, onTake }: { onGive: (labels: string[]) => void; onTake?: (labels: string[]) => void }) {
  const { t } = useTranslation('library');
  const list = useId();
  const [text, setText] = useState('');
  const known = useQuery(listLabelsOptions()).data?.items ?? [];
  const give = (event: FormEvent) => {
    event.preventDefault();
    const labels = labelsIn(text);
    if (labels.length === 0) return;
    onGive(labels);
    setText('');
  };
  return (
    <form onSubmit={give} className="flex flex-wrap items-end gap-2">
      <div className="min-w-40 grow">
        <Input label={t('labels.field')} labelHidden={!onTake} value={text} list={list} maxLength={400} hint={onTake ? t('labels.hint') : undefined} onChange={(event) => setText(event.target.value)} />
      </div>
      <datalist id={list}>
        {known.slice(0, SUGGESTED).map(({ label }) => (
          <option key={label} value={label}>
            {label}
          </option>
        ))}
      </datalist>
      <div className="flex gap-2">
        <Button type="submit" disabled={labelsIn(text).length === 0} icon={<Plus aria-hidden="true" className="size-4" />}>
          {t('labels.give')}
        </Button>
        {onTake && (
          <Button disabled={labelsIn(text).length === 0} onClick={() => onTake(labelsIn(text))}>
            {t('labels.take')}
          </Button>
        )}
      </div>
    </form>
  );
}

/** Labels of all that is chosen: given to all of them, or taken from all. */
export function LabelsDialog({ ids, onClose }: { ids: readonly string[]; onClose: () => void }) {
  const { t } = useTranslation('library');
  const hand = useHand();
  return (
    <Dialog open onOpenChange={(isOpen) => !isOpen && onClose()} title={t('labels.title', { count: ids.length })}>
      <div className="px-5 pt-2 pb-5">
        <LabelField
          onGive={(add_labels) => {
            void judge(hand, ids, { add_labels });
            onClose();
          }}
          onTake={(remove_labels) => {
            void judge(hand, ids, { remove_labels });
            onClose();
          }}
        />
      </div>
    </Dialog>
  );
}

/** The labels of one picture, each to be taken off. */
export function LabelsOf({ id, labels, mayChange }: { id: string; labels: readonly string[]; mayChange: boolean }) {
  const { t } = useTranslation('library');
  const hand = useHand();
  return (
    <div className="flex flex-col gap-2">
      {labels.length > 0 && (
        <ul aria-label={t('labels.label')} className="flex flex-wrap gap-1.5">
          {labels.map((label) => (
            <li key={label} className="flex min-h-7 max-w-full items-center rounded-control border border-line bg-app px-2 text-small">
              <span className="truncate">{label}</span>
              {mayChange && (
                <button type="button" aria-label={t('labels.remove', { label })} onClick={() => void judge(hand, [id], { remove_labels: [label] })} className="-mr-1.5 flex size-6 items-center justify-center rounded-control text-ink2 hover:bg-hover hover:text-ink">
                  <X aria-hidden="true" className="size-3.5" />
                </button>
              )}
            </li>
          ))}
        </ul>
      )}
      {mayChange && <LabelField onGive={(add_labels) => void judge(hand, [id], { add_labels })} />}
    </div>
  );
}
