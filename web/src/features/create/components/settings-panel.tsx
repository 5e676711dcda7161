import { Link } from '@tanstack/react-router';
import { ChevronRight, KeyRound } from 'lucide-react';
import { useTranslation } from 'react-i18next';

import { Input } from '@/ui/field';
import { useFieldWords } from '@/ui/field-words';
import { ErrorState, Loading } from '@/ui/state';
import { Select } from '@/ui/select';
import { asProblem } from '@/api';

import type { useChoices } from '../api';
import { change, COUNT_MOST, DRAWS_MOST, type Draft, useDraft } from '../model';
import { ModelPicker } from './model-picker';
import { References } from './references';
import { RunOptions } from './run-options';
import { SizePicker } from './size-picker';
import { Toggles } from './toggles';

export interface SettingsPanelProps {
  models: ReturnType<typeof useChoices>;
  /** Picture files that are to be references. */
  onFiles: (files: readonly File[]) => void;
  isTaking: boolean;
}

/** Which models make the pictures, in which shapes, and how many. */
export function SettingsPanel({ models, onFiles, isTaking }: SettingsPanelProps) {
  const { t } = useTranslation('create');
  const words = useFieldWords();
  const draft = useDraft();
  const chosen = models.choices.filter(({ model }) => draft.models.includes(model.name)).map(({ model }) => model);
  // Then the page says more loudly that one is missing.
  const lacksKey = models.choices.some((choice) => choice.lacksKey && draft.models.includes(choice.model.name));
  const qualities = [...new Set(chosen.flatMap((model) => model.qualities))];
  const knowsSeeds = chosen.some((model) => model.seed !== 'none');
  if (models.error) return <ErrorState problem={asProblem(models.error)} onRetry={models.retry} />;
  if (models.isLoading) return <Loading />;
  return (
    <div className="flex flex-col gap-5">
      <ModelPicker choices={models.choices} value={draft.models} onChange={(names) => change({ models: names })} />
      {models.hasNoKey && !lacksKey && <FirstKey />}
      <SizePicker models={chosen} value={draft.sizes} onChange={(sizes) => change({ sizes })} />
      {qualities.length > 0 && (
        <Toggles
          label={t('quality.label')}
          hint={draft.qualities.length === 0 ? t('quality.none') : undefined}
          options={qualities.map((value) => ({ value, label: words.valueOf('quality', value) }))}
          value={draft.qualities.filter((quality) => qualities.includes(quality))}
          onChange={(next) => change({ qualities: next })}
        />
      )}
      <div className="grid grid-cols-2 gap-3">
        <NumberInput label={t('count.label')} value={draft.count} most={COUNT_MOST} onChange={(count) => change({ count })} />
        <Input
          label={t('seeds.label')}
          placeholder={t('seeds.placeholder')}
          value={draft.seeds}
          onChange={(event) => change({ seeds: event.target.value })}
          className="font-mono"
        />
      </div>
      {draft.seeds && !knowsSeeds && <p className="-mt-3 text-small text-warn">{t('seeds.unknown')}</p>}
      <References models={chosen} onFiles={onFiles} isBusy={isTaking} />
      <Advanced draft={draft} knowsNegative={chosen.some((model) => model.negative_prompt)} />
    </div>
  );
}

/** Until there is a key, a quiet word on how more models come. */
function FirstKey() {
  const { t } = useTranslation('create');
  return (
    <p className="-mt-2 flex items-start gap-2 rounded-control bg-app px-3 py-2 text-small text-ink2">
      <KeyRound aria-hidden="true" className="mt-px size-3.5 shrink-0 text-ink3" />
      <span>
        {t('firstKey.text')}{' '}
        <Link to="/models" search={{ tab: 'keys' }} className="font-medium whitespace-nowrap text-ink underline underline-offset-2">
          {t('firstKey.add')}
        </Link>
      </span>
    </p>
  );
}

function Advanced({ draft, knowsNegative }: { draft: Draft; knowsNegative: boolean }) {
  const { t } = useTranslation('create');
  return (
    <details className="group border-t border-line pt-3">
      <summary className="flex min-h-8 cursor-pointer list-none items-center gap-1.5 rounded-control text-control font-medium text-ink2 hover:text-ink max-tablet:min-h-11 [&::-webkit-details-marker]:hidden">
        <ChevronRight aria-hidden="true" className="size-4 transition-transform group-open:rotate-90" />
        {t('advanced.label')}
      </summary>
      <div className="flex flex-col gap-4 pt-3">
        <Select
          label={t('grammar.label')}
          value={draft.mode}
          options={[
            { value: 'random', label: t('grammar.random') },
            { value: 'all', label: t('grammar.all') },
            { value: 'as_written', label: t('grammar.asWritten') },
          ]}
          onChange={(mode) => change({ mode })}
        />
        {draft.mode === 'random' && (
          <NumberInput label={t('grammar.draws')} value={draft.draws} most={DRAWS_MOST} onChange={(draws) => change({ draws })} />
        )}
        {knowsNegative && (
          <Input label={t('negative.label')} value={draft.negative} onChange={(event) => change({ negative: event.target.value })} />
        )}
        <Input label={t('name.label')} placeholder={t('name.placeholder')} value={draft.name} onChange={(event) => change({ name: event.target.value })} maxLength={300} />
        <RunOptions />
        <label className="flex items-start gap-2 text-control">
          <input type="checkbox" checked={draft.reuse} onChange={(event) => change({ reuse: event.target.checked })} className="mt-[3px] size-4 shrink-0" />
          <span>
            {t('reuse.label')}
            <span className="block text-small text-ink3">{t('reuse.hint')}</span>
          </span>
        </label>
      </div>
    </details>
  );
}

interface NumberInputProps {
  label: string;
  value: number;
  most: number;
  onChange: (value: number) => void;
}

function NumberInput({ label, value, most, onChange }: NumberInputProps) {
  return (
    <Input
      label={label}
      type="number"
      inputMode="numeric"
      min={1}
      max={most}
      value={value}
      onChange={(event) => {
        const next = Math.floor(Number(event.target.value));
        if (Number.isFinite(next)) onChange(Math.min(Math.max(next, 1), most));
      }}
      className="font-mono"
    />
  );
}
