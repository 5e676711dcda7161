import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { Input } from '@/ui/field';

import { useSignIn } from '../api';
import { Form } from './sheet';

export function SignInForm() {
  const { t } = useTranslation('auth');
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const { mutate, isPending, error } = useSignIn();
  return (
    <Form action={t('signIn.action')} isBusy={isPending} error={error} fields={NONE} onSubmit={() => mutate({ email, password })}>
      <Input label={t('email')} type="email" autoComplete="username" required value={email} onChange={(event) => setEmail(event.target.value)} />
      <Input
        label={t('password')}
        type="password"
        autoComplete="current-password"
        required
        value={password}
        onChange={(event) => setPassword(event.target.value)}
      />
    </Form>
  );
}

const NONE: string[] = [];
