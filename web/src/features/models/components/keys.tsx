import { useQuery } from '@tanstack/react-query';
import { KeyRound } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { asProblem, listKeysOptions, listLanesOptions, listProvidersOptions, type LaneRead, type ProviderRead, useMay } from '@/api';
import { said } from '@/lib/said';
import { Button } from '@/ui/button';
import { Empty, ErrorState, Loading } from '@/ui/state';

import { accessTo, lanesOf, otherLanes } from '../model';
import { KeyCard } from './key-card';
import { KeyDialog } from './key-dialog';
import { LaneLine } from './lane-line';

const LOOK_MILLISECONDS = 4_000;

/** The keys, the queue of each, and the queues that need none. */
export default function Keys() {
  const { t } = useTranslation('models');
  const mayRead = useMay('keys:read');
  const mayKeep = useMay('keys:write') === true;
  const keys = useQuery({ ...listKeysOptions(), enabled: mayRead === true });
  const providers = useQuery(listProvidersOptions());
  const lanes = useQuery({ ...listLanesOptions(), refetchInterval: LOOK_MILLISECONDS });
  const [adding, setAdding] = useState<string | null>(null);
  const failed = keys.error ?? providers.error;
  if (mayRead === false) return <Empty title={t('keys.notYours.title')}>{t('keys.notYours.text')}</Empty>;
  if (failed) return <ErrorState problem={asProblem(failed)} onRetry={() => void Promise.all([keys.refetch(), providers.refetch()])} />;
  if (!keys.data || !providers.data) return <Loading />;
  const titles = new Map(providers.data.map(({ id, title }) => [id, said(title)]));
  const others = otherLanes(keys.data, lanes.data ?? []);
  return (
    <div className="flex max-w-4xl flex-col gap-8">
      <section aria-labelledby="keys-heading">
        <header className="mb-3 flex flex-wrap items-center gap-3">
          <h2 id="keys-heading" className="text-lead font-semibold">
            {t('keys.title')}
          </h2>
          {mayKeep && (
            <Button tone="ink" className="ml-auto" icon={<KeyRound aria-hidden="true" className="size-4" />} onClick={() => setAdding('')}>
              {t('keys.add')}
            </Button>
          )}
        </header>
        {keys.data.length === 0 ? (
          <Empty title={t('keys.none.title')}>{t('keys.none.text')}</Empty>
        ) : (
          <ul className="flex flex-col gap-3">
            {keys.data.map((key) => (
              <KeyCard key={key.id} apiKey={key} title={titles.get(key.provider) ?? key.provider} providers={providers.data} lane={lanesOf(key, lanes.data)} mayKeep={mayKeep} />
            ))}
          </ul>
        )}
        {mayKeep && <Locked providers={providers.data.filter((provider) => accessTo(provider, keys.data) === 'missing')} onAdd={setAdding} />}
      </section>
      <OtherLanes lanes={others} titles={titles} />
      {adding !== null && <KeyDialog providers={providers.data} provider={adding} onClose={() => setAdding(null)} />}
    </div>
  );
}

/** What cannot be used yet, each with the key that would open it. */
function Locked({ providers, onAdd }: { providers: readonly ProviderRead[]; onAdd: (provider: string) => void }) {
  const { t } = useTranslation('models');
  if (providers.length === 0) return null;
  return (
    <div className="mt-4 rounded-control border border-dashed border-edge px-4 py-3">
      <p className="mb-2 text-small text-ink2">{t('keys.locked')}</p>
      <div className="flex flex-wrap gap-2">
        {providers.map((provider) => (
          <Button key={provider.id} size="small" className="max-tablet:h-11" onClick={() => onAdd(provider.id)}>
            {t('keys.addFor', { provider: said(provider.title) })}
          </Button>
        ))}
      </div>
    </div>
  );
}

function OtherLanes({ lanes, titles }: { lanes: readonly LaneRead[]; titles: ReadonlyMap<string, string> }) {
  const { t } = useTranslation('models');
  if (lanes.length === 0) return null;
  return (
    <section aria-labelledby="lanes-heading">
      <h2 id="lanes-heading" className="text-lead font-semibold">
        {t('lanes.others')}
      </h2>
      <p className="mb-3 text-small text-ink3">{t('lanes.othersText')}</p>
      <ul className="flex flex-col gap-3">
        {lanes.map((lane) => (
          <li key={lane.id} className="rounded-control border border-line px-4 py-3">
            <h3 className="mb-2 text-body font-medium">{titles.get(lane.provider) ?? lane.provider}</h3>
            <LaneLine lane={lane} name={titles.get(lane.provider) ?? lane.provider} />
          </li>
        ))}
      </ul>
    </section>
  );
}
