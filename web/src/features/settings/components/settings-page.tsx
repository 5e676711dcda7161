import { useNavigate } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';

import { Page } from '@/ui/page';
import { Sections } from '@/ui/sections';
import { Loading } from '@/ui/state';

import { sectionRoute, type SectionId, SECTIONS } from '../routes';
import { General } from './general';

const PARTS = {
  general: General,
  shortcuts: lazy(() => import('./shortcuts')),
  account: lazy(() => import('./account')),
  tokens: lazy(() => import('./tokens')),
  usage: lazy(() => import('./usage')),
  server: lazy(() => import('./server')),
  about: lazy(() => import('./about')),
};

export function SettingsPage() {
  const { t } = useTranslation('settings');
  const { section } = sectionRoute.useParams();
  const navigate = useNavigate();
  const shown: SectionId = SECTIONS.find((id) => id === section) ?? SECTIONS[0];
  const Part = PARTS[shown];
  return (
    <Page title={t('title')}>
      <Sections
        aside
        label={t('title')}
        value={shown}
        onChange={(next) => void navigate({ to: '/settings/$section', params: { section: next } })}
        sections={SECTIONS.map((id) => ({ id, label: t(`sections.${id}`) }))}
      >
        <div className="max-w-2xl">
          <Suspense fallback={<Loading />}>
            <Part />
          </Suspense>
        </div>
      </Sections>
    </Page>
  );
}
