import { useNavigate } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';

import { Page } from '@/ui/page';
import { Sections } from '@/ui/sections';
import { Loading } from '@/ui/state';

import { modelsRoute, TABS } from '../routes';
import { Catalogue } from './catalogue';

const Keys = lazy(() => import('./keys'));
const Budgets = lazy(() => import('./budgets'));

/** What can make pictures, with which keys, and for how much. */
export function ModelsPage() {
  const { t } = useTranslation('models');
  const { tab } = modelsRoute.useSearch();
  const navigate = useNavigate({ from: '/models' });
  return (
    <Page title={t('title')}>
      <Sections
        label={t('title')}
        value={tab}
        onChange={(next) => void navigate({ search: { tab: next } })}
        sections={TABS.map((id) => ({ id, label: t(`tabs.${id}`) }))}
      >
        <Suspense fallback={<Loading />}>
          {tab === 'catalogue' && <Catalogue />}
          {tab === 'keys' && <Keys />}
          {tab === 'budgets' && <Budgets />}
        </Suspense>
      </Sections>
    </Page>
  );
}
