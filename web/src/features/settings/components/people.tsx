import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { asProblem, listTeamsOptions, type MeRead, readMeOptions } from '@/api';
import { Choice } from '@/ui/choice';
import { Select } from '@/ui/select';
import { ErrorState, Loading } from '@/ui/state';

import { ownedTeams } from '../people';
import { sectionRoute } from '../routes';
import { Accounts } from './accounts';
import { Members } from './members';

/** Who is here, what they may, and who is invited: of one's teams, and for operators of the whole installation. */
export default function People() {
  const me = useQuery(readMeOptions());
  if (me.error) return <ErrorState problem={asProblem(me.error)} onRetry={() => void me.refetch()} />;
  return me.data ? <OfMine me={me.data} /> : <Loading />;
}

function OfMine({ me }: { me: MeRead }) {
  const { t } = useTranslation('settings');
  const navigate = useNavigate();
  const search = sectionRoute.useSearch();
  const owned = ownedTeams(me);
  const teams = useQuery({ ...listTeamsOptions(), enabled: owned.length > 0 });
  const seesAll = me.permissions.includes('users:read');
  const all = seesAll && (search.all === true || owned.length === 0);
  const show = (next: { team?: string; all?: boolean }) => void navigate({ to: '/settings/$section', params: { section: 'people' }, search: next, replace: true });
  if (teams.error) return <ErrorState problem={asProblem(teams.error)} onRetry={() => void teams.refetch()} />;
  if (teams.isLoading) return <Loading />;
  const mine = teams.data?.filter(({ id }) => owned.includes(id)) ?? [];
  const team = mine.find(({ id }) => id === search.team) ?? mine[0];
  return (
    <>
      {((seesAll && owned.length > 0) || mine.length > 1) && (
        <div className="mb-6 flex flex-wrap items-end gap-4">
          {seesAll && owned.length > 0 && (
            <Choice
              labelHidden
              label={t('people.whose')}
              value={all ? 'all' : 'team'}
              options={[
                { value: 'team', label: t('people.ofTeam') },
                { value: 'all', label: t('people.ofAll') },
              ]}
              onChange={(next) => show(next === 'all' ? { all: true } : {})}
            />
          )}
          {!all && mine.length > 1 && team && (
            <div className="w-52">
              <Select label={t('quotas.team')} value={team.id} options={mine.map(({ id, name }) => ({ value: id, label: name }))} onChange={(id) => show({ team: id })} />
            </div>
          )}
        </div>
      )}
      {all && <Accounts me={me} />}
      {!all && team && <Members key={team.id} me={me} team={team} />}
    </>
  );
}
