import { useTranslation } from 'react-i18next';

import { Page } from '@/ui/page';
import { Empty } from '@/ui/state';

export function BatchPage() {
  const { t } = useTranslation('batches');
  return (
    <Page title={t('one.title')}>
      <Empty title={t('one.empty.title')}>{t('one.empty.text')}</Empty>
    </Page>
  );
}
