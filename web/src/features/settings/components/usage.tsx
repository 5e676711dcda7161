import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { asProblem, readUsageOptions } from '@/api';
import { formatBytes, formatNumber } from '@/lib/format';
import { buttonLook } from '@/ui/button';
import { ErrorState, Loading } from '@/ui/state';

import { Part } from './part';
import { Quotas } from './quotas';

/** What one may have, what is used of it, and what the pictures take. */
export default function Usage() {
  const { t } = useTranslation('settings');
  return (
    <>
      <Quotas />
      <Storage />
      <Part title={t('spend.title')} text={t('spend.text')}>
        <Link to="/models" search={{ tab: 'budgets' }} className={buttonLook('line')}>
          {t('spend.go')}
        </Link>
      </Part>
    </>
  );
}

function Storage() {
  const { t } = useTranslation('settings');
  const usage = useQuery(readUsageOptions());
  return (
    <Part title={t('storage.title')} text={t('storage.text')}>
      {usage.error && <ErrorState problem={asProblem(usage.error)} onRetry={() => void usage.refetch()} />}
      {usage.isPending && <Loading />}
      <ul>
        {usage.data?.map((team) => (
          <li key={team.team_id} className="flex flex-wrap items-baseline gap-x-4 gap-y-1 border-b border-line py-2.5 text-control first:pt-0 last:border-b-0">
            <span className="min-w-0 grow font-medium break-words">{team.team}</span>
            <span className="text-ink2">{t('storage.members', { count: team.members })}</span>
            <span className="text-ink2">{t('storage.count', { count: team.pictures, number: formatNumber(team.pictures) })}</span>
            <span className="min-w-20 text-end font-medium tabular-nums">{formatBytes(team.file_bytes)}</span>
          </li>
        ))}
      </ul>
    </Part>
  );
}
