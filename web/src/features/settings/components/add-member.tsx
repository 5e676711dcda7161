import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { asProblem, type MemberRead, type ProjectRead, putProjectMemberMutation } from '@/api';
import { Button } from '@/ui/button';
import { Choice } from '@/ui/choice';
import { Dialog } from '@/ui/dialog';
import { Notice, ProblemWords } from '@/ui/notice';
import { Select } from '@/ui/select';
import { say } from '@/ui/toast';

import { PROJECT_MEMBERS } from '../cached';
import { PROJECT_ROLES, type ProjectRole } from '../people';

export interface AddMemberProps {
  project: ProjectRead;
  /** Guests of the team, who do not see the project yet. */
  guests: readonly MemberRead[];
  onStranger?: () => void;
  onClose: () => void;
}

/** Lets a guest of the team into a project. */
export function AddMember({ project, guests, onStranger, onClose }: AddMemberProps) {
  const { t } = useTranslation('settings');
  const { t: app } = useTranslation('app');
  const queries = useQueryClient();
  const form = useId();
  const [wished, setPerson] = useState('');
  const [role, setRole] = useState<ProjectRole>('viewer');
  const person = guests.find(({ user_id }) => user_id === wished) ?? guests[0];
  const put = useMutation({
    ...putProjectMemberMutation(),
    onSuccess: ({ name }) => {
      say({ title: t('projects.added', { name, project: project.name }), kind: 'ok' });
      onClose();
    },
    onSettled: () => queries.invalidateQueries({ queryKey: PROJECT_MEMBERS }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (person) put.mutate({ path: { project_id: project.id, user_id: person.user_id }, body: { role } });
  };
  return (
    <Dialog
      open
      onOpenChange={(next) => !next && onClose()}
      title={t('projects.addTo', { name: project.name })}
      foot={
        <>
          <Button onClick={onClose}>{app('cancel')}</Button>
          <Button type="submit" form={form} tone="ink" busy={put.isPending} disabled={!person}>
            {t('projects.addNow')}
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={submit} className="scroll-slim flex flex-col gap-4 overflow-y-auto px-5 pt-1 pb-5">
        <Select
          label={t('projects.who')}
          value={person?.user_id ?? ''}
          options={guests.map(({ user_id, name, email }) => ({ value: user_id, label: email ? `${name} (${email})` : name }))}
          onChange={setPerson}
        />
        <Choice<ProjectRole>
          label={t('people.role')}
          hint={t(`people.projectRoleHints.${role}`)}
          value={role}
          options={PROJECT_ROLES.map((value) => ({ value, label: t(`account.roles.${value}`) }))}
          onChange={setRole}
        />
        <p className="text-small text-ink3">{t('projects.whoHint')}</p>
        {onStranger && (
          <Button className="self-start" onClick={onStranger}>
            {t('projects.inviteInstead')}
          </Button>
        )}
        {put.error && (
          <Notice kind="bad">
            <ProblemWords problem={asProblem(put.error)} />
          </Notice>
        )}
      </form>
    </Dialog>
  );
}
