import { useMutation, useQueryClient } from '@tanstack/react-query';
import { PlugZap } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { asProblem, listKeysQueryKey, testKeyMutation, type KeyRead, type LaneRead, type ProviderRead } from '@/api';
import { formatAgo, formatNumber } from '@/lib/format';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Notice } from '@/ui/notice';
import { Said } from '@/ui/said';

import { KeyDialog } from './key-dialog';
import { LaneLine } from './lane-line';
import { RemoveKey } from './remove-key';

export interface KeyCardProps {
  apiKey: KeyRead;
  title: string;
  providers: readonly ProviderRead[];
  lane: LaneRead | undefined;
  /** Whether the one who looks may test, change and remove it. */
  mayKeep: boolean;
}

/** One key: where it goes, whether it works, its limits and its queue. */
export function KeyCard({ apiKey, title, providers, lane, mayKeep }: KeyCardProps) {
  const { t } = useTranslation('models');
  const queries = useQueryClient();
  const [asks, setAsks] = useState<'change' | 'remove' | null>(null);
  const test = useMutation({
    ...testKeyMutation(),
    onSettled: () => queries.invalidateQueries({ queryKey: listKeysQueryKey() }),
  });
  const isLent = apiKey.source === 'environment';
  const name = isLent ? title : apiKey.label || title;
  return (
    <li className="rounded-control border border-line bg-surface">
      <div className="flex flex-wrap items-start gap-x-4 gap-y-3 px-4 py-3">
        <div className="min-w-0 grow">
          <h3 className="flex flex-wrap items-center gap-2 text-body font-medium">
            {name}
            <Works apiKey={apiKey} />
          </h3>
          <p className="mt-0.5 flex flex-wrap gap-x-3 text-small text-ink2">
            {!isLent && apiKey.label && <span>{title}</span>}
            <span className="font-mono">{isLent ? apiKey.label.replace(/^from /, '$') : apiKey.hint.replace('…', '•••• ')}</span>
            {apiKey.base_url && <span className="font-mono break-all text-ink3">{apiKey.base_url}</span>}
          </p>
          <Limits limits={apiKey.limits} />
        </div>
        {mayKeep && (
          <div className="flex flex-wrap gap-2">
            <Button
              size="small"
              className="max-tablet:h-11"
              busy={test.isPending}
              icon={<PlugZap aria-hidden="true" className="size-3.5" />}
              aria-label={t('keys.testNamed', { name })}
              onClick={() => test.mutate({ path: { key_id: apiKey.id } })}
            >
              {t('keys.test')}
            </Button>
            {!isLent && (
              <>
                <Button size="small" className="max-tablet:h-11" aria-label={t('keys.changeNamed', { name })} onClick={() => setAsks('change')}>
                  {t('keys.change')}
                </Button>
                <Button size="small" tone="quiet" className="max-tablet:h-11" aria-label={t('keys.removeNamed', { name })} onClick={() => setAsks('remove')}>
                  {t('keys.remove')}
                </Button>
              </>
            )}
          </div>
        )}
        {isLent && <p className="w-full text-small text-ink3">{t('keys.lent')}</p>}
        <Tested test={test.data} error={test.error} />
      </div>
      {lane && (
        <div className="border-t border-line px-4 py-2.5">
          <LaneLine lane={lane} name={name} />
        </div>
      )}
      {asks === 'change' && <KeyDialog providers={providers} provider={apiKey.provider} apiKey={apiKey} onClose={() => setAsks(null)} />}
      {asks === 'remove' && <RemoveKey apiKey={apiKey} name={name} lane={lane} onClose={() => setAsks(null)} />}
    </li>
  );
}

function Works({ apiKey }: { apiKey: KeyRead }) {
  const { t } = useTranslation('models');
  if (apiKey.source === 'environment') return <Badge tone="info">{t('keys.fromEnvironment')}</Badge>;
  if (!apiKey.checked_at) return <Badge>{t('keys.untested')}</Badge>;
  const when = formatAgo(apiKey.checked_at);
  return apiKey.trouble ? <Badge tone="bad">{t('keys.failedAgo', { when })}</Badge> : <Badge tone="ok">{t('keys.workedAgo', { when })}</Badge>;
}

/** What a test has just said; the last trouble is on the badge. */
function Tested({ test, error }: { test: { works: boolean; message: string } | undefined; error: unknown }) {
  const { t } = useTranslation('models');
  if (error) {
    return (
      <Notice kind="bad" className="w-full">
        <Said text={asProblem(error).message} />
      </Notice>
    );
  }
  if (!test) return null;
  return (
    <Notice kind={test.works ? 'ok' : 'bad'} className="w-full">
      {t(test.works ? 'keys.works' : 'keys.failed')} {(!test.works || test.message !== 'The key works.') && <Said text={test.message} />}
    </Notice>
  );
}

function Limits({ limits }: { limits: KeyRead['limits'] }) {
  const { t } = useTranslation('models');
  const stated = Object.entries(limits).filter(([, value]) => typeof value === 'number');
  if (stated.length === 0) return null;
  return (
    <p className="mt-2 flex flex-wrap gap-1">
      {stated.map(([name, value]) => (
        <Badge key={name}>
          {t(`limits.${name}`)}: {formatNumber(Number(value))}
        </Badge>
      ))}
    </p>
  );
}
