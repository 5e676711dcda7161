import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { asProblem } from '@/api';
import { Input } from '@/ui/field';
import { Notice } from '@/ui/notice';

import type { useForgot } from '../api';
import { Form, Sheet } from './sheet';

const FIELDS = ['email'];

export interface AskForLetterProps {
  title: string;
  text: string;
  action: string;
  /** What is said once it was asked for, the same for every address. */
  sent: string;
  asking: ReturnType<typeof useForgot>;
}

/** Asks for a letter. Whether somebody has the address is told to nobody. */
export function AskForLetter({ title, text, action, sent, asking }: AskForLetterProps) {
  const { t } = useTranslation('auth');
  const [email, setEmail] = useState('');
  const { mutate, isPending, error, isSuccess } = asking;
  return (
    <Sheet title={title} text={text}>
      {isSuccess && <Notice kind="ok">{sent}</Notice>}
      <Form action={action} isBusy={isPending} error={error} fields={FIELDS} onSubmit={() => mutate({ email })}>
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
