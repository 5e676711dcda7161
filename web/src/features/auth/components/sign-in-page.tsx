import { useTranslation } from 'react-i18next';

import { useMayRegister } from '../api';
import { Sheet } from './sheet';
import { SignInForm } from './sign-in-form';

/** Stands where the page would be: who has signed in is at once where they wanted to go. */
export default function SignInPage() {
  const { t } = useTranslation('auth');
  const mayRegister = useMayRegister();
  return (
    <Sheet title={t('signIn.title')}>
      <SignInForm />
      <p className="text-control">
        <a href="/forgot" className="font-medium text-ink underline underline-offset-2">
          {t('forgot.link')}
        </a>
      </p>
      {mayRegister && (
        <p className="text-control">
          <a href="/register" className="font-medium text-ink underline underline-offset-2">
            {t('register.link')}
          </a>
        </p>
      )}
      <p className="border-t border-line pt-4 text-small text-ink3">{t('signIn.first')}</p>
    </Sheet>
  );
}
