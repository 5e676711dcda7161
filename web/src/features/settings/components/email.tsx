import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { asProblem, changeEmailMutation } from '@/api';
import { Button } from '@/ui/button';
import { Input } from '@/ui/field';
import { Notice, ProblemWords } from '@/ui/notice';
import { say } from '@/ui/toast';

/** A new address: a link goes there, and until it is opened nothing changes. */
export function Email() {
  const { t } = useTranslation('settings');
  const [email, setEmail] = useState('');
  const [current, setCurrent] = useState('');
  const change = useMutation({
    ...changeEmailMutation(),
    gcTime: 0,
    onSuccess: () => {
      say({ title: t('account.emailAsked', { email }), kind: 'ok' });
      setEmail('');
      setCurrent('');
    },
  });
  const problem = change.error ? asProblem(change.error) : null;
  const told = problem && <ProblemWords problem={problem} />;
  const isOf = (name: string) => problem?.at(name) !== undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (email && current) change.mutate({ body: { email, current } });
  };
  return (
    <form onSubmit={submit} className="flex max-w-md flex-col gap-4">
      <Input
        label={t('account.newEmail')}
        hint={t('account.newEmailHint')}
        type="email"
        autoComplete="email"
        error={isOf('email') ? told : undefined}
        value={email}
        onChange={(event) => setEmail(event.target.value)}
      />
      <Input
        label={t('account.current')}
        type="password"
        autoComplete="current-password"
        error={isOf('current') ? told : undefined}
        value={current}
        onChange={(event) => setCurrent(event.target.value)}
      />
      {problem && !isOf('email') && !isOf('current') && <Notice kind="bad">{told}</Notice>}
      <Button type="submit" busy={change.isPending} disabled={!email || !current} className="self-start">
        {t('account.changeEmail')}
      </Button>
    </form>
  );
}
