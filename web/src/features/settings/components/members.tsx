import { useQuery } from '@tanstack/react-query';
import { UserPlus } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { asProblem, listMembersOptions, listQuotasOptions, type MeRead, type TeamRead } from '@/api';
import { Button } from '@/ui/button';
import { Input } from '@/ui/field';
import { ErrorState, Loading } from '@/ui/state';

import { found, inRank, isMany, isOnlyOwner, quotasOf } from '../people';
import { Invitations } from './invitations';
import { InviteDialog, type Wish } from './invite-dialog';
import { MemberLine } from './member-line';
import { Part } from './part';

/** The people of one team, and those who are invited. */
export function Members({ me, team }: { me: MeRead; team: TeamRead }) {
  const { t } = useTranslation('settings');
  const members = useQuery(listMembersOptions({ path: { team_id: team.id } }));
  const quotas = useQuery(listQuotasOptions());
  const [wished, setWished] = useState('');
  const [inviting, setInviting] = useState<Wish | null>(null);
  const rows = members.data ?? [];
  const shown = found(inRank(rows), wished);
  return (
    <>
      <Part
        title={t('people.members', { team: team.name })}
        text={t('people.membersText')}
        action={
          <Button tone="ink" icon={<UserPlus aria-hidden="true" className="size-4" />} onClick={() => setInviting({})}>
            {t('people.invite')}
          </Button>
        }
      >
        {members.error && <ErrorState problem={asProblem(members.error)} onRetry={() => void members.refetch()} />}
        {members.isPending && <Loading />}
        {isMany(rows) && (
          <div className="mb-4">
            <Input type="search" label={t('people.find')} value={wished} onChange={(event) => setWished(event.target.value)} />
          </div>
        )}
        <ul>
          {shown.map((member) => (
            <MemberLine
              key={member.user_id}
              me={me}
              teamId={team.id}
              member={member}
              isOnlyOwner={isOnlyOwner(member.user_id, rows)}
              quotas={quotasOf(quotas.data ?? [], team.id, member.user_id)}
            />
          ))}
        </ul>
        {rows.length === 1 && <p className="mt-4 text-control text-ink2">{t('people.alone')}</p>}
        {rows.length > 0 && shown.length === 0 && <p className="text-control text-ink2">{t('people.nobodyFound')}</p>}
      </Part>
      <Invitations teamId={team.id} members={rows} onAgain={setInviting} />
      {inviting && <InviteDialog teamId={team.id} wish={inviting} onClose={() => setInviting(null)} />}
    </>
  );
}
