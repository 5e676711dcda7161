import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { asProblem, changePasswordMutation, listSessionsQueryKey } from '@/api';
import { Strength } from '@/features/auth';
import { Button } from '@/ui/button';
import { Input } from '@/ui/field';
import { Notice, ProblemWords } from '@/ui/notice';
import { say } from '@/ui/toast';

/** A new password; whoever is signed in elsewhere is signed out. */
export function Password({ name, email }: { name: string; email: string }) {
  const { t } = useTranslation('settings');
  const queries = useQueryClient();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const change = useMutation({
    ...changePasswordMutation(),
    gcTime: 0,
    onSuccess: () => {
      setCurrent('');
      setNext('');
      void queries.invalidateQueries({ queryKey: listSessionsQueryKey() });
      say({ title: t('account.passwordChanged'), kind: 'ok' });
    },
  });
  const problem = change.error ? asProblem(change.error) : null;
  const told = problem && <ProblemWords problem={problem} />;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (current && next) change.mutate({ body: { current, new: next } });
  };
  return (
    <form onSubmit={submit} className="flex max-w-md flex-col gap-4">
      <input type="email" autoComplete="username" value={email} readOnly hidden />
      <Input
        label={t('account.current')}
        type="password"
        autoComplete="current-password"
        error={problem?.field === 'current' ? told : undefined}
        value={current}
        onChange={(event) => setCurrent(event.target.value)}
      />
      <Input
        label={t('account.next')}
        hint={t('account.nextHint')}
        type="password"
        autoComplete="new-password"
        error={problem?.field === 'new' ? told : undefined}
        value={next}
        onChange={(event) => setNext(event.target.value)}
      />
      <Strength password={next} name={name} email={email} />
      {problem && !['current', 'new'].includes(problem.field ?? '') && <Notice kind="bad">{told}</Notice>}
      <Button type="submit" busy={change.isPending} disabled={!current || !next} className="self-start">
        {t('account.changePassword')}
      </Button>
    </form>
  );
}
