import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';

import { readMeOptions } from '@/api';
import { Page } from '@/ui/page';
import { Sections } from '@/ui/sections';
import { Loading } from '@/ui/state';

import { seesPeople, seesProjects } from '../people';
import { sectionRoute, type SectionId, SECTIONS } from '../routes';
import { General } from './general';

const PARTS = {
  general: General,
  shortcuts: lazy(() => import('./shortcuts')),
  account: lazy(() => import('./account')),
  people: lazy(() => import('./people')),
  projects: lazy(() => import('./projects')),
  tokens: lazy(() => import('./tokens')),
  usage: lazy(() => import('./usage')),
  server: lazy(() => import('./server')),
  about: lazy(() => import('./about')),
};

/** Sections for some alone, and who they are. The others are shown to everybody, and say what they may not. */
const FOR_SOME: Partial<Record<SectionId, typeof seesPeople>> = { people: seesPeople, projects: seesProjects };

export function SettingsPage() {
  const { t } = useTranslation('settings');
  const { section } = sectionRoute.useParams();
  const navigate = useNavigate();
  const me = useQuery(readMeOptions());
  const wished = SECTIONS.find((id) => id === section) ?? SECTIONS[0];
  const isFor = (id: SectionId) => !FOR_SOME[id] || (me.data !== undefined && FOR_SOME[id](me.data));
  const waits = !isFor(wished) && me.isPending;
  const shown: SectionId = isFor(wished) || waits ? wished : SECTIONS[0];
  const Part = PARTS[shown];
  return (
    <Page title={t('title')}>
      <Sections
        aside
        label={t('title')}
        value={shown}
        onChange={(next) => void navigate({ to: '/settings/$section', params: { section: next } })}
        sections={SECTIONS.filter((id) => isFor(id) || id === shown).map((id) => ({ id, label: t(`sections.${id}`) }))}
      >
        <div className="max-w-2xl">
          <Suspense fallback={<Loading />}>{waits ? <Loading /> : <Part />}</Suspense>
        </div>
      </Sections>
    </Page>
  );
}
