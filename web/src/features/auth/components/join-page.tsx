import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { asProblem } from '@/api';
import { Input } from '@/ui/field';

import { useJoin } from '../api';
import { useSecret } from '../secret';
import { Form, Sheet } from './sheet';

const FIELDS = ['name', 'email', 'password'];

/** An account, for whoever holds the link of an invitation or of a registration. */
export function JoinPage() {
  const { t } = useTranslation('auth');
  const navigate = useNavigate();
  const token = useSecret();
  const [values, setValues] = useState({ name: '', email: '', password: '' });
  const { mutate, isPending, error } = useJoin();
  const problem = error ? asProblem(error) : null;
  const field = (name: keyof typeof values) => ({
    value: values[name],
    error: problem?.at(name),
    onChange: (event: { target: { value: string } }) => setValues({ ...values, [name]: event.target.value }),
  });
  if (!token) return <Sheet title={t('join.title')} text={t('join.noLink')}>{null}</Sheet>;
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
      </Form>
    </Sheet>
  );
}
