import { useTranslation } from 'react-i18next';

import { useRegister } from '../api';
import { AskForLetter } from './ask-for-letter';

/** Asks for a letter that makes an account, where anybody may have one. */
export function RegisterPage() {
  const { t } = useTranslation('auth');
  return <AskForLetter title={t('register.title')} text={t('register.text')} action={t('forgot.action')} sent={t('register.sent')} asking={useRegister()} />;
}
