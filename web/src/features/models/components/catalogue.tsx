import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { asProblem, listKeysOptions, listModelsOptions, listPricesOptions, listProvidersOptions, type PriceRead, type ProviderRead, useMay } from '@/api';
import { Button } from '@/ui/button';
import { Tick } from '@/ui/choice';
import { Input } from '@/ui/field';
import { Notice } from '@/ui/notice';
import { Said } from '@/ui/said';
import { Select } from '@/ui/select';
import { Empty, ErrorState, Loading } from '@/ui/state';

import { grouped } from '../model';
import { modelsRoute } from '../routes';
import { KeyDialog } from './key-dialog';
import { ProviderGroup } from './provider-group';

const NO_LINES: PriceRead[] = [];

export function Catalogue() {
  const { t } = useTranslation('models');
  const providers = useQuery(listProvidersOptions());
  const models = useQuery(listModelsOptions());
  const keys = useQuery({ ...listKeysOptions(), enabled: useMay('keys:read') === true });
  const mayKeep = useMay('keys:write') === true;
  const prices = useQuery(listPricesOptions());
  const { q = '', provider, usable } = modelsRoute.useSearch();
  const navigate = useNavigate({ from: '/models' });
  const [adding, setAdding] = useState<ProviderRead | null>(null);
  const [resets, setResets] = useState(0);
  const showAll = () => {
    setResets(resets + 1);
    void navigate({ search: { tab: 'catalogue' } });
  };
  const failed = providers.error ?? models.error;
  if (failed) return <ErrorState problem={asProblem(failed)} onRetry={() => void Promise.all([providers.refetch(), models.refetch()])} />;
  if (!providers.data || !models.data) return <Loading />;
  const groups = grouped(providers.data, models.data, keys.data, { q, provider, usable });
  return (
    <div className="flex flex-col gap-6">
      <Filters key={resets} providers={providers.data} />
      <PriceWarnings lines={prices.data?.lines ?? NO_LINES} days={prices.data?.stale_after_days} trouble={prices.data?.trouble} />
      {groups.length === 0 && (
        <Empty
          title={t('nothing.title')}
          action={<Button onClick={showAll}>{t('nothing.action')}</Button>}
        >
          {t('nothing.text')}
        </Empty>
      )}
      {groups.map((group) => (
        <ProviderGroup key={group.provider.id} group={group} lines={prices.data?.lines ?? NO_LINES} onAdd={mayKeep ? () => setAdding(group.provider) : undefined} />
      ))}
      {adding && <KeyDialog providers={providers.data} provider={adding.id} onClose={() => setAdding(null)} />}
    </div>
  );
}

function Filters({ providers }: { providers: readonly ProviderRead[] }) {
  const { t } = useTranslation('models');
  const { q, provider, usable } = modelsRoute.useSearch();
  // The address follows a moment later: what is typed must not wait for it.
  const [text, setText] = useState(q ?? '');
  const navigate = useNavigate({ from: '/models' });
  const wish = (changes: { q?: string | undefined; provider?: string | undefined; usable?: boolean | undefined }) =>
    void navigate({ search: (before) => ({ ...before, ...changes }), replace: true });
  const options = [{ value: '', label: t('filter.everyProvider') }, ...providers.map(({ id, title }) => ({ value: id, label: title }))];
  return (
    <div className="flex flex-wrap items-center gap-3">
      <div className="w-64 max-tablet:w-full">
        <Input
          label={t('filter.search')}
          labelHidden
          type="search"
          placeholder={t('filter.search')}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            wish({ q: event.target.value || undefined });
          }}
        />
      </div>
      <div className="w-52 max-tablet:w-full">
        <Select label={t('filter.provider')} labelHidden value={provider ?? ''} options={options} onChange={(next) => wish({ provider: next || undefined })} />
      </div>
      <Tick label={t('filter.usable')} checked={usable === true} onChange={(next) => wish({ usable: next || undefined })} />
    </div>
  );
}

/** What of the price book is not to be trusted: lines that nobody has compared for long, and files that cannot be read. */
function PriceWarnings({ lines, days, trouble }: { lines: readonly PriceRead[]; days?: number | undefined; trouble?: string | null | undefined }) {
  const { t } = useTranslation('models');
  const stale = lines.filter((line) => line.is_stale && line.is_in_force);
  return (
    <>
      {trouble && (
        <Notice kind="bad">
          {t('prices.trouble')} <Said text={trouble} />
        </Notice>
      )}
      {stale.length > 0 && <Notice kind="warn">{t('prices.stale', { count: stale.length, days })}</Notice>}
    </>
  );
}
