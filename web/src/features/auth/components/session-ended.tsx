import { useTranslation } from 'react-i18next';

import { sessionOver } from '@/lib/session';
import { Dialog } from '@/ui/dialog';

import { SignInForm } from './sign-in-form';

/** Over the page, on which everything stays as it was. */
export default function SessionEnded() {
  const { t } = useTranslation('auth');
  return (
    <Dialog open onOpenChange={(open) => !open && sessionOver()} title={t('ended.title')} className="tablet:w-[400px]">
      <div className="flex flex-col gap-4 px-5 pb-5">
        <p className="text-body text-ink2">{t('ended.text')}</p>
        <SignInForm />
      </div>
    </Dialog>
  );
}
