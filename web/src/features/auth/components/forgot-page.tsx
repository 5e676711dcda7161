import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { asProblem } from '@/api';
import { Input } from '@/ui/field';
import { Notice } from '@/ui/notice';

import { useForgot } from '../api';
import { Form, Sheet } from './sheet';

const FIELDS = ['email'];

/** Asks for a letter. Whether somebody has the address is told to nobody. */
export function ForgotPage() {
  const { t } = useTranslation('auth');
  const [email, setEmail] = useState('');
  const { mutate, isPending, error, isSuccess } = useForgot();
  return (
    <Sheet title={t('forgot.title')} text={t('forgot.text')}>
      {isSuccess && <Notice kind="ok">{t('forgot.sent')}</Notice>}
      <Form action={t('forgot.action')} isBusy={isPending} error={error} fields={FIELDS} onSubmit={() => mutate({ email })}>
        <Input
          label={t('email')}
          type="email"
          autoComplete="username"
          required
          error={error ? asProblem(error).at('email') : undefined}
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
      </Form>
      <a href="/create" className="text-control font-medium text-ink underline underline-offset-2">
        {t('forgot.back')}
      </a>
    </Sheet>
  );
}
