import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { asProblem, listProjectsOptions, listTeamsOptions, type MeRead, readMeOptions } from '@/api';
import { Button } from '@/ui/button';
import { Empty, ErrorState, Loading } from '@/ui/state';

import { projectTeams } from '../people';
import { sectionRoute } from '../routes';
import { Part } from './part';
import { ProjectCard } from './project-card';
import { ProjectDialog } from './project-dialog';

/** The projects that one sees, and who may do what in each. */
export default function Projects() {
  const me = useQuery(readMeOptions());
  if (me.error) return <ErrorState problem={asProblem(me.error)} onRetry={() => void me.refetch()} />;
  return me.data ? <Seen me={me.data} /> : <Loading />;
}

function Seen({ me }: { me: MeRead }) {
  const { t } = useTranslation('settings');
  const navigate = useNavigate();
  const { project: opened } = sectionRoute.useSearch();
  const projects = useQuery(listProjectsOptions());
  const teams = useQuery(listTeamsOptions());
  const [making, setMaking] = useState(false);
  const mine = projectTeams(me);
  const open = (project: string | undefined) => void navigate({ to: '/settings/$section', params: { section: 'projects' }, search: { project }, replace: true });
  const make = mine.length > 0 && (
    <Button tone="ink" icon={<Plus aria-hidden="true" className="size-4" />} onClick={() => setMaking(true)}>
      {t('projects.make')}
    </Button>
  );
  const rows = projects.data ?? [];
  const several = new Set(rows.map(({ team_id }) => team_id)).size > 1;
  return (
    <Part title={t('projects.title')} text={t('projects.text')} action={rows.length > 0 && make}>
      {projects.error && <ErrorState problem={asProblem(projects.error)} onRetry={() => void projects.refetch()} />}
      {projects.isPending && <Loading />}
      {projects.data?.length === 0 && (
        <Empty title={t('projects.none.title')} action={make}>
          {t('projects.none.text')}
        </Empty>
      )}
      <ul className="flex flex-col gap-3">
        {rows.map((project) => (
          <ProjectCard
            key={project.id}
            me={me}
            project={project}
            team={several ? teams.data?.find(({ id }) => id === project.team_id)?.name : undefined}
            mayRename={mine.includes(project.team_id)}
            isOpen={project.id === opened}
            onToggle={() => open(project.id === opened ? undefined : project.id)}
          />
        ))}
      </ul>
      {making && <ProjectDialog teams={(teams.data ?? []).filter(({ id }) => mine.includes(id))} onClose={() => setMaking(false)} onMade={open} />}
    </Part>
  );
}
