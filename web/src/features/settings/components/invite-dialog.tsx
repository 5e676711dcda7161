import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { asProblem, inviteMutation, listInvitationsQueryKey, listProjectsOptions } from '@/api';
import { formatDate } from '@/lib/format';
import { Button } from '@/ui/button';
import { Choice } from '@/ui/choice';
import { Dialog } from '@/ui/dialog';
import { Input } from '@/ui/field';
import { Notice, ProblemWords } from '@/ui/notice';
import { Select } from '@/ui/select';

import { PROJECT_ROLES, ROLES, type TeamRole } from '../people';
import { ShownOnce } from './shown-once';

const WHOLE = 'team';

/** What the form begins with. */
export interface Wish {
  email?: string;
  role?: TeamRole;
  projectId?: string;
}

/** Makes a link that lets one person in, and shows it this once. */
export function InviteDialog({ teamId, wish, onClose }: { teamId: string; wish: Wish; onClose: () => void }) {
  const { t } = useTranslation('settings');
  const { t: app } = useTranslation('app');
  const queries = useQueryClient();
  const form = useId();
  const [email, setEmail] = useState(wish.email ?? '');
  const [where, setWhere] = useState(wish.projectId ?? WHOLE);
  const [wished, setRole] = useState<TeamRole>(wish.role ?? (wish.projectId ? 'viewer' : 'editor'));
  const projects = useQuery(listProjectsOptions());
  const invite = useMutation({
    ...inviteMutation(),
    gcTime: 0,
    onSuccess: () => queries.invalidateQueries({ queryKey: listInvitationsQueryKey() }),
  });
  const isWhole = where === WHOLE;
  // Nobody is a guest in a project: being in it alone is what makes one.
  const role = !isWhole && wished === 'guest' ? 'viewer' : wished;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    invite.mutate({ body: { team_id: isWhole ? teamId : undefined, email: email.trim() || null, role, project_id: isWhole ? null : where } });
  };
  if (invite.data) {
    const { link, details } = invite.data;
    const text = t(details.email ? 'people.linkTextTo' : 'people.linkText', { email: details.email, day: formatDate(details.expires_at, { dateStyle: 'medium' }) });
    return <ShownOnce title={t('people.linkTitle')} text={text} label={t('people.link')} secret={link} onClose={onClose} />;
  }
  const problem = invite.error ? asProblem(invite.error) : null;
  const places = [{ value: WHOLE, label: t('quotas.wholeTeam') }, ...(projects.data ?? []).filter(({ team_id }) => team_id === teamId).map(({ id, name }) => ({ value: id, label: name }))];
  return (
    <Dialog
      open
      onOpenChange={(next) => !next && onClose()}
      title={t('people.inviteTitle')}
      foot={
        <>
          <Button onClick={onClose}>{app('cancel')}</Button>
          <Button type="submit" form={form} tone="ink" busy={invite.isPending}>
            {t('people.inviteNow')}
          </Button>
        </>
      }
    >
      <form id={form} noValidate onSubmit={submit} className="scroll-slim flex flex-col gap-4 overflow-y-auto px-5 pt-1 pb-5">
        <Input
          type="email"
          autoComplete="off"
          label={t('people.email')}
          hint={t('people.emailHint')}
          error={problem?.at('email')}
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
        <Select label={t('people.where')} value={where} options={places} onChange={setWhere} />
        <Choice<TeamRole>
          label={t('people.role')}
          hint={t(isWhole ? `people.roleHints.${role}` : `people.projectRoleHints.${role}`)}
          value={role}
          options={(isWhole ? ROLES : PROJECT_ROLES).map((value) => ({ value, label: t(`account.roles.${value}`) }))}
          onChange={setRole}
        />
        {problem && !problem.at('email') && (
          <Notice kind="bad">
            <ProblemWords problem={problem} />
          </Notice>
        )}
      </form>
    </Dialog>
  );
}
