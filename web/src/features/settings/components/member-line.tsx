import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { changeMemberMutation, type MemberRead, type MeRead, type QuotaRead, readMeQueryKey } from '@/api';
import { formatAgo, formatNumber } from '@/lib/format';
import { Badge } from '@/ui/badge';
import { Select } from '@/ui/select';
import { say } from '@/ui/toast';

import { MEMBERS, PROJECT_MEMBERS } from '../cached';
import { lowersSelf, ROLES, type TeamRole } from '../people';
import { sayProblem } from '../saying';
import { Confirm } from './confirm';
import { MemberMenu } from './member-menu';
import { Dotted, PersonLine } from './person-line';
import { quantity } from './quotas';

export interface MemberLineProps {
  me: MeRead;
  teamId: string;
  member: MemberRead;
  isOnlyOwner: boolean;
  quotas: QuotaRead[];
}

/** Somebody in a team: their role there, which counts at once, and what else can be done. */
export function MemberLine({ me, teamId, member, isOnlyOwner, quotas }: MemberLineProps) {
  const { t } = useTranslation('settings');
  const { name, email, user_id: userId, seen_at: seen } = member;
  const isSelf = userId === me.user_id;
  const change = useRole(teamId, member, isSelf);
  const [asking, setAsking] = useState<TeamRole | null>(null);
  const set = (role: TeamRole) => change.mutate({ path: { team_id: teamId, user_id: userId }, body: { role } }, { onSuccess: () => setAsking(null) });
  const role = change.isPending ? change.variables.body.role : (member.role as TeamRole);
  return (
    <PersonLine
      name={name}
      isOut={member.is_disabled}
      badges={
        <>
          {isSelf && <Badge>{t('quotas.whose.you')}</Badge>}
          {member.is_disabled && <Badge tone="warn">{t('people.disabled')}</Badge>}
        </>
      }
      text={
        <>
          <Dotted parts={[email ?? t('account.noEmail'), seen ? t('devices.seen', { ago: formatAgo(seen) }) : t('people.neverSeen'), isOnlyOwner && t('people.onlyOwner')]} />
          {quotas.map((quota) => (
            <span key={quota.id} className="block">
              {t('people.quota', {
                amount: t(`quotas.amounts.${quota.kind}`, { count: quota.amount, number: quantity(quota.kind, quota.amount) }),
                period: t(`quotas.periods.${quota.period}`),
                left: quota.kind === 'bytes' ? quantity(quota.kind, quota.left) : formatNumber(quota.left),
              })}
            </span>
          ))}
        </>
      }
    >
      <div className="w-36 max-tablet:grow">
        <Select<TeamRole>
          labelHidden
          label={t('people.roleOf', { name })}
          value={role}
          disabled={isOnlyOwner}
          options={ROLES.map((value) => ({ value, label: t(`account.roles.${value}`) }))}
          onChange={(next) => (lowersSelf(isSelf, role, next) ? setAsking(next) : next !== role && set(next))}
        />
      </div>
      <MemberMenu me={me} teamId={teamId} member={member} isSelf={isSelf} isOnlyOwner={isOnlyOwner} quotas={quotas} />
      {asking && (
        <Confirm
          title={t('people.lowerTitle')}
          action={t('people.lowerNow')}
          isBusy={change.isPending}
          error={change.error}
          onConfirm={() => set(asking)}
          onClose={() => setAsking(null)}
        >
          {t('people.lowerText', { role: t(`account.roles.${asking}`) })}
        </Confirm>
      )}
    </PersonLine>
  );
}

/** Shown before the server has said yes, and as it is again where it said no. */
function useRole(teamId: string, member: MemberRead, isSelf: boolean) {
  const { t } = useTranslation('settings');
  const queries = useQueryClient();
  const path = { team_id: teamId, user_id: member.user_id };
  const again = async () => {
    void queries.invalidateQueries({ queryKey: PROJECT_MEMBERS });
    if (isSelf) void queries.invalidateQueries({ queryKey: readMeQueryKey() });
    await queries.invalidateQueries({ queryKey: MEMBERS });
  };
  const back = useMutation({ ...changeMemberMutation(), onError: sayProblem, onSettled: again });
  return useMutation({
    ...changeMemberMutation(),
    onError: sayProblem,
    onSuccess: (_answer, { body: { role } }) => {
      const undo = { label: t('undo'), run: () => back.mutate({ path, body: { role: member.role as TeamRole } }) };
      say({ title: t('people.roleChanged', { name: member.name, role: t(`account.roles.${role}`) }), action: isSelf ? undefined : undo });
    },
    onSettled: again,
  });
}
