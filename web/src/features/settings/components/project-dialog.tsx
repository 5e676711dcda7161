import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { asProblem, createProjectMutation, listProjectsQueryKey, type ProjectRead, renameProjectMutation, type TeamRead } from '@/api';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Input } from '@/ui/field';
import { Notice, ProblemWords } from '@/ui/notice';
import { Select } from '@/ui/select';
import { say } from '@/ui/toast';

import { sayProblem } from '../saying';

export interface ProjectDialogProps {
  /** The one that gets another name. Without it a new one is made. */
  project?: ProjectRead;
  /** Where a new one may be made. */
  teams: readonly TeamRead[];
  onClose: () => void;
  onMade?: (id: string) => void;
}

/** The name of a project, a new one's or another for one that is there. */
export function ProjectDialog({ project, teams, onClose, onMade }: ProjectDialogProps) {
  const { t } = useTranslation('settings');
  const { t: app } = useTranslation('app');
  const form = useId();
  const [name, setName] = useState(project?.name ?? '');
  const [wished, setTeam] = useState('');
  const team = teams.find(({ id }) => id === wished) ?? teams[0];
  const { create, rename } = useWriting(project, onClose, onMade);
  const written = name.trim();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!written) return;
    if (project && written === project.name) return onClose();
    if (project) rename.mutate({ path: { project_id: project.id }, body: { name: written } });
    else create.mutate({ body: { name: written, team_id: team?.id } });
  };
  const error = create.error ?? rename.error;
  const problem = error ? asProblem(error) : null;
  return (
    <Dialog
      open
      onOpenChange={(next) => !next && onClose()}
      title={project ? t('projects.renameTitle', { name: project.name }) : t('projects.makeTitle')}
      foot={
        <>
          <Button onClick={onClose}>{app('cancel')}</Button>
          <Button type="submit" form={form} tone="ink" busy={create.isPending || rename.isPending} disabled={!written}>
            {t(project ? 'save' : 'projects.makeNow')}
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={submit} className="flex flex-col gap-4 px-5 pt-1 pb-5">
        <Input label={t('account.name')} hint={t('projects.nameHint')} maxLength={200} error={problem?.at('name')} value={name} onChange={(event) => setName(event.target.value)} />
        {teams.length > 1 && team && <Select label={t('quotas.team')} value={team.id} options={teams.map((one) => ({ value: one.id, label: one.name }))} onChange={setTeam} />}
        {problem && !problem.at('name') && (
          <Notice kind="bad">
            <ProblemWords problem={problem} />
          </Notice>
        )}
      </form>
    </Dialog>
  );
}

function useWriting(project: ProjectRead | undefined, onClose: () => void, onMade?: (id: string) => void) {
  const { t } = useTranslation('settings');
  const queries = useQueryClient();
  const onSettled = () => queries.invalidateQueries({ queryKey: listProjectsQueryKey() });
  const back = useMutation({ ...renameProjectMutation(), onError: sayProblem, onSettled });
  const rename = useMutation({
    ...renameProjectMutation(),
    onSettled,
    onSuccess: ({ id, name }) => {
      const before = project?.name ?? name;
      say({ title: t('projects.renamed', { name }), action: { label: t('undo'), run: () => back.mutate({ path: { project_id: id }, body: { name: before } }) } });
      onClose();
    },
  });
  const create = useMutation({
    ...createProjectMutation(),
    onSettled,
    onSuccess: ({ id, name }) => {
      say({ title: t('projects.made', { name }), kind: 'ok' });
      onClose();
      onMade?.(id);
    },
  });
  return { create, rename };
}
