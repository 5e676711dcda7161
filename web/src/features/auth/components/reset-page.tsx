import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { asProblem } from '@/api';
import { Input } from '@/ui/field';

import { useReset } from '../api';
import { useSecret } from '../secret';
import { Form, Sheet } from './sheet';
import { Strength } from './strength';

const FIELDS = ['password'];

/** A new password, for whoever holds the link of a letter. */
export function ResetPage() {
  const { t } = useTranslation('auth');
  const navigate = useNavigate();
  const token = useSecret();
  const [password, setPassword] = useState('');
  const { mutate, isPending, error } = useReset();
  if (!token) return <Sheet title={t('reset.title')} text={t('reset.noLink')}>{null}</Sheet>;
  return (
    <Sheet title={t('reset.title')}>
      <Form
        action={t('reset.action')}
        isBusy={isPending}
        error={error}
        fields={FIELDS}
        onSubmit={() => mutate({ token, password }, { onSuccess: () => void navigate({ to: '/create' }) })}
      >
        <Input
          label={t('reset.password')}
          type="password"
          autoComplete="new-password"
          hint={t('passwordHint')}
          required
          error={error ? asProblem(error).at('password') : undefined}
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
        <Strength password={password} />
      </Form>
    </Sheet>
  );
}
