import { useTranslation } from 'react-i18next';

import { Sheet } from './sheet';
import { SignInForm } from './sign-in-form';

/** Stands where the page would be: who has signed in is at once where they wanted to go. */
export default function SignInPage() {
  const { t } = useTranslation('auth');
  return (
    <Sheet title={t('signIn.title')}>
      <SignInForm />
      <p className="text-control">
        <a href="/forgot" className="font-medium text-ink underline underline-offset-2">
          {t('forgot.link')}
        </a>
      </p>
      <p className="border-t border-line pt-4 text-small text-ink3">{t('signIn.first')}</p>
    </Sheet>
  );
}
