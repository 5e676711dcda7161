import { useState } from 'react';
import { useTranslation } from 'react-i18next';


import { useConfirmEmail } from '../api';
import { useSecret } from '../secret';
import { Form, Sheet } from './sheet';

const FIELDS: string[] = [];

/** A new address, for whoever holds the link of the letter that was sent there. */
export function EmailPage() {
  const { t } = useTranslation('auth');
  const token = useSecret();
  const [isTaken, setIsTaken] = useState(false);
  const { mutate, isPending, error } = useConfirmEmail();
  if (isTaken) {
    return (
      <Sheet title={t('newEmail.title')} text={t('newEmail.taken')}>
        {null}
      </Sheet>
    );
  }
  if (!token) return <Sheet title={t('newEmail.title')} text={t('newEmail.noLink')}>{null}</Sheet>;
  return (
    <Sheet title={t('newEmail.title')} text={t('newEmail.text')}>
      <Form
        action={t('newEmail.action')}
        isBusy={isPending}
        error={error}
        fields={FIELDS}
        onSubmit={() => mutate({ token }, { onSuccess: () => setIsTaken(true) })}
      >
        {null}
      </Form>
    </Sheet>
  );
}
