import { type ErrorComponentProps, useRouter } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { asProblem } from '@/api';
import { Button, buttonLook } from '@/ui/button';
import { Empty, ErrorState } from '@/ui/state';

/** A screen broke: the shell stays, and the way back is offered. */
export function Broken({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const { t } = useTranslation('app');
  if (isStaleChunk(error)) {
    return (
      <Empty title={t('stale.title')} action={<Button tone="ink" onClick={() => location.reload()}>{t('stale.action')}</Button>}>
        {t('stale.text')}
      </Empty>
    );
  }
  const again = () => {
    reset();
    void router.invalidate();
  };
  return <ErrorState problem={asProblem(error)} onRetry={again} />;
}

/** The server was renewed meanwhile, and has the parts of this page no more. */
function isStaleChunk(error: unknown): boolean {
  return error instanceof TypeError && /dynamically imported module|preload/i.test(error.message);
}

export function NotFound() {
  const { t } = useTranslation('app');
  return (
    <Empty
      title={t('notFound.title')}
      action={
        <a href="/create" className={buttonLook('ink')}>
          {t('notFound.action')}
        </a>
      }
    >
      {t('notFound.text')}
    </Empty>
  );
}
