import { useTranslation } from 'react-i18next';

import { Tick } from '@/ui/choice';
import { Input } from '@/ui/field';
import { useFieldWords } from '@/ui/field-words';
import { Select } from '@/ui/select';

import { type Draft, FIELDS, hasDefault, UNSET } from '../editing';
import { useOffers } from '../offers';

const NOTHING = '';
/** A value is a word or a size: these are none. */
const DEFAULT = ' default';
const OTHER = ' other';

interface FieldValueProps {
  draft: Draft;
  change: (part: Partial<Draft>) => void;
  plan: Record<string, unknown>;
}

/** Which field, and what shall stand in it: nothing until somebody has chosen it, as the model's own may be the dearest. */
export function FieldValue({ draft, change, plan }: FieldValueProps) {
  const { t } = useTranslation('batches');
  const words = useFieldWords();
  const offers = useOffers(draft.field, plan);
  const choose = (value: string) => change({ value: value === DEFAULT || value === OTHER ? '' : value, isDefault: value === DEFAULT, isOther: value === OTHER });
  const options = [
    { value: NOTHING, label: t('edit.choose') },
    ...offers.map((value) => ({ value, label: words.valueOf(draft.field, value) })),
    ...(hasDefault(draft.field) ? [{ value: DEFAULT, label: t('edit.modelDefault') }] : []),
    { value: OTHER, label: t('edit.other') },
  ];
  const isTyped = offers.length === 0 || draft.isOther;
  return (
    <div className="grid items-start gap-3 tablet:grid-cols-2">
      <Select
        label={t('edit.field')}
        value={draft.field}
        options={FIELDS.map((value) => ({ value, label: words.nameOf(value) }))}
        onChange={(field) => change({ field, ...UNSET })}
      />
      <div className="flex min-w-0 flex-col gap-2">
        {offers.length > 0 && (
          <Select label={t('edit.value')} value={draft.isDefault ? DEFAULT : draft.isOther ? OTHER : draft.value} options={options} onChange={choose} />
        )}
        {isTyped && (
          <Input
            label={offers.length > 0 ? t('edit.other') : t('edit.value')}
            labelHidden={offers.length > 0}
            value={draft.value}
            disabled={draft.isDefault}
            onChange={(event) => change({ value: event.target.value })}
          />
        )}
        {offers.length === 0 && hasDefault(draft.field) && (
          <Tick label={t('edit.modelDefault')} checked={draft.isDefault} onChange={(isDefault) => change({ isDefault })} />
        )}
      </div>
    </div>
  );
}
