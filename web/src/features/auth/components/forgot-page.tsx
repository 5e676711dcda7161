import { useTranslation } from 'react-i18next';

import { useForgot } from '../api';
import { AskForLetter } from './ask-for-letter';

/** Asks for a letter that sets a new password. */
export function ForgotPage() {
  const { t } = useTranslation('auth');
  return <AskForLetter title={t('forgot.title')} text={t('forgot.text')} action={t('forgot.action')} sent={t('forgot.sent')} asking={useForgot()} />;
}
