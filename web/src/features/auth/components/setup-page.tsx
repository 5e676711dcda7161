import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { asProblem } from '@/api';
import { Input } from '@/ui/field';

import { useSetUp } from '../api';
import { useSecret } from '../secret';
import { Form, Sheet } from './sheet';
import { Strength } from './strength';

const FIELDS = ['name', 'email', 'password'];

/** The first start: whoever holds the link that the server printed makes themselves its owner. */
export function SetupPage() {
  const { t } = useTranslation('auth');
  const navigate = useNavigate();
  const token = useSecret();
  const [values, setValues] = useState({ name: '', email: '', password: '' });
  const { mutate, isPending, error } = useSetUp();
  const problem = error ? asProblem(error) : null;
  const field = (name: keyof typeof values) => ({
    value: values[name],
    required: true,
    error: problem?.at(name),
    onChange: (event: { target: { value: string } }) => setValues({ ...values, [name]: event.target.value }),
  });
  if (!token) return <Sheet title={t('setup.title')} text={t('setup.noLink')}>{null}</Sheet>;
  return (
    <Sheet title={t('setup.title')} text={t('setup.text')}>
      <Form
        action={t('setup.action')}
        isBusy={isPending}
        error={error}
        fields={FIELDS}
        onSubmit={() => mutate({ token, ...values }, { onSuccess: () => void navigate({ to: '/create' }) })}
      >
        <Input label={t('name')} autoComplete="name" {...field('name')} />
        <Input label={t('email')} type="email" autoComplete="username" hint={t('setup.emailHint')} {...field('email')} />
        <Input label={t('password')} type="password" autoComplete="new-password" hint={t('passwordHint')} {...field('password')} />
        <Strength {...values} />
      </Form>
    </Sheet>
  );
}
