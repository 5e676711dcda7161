import { useMutation, useQueryClient } from '@tanstack/react-query';
import { X } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { listProjectsQueryKey, type MeRead, type ProjectMemberRead, putProjectMemberMutation, readMeQueryKey, removeProjectMemberMutation } from '@/api';
import { Badge } from '@/ui/badge';
import { IconButton } from '@/ui/button';
import { Select } from '@/ui/select';
import { say } from '@/ui/toast';

import { PROJECT_MEMBERS } from '../cached';
import { lowersSelf, PROJECT_ROLES, type ProjectRole, type Said, saidFor } from '../people';
import { sayProblem } from '../saying';
import { Confirm } from './confirm';
import { Dotted, PersonLine } from './person-line';

/** Somebody who sees a project: by the role in the team, or by one that is said for this project alone. */
export function ProjectMemberLine({ me, member, mayGive }: { me: MeRead; member: ProjectMemberRead; mayGive: boolean }) {
  const { t } = useTranslation('settings');
  const { name, email, user_id: userId, team_role: teamRole, role } = member;
  const isSelf = userId === me.user_id;
  const { said, isBusy, set } = useSaid(member, isSelf);
  const [asking, setAsking] = useState<Said | null>(null);
  const isGuest = teamRole === 'guest';
  const maySay = mayGive && teamRole !== 'owner';
  const inTeam = t(`account.roles.${teamRole}`);
  const wish = (next: Said) => {
    if (next === said) return;
    if (lowersSelf(isSelf, role, next === 'team' ? teamRole : next)) setAsking(next);
    else set(next);
  };
  const options = [...(isGuest ? [] : [{ value: 'team' as const, label: t('projects.asInTeam', { role: inTeam }) }]), ...PROJECT_ROLES.map((value) => ({ value, label: t(`account.roles.${value}`) }))];
  return (
    <PersonLine
      isSlim={!maySay}
      name={name}
      isOut={member.is_disabled}
      badges={
        <>
          {isSelf && <Badge>{t('quotas.whose.you')}</Badge>}
          {isGuest && <Badge>{t('account.roles.guest')}</Badge>}
          {member.is_disabled && <Badge tone="warn">{t('people.disabled')}</Badge>}
        </>
      }
      text={<Dotted parts={[email, reasonOf(member, t, inTeam)]} />}
    >
      {maySay ? (
        <>
          <div className="w-52 max-tablet:grow">
            <Select<Said> labelHidden label={t('people.roleOf', { name })} value={isGuest && said === 'team' ? (role as ProjectRole) : said} options={options} onChange={wish} />
          </div>
          {isGuest && (
            <IconButton label={t('projects.removeNamed', { name })} disabled={isBusy} onClick={() => wish('team')}>
              <X aria-hidden="true" className="size-4" />
            </IconButton>
          )}
        </>
      ) : (
        <span className="text-control text-ink2">{t(`account.roles.${role}`)}</span>
      )}
      {asking && (
        <Confirm
          title={t('people.lowerTitle')}
          action={t('people.lowerNow')}
          isBusy={isBusy}
          error={null}
          onConfirm={() => {
            set(asking);
            setAsking(null);
          }}
          onClose={() => setAsking(null)}
        >
          {t('projects.lowerText')}
        </Confirm>
      )}
    </PersonLine>
  );
}

type Words = ReturnType<typeof useTranslation<'settings'>>['t'];

function reasonOf({ team_role: teamRole, project_role: own }: ProjectMemberRead, t: Words, inTeam: string): string | null {
  if (teamRole === 'owner') return t('projects.ownsTeam');
  if (own === null) return t('projects.byTeam');
  return teamRole === 'guest' ? t('projects.onlyHere') : t('projects.instead', { role: inTeam });
}

/** Shown before the server has said yes, and as it is again where it said no. Whatever was said can be taken back. */
function useSaid(member: ProjectMemberRead, isSelf: boolean) {
  const { t } = useTranslation('settings');
  const queries = useQueryClient();
  const { name } = member;
  const path = { project_id: member.project_id, user_id: member.user_id };
  const before = saidFor(member);
  const again = async () => {
    if (isSelf) {
      void queries.invalidateQueries({ queryKey: readMeQueryKey() });
      void queries.invalidateQueries({ queryKey: listProjectsQueryKey() });
    }
    await queries.invalidateQueries({ queryKey: PROJECT_MEMBERS });
  };
  const quiet = { onError: sayProblem, onSettled: again };
  const putBack = useMutation({ ...putProjectMemberMutation(), ...quiet });
  const removeBack = useMutation({ ...removeProjectMemberMutation(), ...quiet });
  const undo = isSelf ? undefined : { label: t('undo'), run: () => (before === 'team' ? removeBack.mutate({ path }) : putBack.mutate({ path, body: { role: before } })) };
  const put = useMutation({
    ...putProjectMemberMutation(),
    ...quiet,
    onSuccess: (_answer, { body: { role } }) => say({ title: t('people.roleChanged', { name, role: t(`account.roles.${role}`) }), action: undo }),
  });
  const remove = useMutation({
    ...removeProjectMemberMutation(),
    ...quiet,
    onSuccess: () => say({ title: t(member.team_role === 'guest' ? 'projects.removed' : 'projects.asInTeamNow', { name }), action: undo }),
  });
  const said: Said = put.isPending ? put.variables.body.role : remove.isPending ? 'team' : before;
  const set = (next: Said) => (next === 'team' ? remove.mutate({ path }) : put.mutate({ path, body: { role: next satisfies ProjectRole } }));
  return { said, isBusy: put.isPending || remove.isPending, set };
}
