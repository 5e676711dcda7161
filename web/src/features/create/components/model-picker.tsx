import { Combobox } from '@base-ui/react/combobox';
import { Check, KeyRound, Plus, Search, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';

import { cx } from '@/lib/cx';
import { formatMoney } from '@/lib/format';
import { said } from '@/lib/said';
import { Badge } from '@/ui/badge';
import { buttonLook, iconButtonLook } from '@/ui/button';
import { popupLook } from '@/ui/look';
import { Said } from '@/ui/said';

import type { Choice } from '../api';

export interface ModelPickerProps {
  choices: readonly Choice[];
  value: readonly string[];
  onChange: (names: string[]) => void;
}

/** The chosen models as slips, and a list of all of them with what they cost and can. Several are compared row by row. */
export function ModelPicker({ choices, value, onChange }: ModelPickerProps) {
  const { t } = useTranslation('create');
  const chosen = value.map((name) => choices.find(({ model }) => model.name === name)).filter((choice) => choice !== undefined);
  return (
    <Combobox.Root
      items={choices}
      multiple
      value={chosen}
      onValueChange={(next: Choice[]) => onChange(next.map(({ model }) => model.name))}
      isItemEqualToValue={(a: Choice, b: Choice) => a.model.name === b.model.name}
      itemToStringLabel={({ model, providerTitle }: Choice) => `${model.title} ${providerTitle} ${model.model}`}
    >
      <div role="group" aria-label={t('models.label')} className="flex flex-col gap-1.5">
        <div className="flex items-center justify-between">
          <span aria-hidden="true" className="text-small font-medium text-ink2">
            {t('models.label')}
          </span>
          <Combobox.Trigger aria-label={t('models.add')} className={cx(buttonLook('quiet', 'small'), 'relative -my-1 max-tablet:h-11')}>
            <Plus aria-hidden="true" className="size-3.5" />
            {t('models.add')}
          </Combobox.Trigger>
        </div>
        {chosen.map((choice) => (
          <Slip
            key={choice.model.name}
            choice={choice}
            onRemove={() => onChange(value.filter((name) => name !== choice.model.name))}
          />
        ))}
        {chosen.length === 0 && <p className="rounded-control border border-dashed border-edge px-3 py-2 text-control text-ink3">{t('models.none')}</p>}
      </div>
      <Combobox.Portal>
        <Combobox.Positioner align="end" sideOffset={4} className="z-50 outline-none">
          <Combobox.Popup aria-label={t('models.add')} className={cx(popupLook, 'flex w-[min(400px,var(--available-width))] flex-col p-0')}>
            <div className="flex shrink-0 items-center gap-2 border-b border-line px-3">
              <Search aria-hidden="true" className="size-4 text-ink3" />
              <Combobox.Input placeholder={t('models.search')} aria-label={t('models.search')} className="h-10 grow bg-transparent text-control outline-none max-tablet:text-lead" />
            </div>
            <Combobox.Empty className="px-3 py-6 text-center text-control text-ink3 empty:hidden">{t('models.notFound')}</Combobox.Empty>
            <Combobox.List className="scroll-slim max-h-[min(420px,calc(var(--available-height)-44px))] overflow-y-auto p-1 data-empty:p-0">
              {(choice: Choice) => (
                <Combobox.Item
                  key={choice.model.name}
                  value={choice}
                  className="flex cursor-default items-start gap-2 rounded-control px-2 py-2 outline-none select-none data-highlighted:bg-hover"
                >
                  <span className="mt-0.5 flex size-4 shrink-0 items-center justify-center rounded-frame border border-edge">
                    <Combobox.ItemIndicator>
                      <Check aria-hidden="true" className="size-3.5 text-signal" strokeWidth={3} />
                    </Combobox.ItemIndicator>
                  </span>
                  <Facts choice={choice} withNote />
                </Combobox.Item>
              )}
            </Combobox.List>
          </Combobox.Popup>
        </Combobox.Positioner>
      </Combobox.Portal>
    </Combobox.Root>
  );
}

function Slip({ choice, onRemove }: { choice: Choice; onRemove: () => void }) {
  const { t } = useTranslation('create');
  return (
    <div className="flex items-start gap-1 rounded-control border border-line bg-surface py-1.5 pr-1 pl-3">
      <Facts choice={choice} />
      <button
        type="button"
        onClick={onRemove}
        aria-label={t('models.remove', { title: choice.model.title })}
        className={cx(iconButtonLook, 'size-7')}
      >
        <X aria-hidden="true" className="size-3.5" />
      </button>
    </div>
  );
}

function Facts({ choice: { model, providerTitle, lacksKey }, withNote }: { choice: Choice; withNote?: boolean }) {
  const { t } = useTranslation('create');
  return (
    <div className="min-w-0 grow text-control">
      <div className="flex items-baseline justify-between gap-2">
        <span className="truncate font-medium">{model.title}</span>
        <Price model={model} />
      </div>
      <div className="flex flex-wrap items-center gap-x-1.5 gap-y-1 text-small text-ink2">
        <span>{providerTitle}</span>
        {lacksKey && (
          <Badge tone="warn" icon={<KeyRound aria-hidden="true" className="size-3" />}>
            {t('models.lacksKey')}
          </Badge>
        )}
        {model.shutdown_on && <Badge tone="warn">{t('models.ends', { date: model.shutdown_on })}</Badge>}
        {withNote && model.max_references > 0 && <Badge>{t('models.edits')}</Badge>}
        {withNote && model.seed !== 'none' && <Badge>{t('models.seeds')}</Badge>}
        {withNote && model.backgrounds.includes('transparent') && <Badge>{t('models.transparent')}</Badge>}
      </div>
      {withNote && (
        <p className="mt-0.5 line-clamp-2 text-small text-ink3">
          <Said text={model.note} />
        </p>
      )}
    </div>
  );
}

function Price({ model }: { model: Choice['model'] }) {
  const { t } = useTranslation('create');
  if (model.expected_price === null) {
    return (
      <span title={said(model.unknown_price)} className="shrink-0 text-small text-warn">
        {t('price.unknown')}
      </span>
    );
  }
  const isFree = Number(model.expected_price) === 0;
  return (
    <span className="shrink-0 font-mono text-small text-ink2">
      {isFree ? t('price.free') : t('price.each', { price: formatMoney(model.expected_price, model.currency ?? 'USD') })}
    </span>
  );
}
