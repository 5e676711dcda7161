import { useLocation, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { asProblem } from '@/api';
import { sessionWord } from '@/lib/session';
import { Button } from '@/ui/button';
import { Input } from '@/ui/field';
import { Loading } from '@/ui/state';

import { useAccept, useJoin, useMe } from '../api';
import { useSecret } from '../secret';
import { Form, Sheet } from './sheet';
import { Strength } from './strength';

const FIELDS = ['name', 'email', 'password'];

/** The link of an invitation or of a registration, for those who are signed in, and for those who have no account yet. */
export function JoinPage() {
  const { t } = useTranslation('auth');
  const token = useSecret();
  const isInvited = useLocation({ select: ({ pathname }) => pathname === '/invitation' });
  const [isKnown, setIsKnown] = useState(() => isInvited && sessionWord() !== null);
  if (!token) return <Sheet title={t('join.title')} text={t('join.noLink')}>{null}</Sheet>;
  return isKnown ? <Accept token={token} onOther={() => setIsKnown(false)} /> : <Join token={token} />;
}

function Accept({ token, onOther }: { token: string; onOther: () => void }) {
  const { t } = useTranslation('auth');
  const navigate = useNavigate();
  const me = useMe();
  const { mutate, isPending, error } = useAccept();
  if (me.isError) return <Join token={token} />;
  if (!me.data) return <Loading />;
  return (
    <Sheet title={t('join.title')} text={t('join.knownText', { name: me.data.name })}>
      <Form action={t('join.known', { name: me.data.name })} isBusy={isPending} error={error} fields={[]} onSubmit={() => mutate(token, { onSuccess: () => void navigate({ to: '/create' }) })}>
        {null}
      </Form>
      <Button tone="quiet" onClick={onOther}>
        {t('join.other')}
      </Button>
    </Sheet>
  );
}

function Join({ token }: { token: string }) {
  const { t } = useTranslation('auth');
  const navigate = useNavigate();
  const [values, setValues] = useState({ name: '', email: '', password: '' });
  const { mutate, isPending, error } = useJoin();
  const problem = error ? asProblem(error) : null;
  const field = (name: keyof typeof values) => ({
    value: values[name],
    error: problem?.at(name),
    onChange: (event: { target: { value: string } }) => setValues({ ...values, [name]: event.target.value }),
  });
  const body = { token, name: values.name, password: values.password, email: values.email.trim() || null };
  return (
    <Sheet title={t('join.title')} text={t('join.text')}>
      <Form
        action={t('setup.action')}
        isBusy={isPending}
        error={error}
        fields={FIELDS}
        onSubmit={() => mutate(body, { onSuccess: () => void navigate({ to: '/create' }) })}
      >
        <Input label={t('name')} autoComplete="name" required {...field('name')} />
        <Input label={t('email')} type="email" autoComplete="username" hint={t('join.emailHint')} {...field('email')} />
        <Input label={t('password')} type="password" autoComplete="new-password" required hint={t('passwordHint')} {...field('password')} />
        <Strength {...values} />
      </Form>
    </Sheet>
  );
}
