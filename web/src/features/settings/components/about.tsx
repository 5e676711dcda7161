import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import packages from 'virtual:packages';

import { readHealthOptions } from '@/api';

import { Fact, Facts, Part } from './part';

const linkLook = 'text-ink underline decoration-edge underline-offset-2 hover:decoration-ink';

/** What this is, under which licence, and what it is made with. */
export default function About() {
  const { t } = useTranslation('settings');
  const health = useQuery(readHealthOptions());
  return (
    <>
      <Part title="Imageloom 織圖" text={t('about.text')}>
        <Facts>
          <Fact name={t('about.version')}>
            <span className="font-mono">{health.data?.version ?? '…'}</span>
          </Fact>
          <Fact name={t('about.licence')}>Apache-2.0</Fact>
          <Fact name={t('about.api')}>
            <a href="/docs" className={linkLook}>
              {t('about.docs')}
            </a>
          </Fact>
        </Facts>
      </Part>
      <Part title={t('about.packages')} text={t('about.packagesText', { count: packages.length })}>
        <ul className="columns-1 gap-8 text-small tablet:columns-2">
          {packages.map(({ name, version, licence }) => (
            <li key={name} className="flex break-inside-avoid gap-2 border-b border-line py-1.5">
              <span className="min-w-0 grow font-mono break-all">
                {name} <span className="text-ink3">{version}</span>
              </span>
              <span className="shrink-0 text-ink2">{licence}</span>
            </li>
          ))}
        </ul>
      </Part>
    </>
  );
}
