import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Mail } from 'lucide-react';
import { useTranslation } from 'react-i18next';

import { asProblem, type InvitationRead, listInvitationsOptions, listInvitationsQueryKey, listProjectsOptions, type MemberRead, revokeInvitationMutation } from '@/api';
import { formatAgo, formatDate } from '@/lib/format';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { ErrorState } from '@/ui/state';
import { say } from '@/ui/toast';

import type { TeamRole } from '../people';
import { sayProblem } from '../saying';
import type { Wish } from './invite-dialog';
import { Part } from './part';
import { Dotted } from './person-line';

/** The links into a team that can still be taken. */
export function Invitations({ teamId, members, onAgain }: { teamId: string; members: readonly MemberRead[]; onAgain: (wish: Wish) => void }) {
  const { t } = useTranslation('settings');
  const invitations = useQuery(listInvitationsOptions());
  const rows = invitations.data?.filter(({ team_id }) => team_id === teamId) ?? [];
  if (!invitations.error && rows.length === 0) return null;
  return (
    <Part title={t('people.invitations')} text={t('people.invitationsText')}>
      {invitations.error && <ErrorState problem={asProblem(invitations.error)} onRetry={() => void invitations.refetch()} />}
      <ul>
        {rows.map((row) => (
          <InvitationLine key={row.id} invitation={row} by={members.find(({ user_id }) => user_id === row.made_by)?.name} onAgain={onAgain} />
        ))}
      </ul>
    </Part>
  );
}

function InvitationLine({ invitation, by, onAgain }: { invitation: InvitationRead; by: string | undefined; onAgain: (wish: Wish) => void }) {
  const { t } = useTranslation('settings');
  const queries = useQueryClient();
  const { id, email, role, project_id: projectId, created_at: made, expires_at: until } = invitation;
  const projects = useQuery({ ...listProjectsOptions(), enabled: projectId !== null });
  const project = projectId && (projects.data?.find((one) => one.id === projectId)?.name ?? '…');
  const name = email ?? t('people.anybody');
  const revoke = useMutation({
    ...revokeInvitationMutation(),
    // A link that was revoked works no more; another of the same kind is what can be had.
    onSuccess: () => say({ title: t('people.revoked', { name }), action: { label: t('people.again'), run: () => onAgain({ email: email ?? '', role: role as TeamRole, projectId: projectId ?? undefined }) } }),
    onError: sayProblem,
    onSettled: () => queries.invalidateQueries({ queryKey: listInvitationsQueryKey() }),
  });
  return (
    <li className="flex flex-wrap items-center gap-3 border-b border-line py-3 first:pt-0 last:border-b-0">
      <Mail aria-hidden="true" className="mx-2 size-5 shrink-0 text-ink3" strokeWidth={1.75} />
      <div className="min-w-0 grow basis-44">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1 text-control font-medium">
          <span className="min-w-0 break-words">{name}</span>
          <Badge>{t(`account.roles.${role}`)}</Badge>
        </p>
        <p className="text-small break-words text-ink3">
          <Dotted
            parts={[
              project && t('people.inProject', { project }),
              by ? t('people.madeBy', { name: by, ago: formatAgo(made) }) : t('people.made', { ago: formatAgo(made) }),
              t('devices.until', { day: formatDate(until, { dateStyle: 'medium' }) }),
            ]}
          />
        </p>
      </div>
      <Button size="small" className="max-tablet:h-11" busy={revoke.isPending} aria-label={t('people.revokeNamed', { name })} onClick={() => revoke.mutate({ path: { invitation_id: id } })}>
        {t('tokens.revoke')}
      </Button>
    </li>
  );
}
