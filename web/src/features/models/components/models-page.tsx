import { useTranslation } from 'react-i18next';

import { Page } from '@/ui/page';
import { Empty } from '@/ui/state';

export function ModelsPage() {
  const { t } = useTranslation('models');
  return (
    <Page title={t('title')}>
      <Empty title={t('empty.title')}>{t('empty.text')}</Empty>
    </Page>
  );
}
