import { useTranslation } from 'react-i18next';

import { Page } from '@/ui/page';
import { Empty } from '@/ui/state';

export function ViewerPage() {
  const { t } = useTranslation('viewer');
  return (
    <Page title={t('title')}>
      <Empty title={t('empty.title')}>{t('empty.text')}</Empty>
    </Page>
  );
}
