import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { asProblem, listQuotasOptions, listQuotasQueryKey, type MeRead, type QuotaRead, readMeOptions, removeQuotaMutation, setQuotaMutation } from '@/api';
import { formatBytes, formatDate, formatNumber } from '@/lib/format';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { ErrorState, Loading } from '@/ui/state';
import { say } from '@/ui/toast';

import { filled, inOrder, type Kind, mayChange, maySetMembers, runsAll, whoseIs } from '../quotas';
import { Part } from './part';
import { QuotaDialog } from './quota-dialog';

const LOOK_MILLISECONDS = 5_000;

/** What one and one's team may have, what is used and left of it, and when there is more. */
export function Quotas() {
  const { t } = useTranslation('settings');
  const quotas = useQuery({ ...listQuotasOptions(), refetchInterval: LOOK_MILLISECONDS });
  const me = useQuery(readMeOptions());
  const [adding, setAdding] = useState(false);
  const error = quotas.error ?? me.error;
  const maySet = me.data && (runsAll(me.data) || me.data.roles.some(({ team_id }) => maySetMembers(me.data, team_id)));
  const again = () => {
    void quotas.refetch();
    void me.refetch();
  };
  return (
    <Part
      title={t('quotas.title')}
      text={t('quotas.text')}
      action={
        maySet && (
          <Button icon={<Plus aria-hidden="true" className="size-4" />} onClick={() => setAdding(true)}>
            {t('quotas.add')}
          </Button>
        )
      }
    >
      {error && <ErrorState problem={asProblem(error)} onRetry={again} />}
      {!error && !(quotas.data && me.data) && <Loading />}
      {!error && quotas.data?.length === 0 && (
        <div className="text-control">
          <p className="font-medium">{t('quotas.none.title')}</p>
          <p className="text-ink2">{t('quotas.none.text')}</p>
        </div>
      )}
      {me.data && quotas.data && quotas.data.length > 0 && (
        <ul className="flex flex-col gap-3">
          {inOrder(quotas.data, me.data).map((quota) => (
            <QuotaCard key={quota.id} quota={quota} me={me.data} />
          ))}
        </ul>
      )}
      {adding && me.data && <QuotaDialog me={me.data} onClose={() => setAdding(false)} />}
    </Part>
  );
}

function QuotaCard({ quota, me }: { quota: QuotaRead; me: MeRead }) {
  const { t } = useTranslation('settings');
  const [changing, setChanging] = useState(false);
  const remove = useRemoving(quota);
  const name = `${quota.name}, ${t(`quotas.kinds.${quota.kind}`)}`;
  const { resets_at: resetsAt, zone } = quota;
  return (
    <li className="rounded-control border border-line bg-surface px-4 py-3">
      <div className="flex flex-wrap items-start gap-x-4 gap-y-2">
        <div className="min-w-0 grow basis-60">
          <h3 className="flex flex-wrap items-center gap-2 text-body font-medium">
            <span className="min-w-0 break-words">{quota.name}</span>
            <Badge>{t(`quotas.whose.${whoseIs(quota, me)}`)}</Badge>
            {quota.left === 0 && <Badge tone="warn">{t('quotas.usedUp')}</Badge>}
          </h3>
          <p className="text-small text-ink2">
            <span className="font-medium tabular-nums">{t(`quotas.amounts.${quota.kind}`, { count: quota.amount, number: quantity(quota.kind, quota.amount) })}</span>{' '}
            {t(`quotas.periods.${quota.period}`)}
            {resetsAt && <span className="text-ink3"> · {t('quotas.resets', { when: formatDate(resetsAt, { dateStyle: 'medium', timeStyle: 'short', timeZone: zone }), zone })}</span>}
          </p>
        </div>
        {mayChange(quota, me) && (
          <div className="flex gap-2">
            <Button size="small" className="max-tablet:h-11" aria-label={t('quotas.changeNamed', { name })} onClick={() => setChanging(true)}>
              {t('quotas.change')}
            </Button>
            <Button size="small" tone="quiet" className="max-tablet:h-11" busy={remove.isPending} aria-label={t('quotas.removeNamed', { name })} onClick={() => remove.mutate({ path: { quota_id: quota.id } })}>
              {t('quotas.remove')}
            </Button>
          </div>
        )}
      </div>
      <div aria-hidden="true" className="mt-3 flex h-2.5 overflow-hidden rounded-frame border border-edge bg-mat">
        {quota.used > 0 && <span className={quota.left === 0 ? 'h-full min-w-0.5 bg-warn' : 'h-full min-w-0.5 bg-ink'} style={{ width: `${filled(quota)}%` }} />}
      </div>
      <dl className="mt-2 flex flex-wrap gap-x-6 gap-y-1 text-small">
        {(['used', 'left'] as const).map((part) => (
          <div key={part} className="flex gap-1.5">
            <dt className="text-ink2">{t(`quotas.${part}`)}</dt>
            <dd className="font-medium tabular-nums">{quantity(quota.kind, quota[part])}</dd>
          </div>
        ))}
      </dl>
      {changing && <QuotaDialog me={me} quota={quota} onClose={() => setChanging(false)} />}
    </li>
  );
}

export function quantity(kind: Kind, amount: number): string {
  return kind === 'bytes' ? formatBytes(amount) : formatNumber(amount);
}

/** What was counted is counted again when a quota comes back, so that taking it away can be undone. */
function useRemoving(quota: QuotaRead) {
  const { t } = useTranslation('settings');
  const queries = useQueryClient();
  const again = () => queries.invalidateQueries({ queryKey: listQuotasQueryKey() });
  const fail = (error: unknown) => say({ title: asProblem(error).title, text: asProblem(error).message, kind: 'bad' });
  const restore = useMutation({ ...setQuotaMutation(), onSettled: again, onError: fail });
  return useMutation({
    ...removeQuotaMutation(),
    onSettled: again,
    onError: fail,
    onSuccess: () => {
      const { kind, amount, period, zone, user_id, team_id } = quota;
      say({ title: t('quotas.removed'), action: { label: t('undo'), run: () => restore.mutate({ body: { kind, amount, period, zone, user_id, team_id } }) } });
    },
  });
}
