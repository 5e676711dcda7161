import { useQuery } from '@tanstack/react-query';
import { UserPlus } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { asProblem, listMembersOptions, listProjectMembersOptions, type MeRead, type ProjectRead } from '@/api';
import { Button } from '@/ui/button';
import { Input } from '@/ui/field';
import { ErrorState, Loading } from '@/ui/state';

import { candidates, found, inRank, isMany, ownedTeams } from '../people';
import { AddMember } from './add-member';
import { InviteDialog } from './invite-dialog';
import { ProjectMemberLine } from './project-member-line';

/** Who sees a project, and by which role. */
export function ProjectMembers({ me, project }: { me: MeRead; project: ProjectRead }) {
  const { t } = useTranslation('settings');
  const { id, team_id: teamId, name, role } = project;
  const members = useQuery(listProjectMembersOptions({ path: { project_id: id } }));
  const mayGive = role === 'owner' && me.permissions.includes('members:write');
  const mayInvite = ownedTeams(me).includes(teamId);
  // Guests are not shown who else is in the team.
  const seesTeam = me.roles.some((one) => one.team_id === teamId && one.role !== 'guest');
  const team = useQuery({ ...listMembersOptions({ path: { team_id: teamId } }), enabled: mayGive && seesTeam });
  const [wished, setWished] = useState('');
  const [adding, setAdding] = useState<'member' | 'stranger' | null>(null);
  const rows = members.data ?? [];
  const guests = candidates(team.data ?? [], rows);
  const shown = found(inRank(rows), wished);
  return (
    <>
      <div className="mb-3 flex flex-wrap items-start gap-x-4 gap-y-2">
        <p className="min-w-0 grow basis-60 text-small text-ink2">{t(seesTeam ? 'projects.roleText' : 'projects.guestText')}</p>
        {mayGive && (guests.length > 0 || mayInvite) && (
          <Button
            size="small"
            className="max-tablet:h-11"
            aria-label={t('projects.addTo', { name })}
            icon={<UserPlus aria-hidden="true" className="size-3.5" />}
            onClick={() => setAdding(guests.length > 0 ? 'member' : 'stranger')}
          >
            {t('projects.add')}
          </Button>
        )}
      </div>
      {members.error && <ErrorState problem={asProblem(members.error)} onRetry={() => void members.refetch()} />}
      {members.isPending && <Loading />}
      {isMany(rows) && (
        <div className="mb-3">
          <Input type="search" label={t('people.find')} value={wished} onChange={(event) => setWished(event.target.value)} />
        </div>
      )}
      <ul>
        {shown.map((member) => (
          <ProjectMemberLine key={member.user_id} me={me} member={member} mayGive={mayGive} />
        ))}
      </ul>
      {rows.length > 0 && shown.length === 0 && <p className="text-control text-ink2">{t('people.nobodyFound')}</p>}
      {adding === 'member' && (
        <AddMember project={project} guests={guests} onStranger={mayInvite ? () => setAdding('stranger') : undefined} onClose={() => setAdding(null)} />
      )}
      {adding === 'stranger' && <InviteDialog teamId={teamId} wish={{ projectId: id }} onClose={() => setAdding(null)} />}
    </>
  );
}
