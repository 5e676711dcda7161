import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Monitor, Smartphone } from 'lucide-react';
import { useTranslation } from 'react-i18next';

import { asProblem, listSessionsOptions, listSessionsQueryKey, revokeAllSessionsMutation, revokeSessionMutation, type SessionRead } from '@/api';
import { formatAgo, formatDate } from '@/lib/format';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Notice } from '@/ui/notice';
import { Said } from '@/ui/said';
import { Loading } from '@/ui/state';
import { say } from '@/ui/toast';

import { deviceOf } from '../devices';
import { Part } from './part';

/** Where one is signed in, each to be signed out at once. */
export function Devices() {
  const { t } = useTranslation('settings');
  const queries = useQueryClient();
  const sessions = useQuery(listSessionsOptions());
  const all = useMutation({
    ...revokeAllSessionsMutation(),
    onSuccess: () => location.assign('/'),
    onError: (error) => say({ title: asProblem(error).title, text: asProblem(error).message, kind: 'bad' }),
  });
  const rows = sessions.data ?? [];
  const again = () => void queries.invalidateQueries({ queryKey: listSessionsQueryKey() });
  return (
    <Part
      title={t('devices.title')}
      text={t('devices.text')}
      action={
        rows.length > 1 ? (
          <Button size="small" tone="bad" className="max-tablet:h-11" busy={all.isPending} onClick={() => all.mutate({})}>
            {t('devices.all')}
          </Button>
        ) : null
      }
    >
      {sessions.error && (
        <Notice kind="bad">
          <Said text={asProblem(sessions.error).message} />
        </Notice>
      )}
      {sessions.isPending && <Loading />}
      {sessions.data && rows.length === 0 && <p className="text-control text-ink2">{t('devices.none')}</p>}
      <ul>
        {rows.map((session) => (
          <Device key={session.id} session={session} onDone={again} />
        ))}
      </ul>
    </Part>
  );
}

function Device({ session, onDone }: { session: SessionRead; onDone: () => void }) {
  const { t } = useTranslation('settings');
  const { browser, system, isPhone } = deviceOf(session.agent);
  const name = [browser, system].filter(Boolean).join(' · ') || t('devices.unknown');
  const Icon = isPhone ? Smartphone : Monitor;
  const revoke = useMutation({
    ...revokeSessionMutation(),
    onSuccess: () => {
      if (session.is_this) return location.assign('/');
      say({ title: t('devices.revoked', { name }) });
      onDone();
    },
    onError: (error) => say({ title: asProblem(error).title, text: asProblem(error).message, kind: 'bad' }),
  });
  return (
    <li className="flex flex-wrap items-center gap-3 border-b border-line py-3 first:pt-0 last:border-b-0">
      <Icon aria-hidden="true" className="size-5 shrink-0 text-ink3" strokeWidth={1.75} />
      <div className="min-w-0 grow">
        <p className="flex flex-wrap items-center gap-2 text-control font-medium">
          {name}
          {session.is_this && <Badge tone="signal">{t('devices.this')}</Badge>}
        </p>
        <p className="text-small text-ink3">
          {t('devices.seen', { ago: formatAgo(session.seen_at) })} · <span className="font-mono">{session.address}</span> ·{' '}
          {t('devices.until', { day: formatDate(session.expires_at) })}
        </p>
      </div>
      <Button size="small" className="max-tablet:h-11" busy={revoke.isPending} aria-label={t('devices.revokeNamed', { name })} onClick={() => revoke.mutate({ path: { session_id: session.id } })}>
        {t('devices.revoke')}
      </Button>
    </li>
  );
}
