import { useTranslation } from 'react-i18next';

import type { AssetRead } from '@/api';
import { useFieldWords } from '@/ui/field-words';

import { differences } from '../model/facts';

/** What is not the same in all of them, and nothing else. */
export function Differences({ assets }: { assets: readonly AssetRead[] }) {
  const { t } = useTranslation('viewer');
  const words = useFieldWords();
  const lines = differences(assets);
  return (
    // What scrolls must be reached by keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <section aria-label={t('compare.differences')} tabIndex={0} className="scroll-slim max-h-[34%] shrink-0 overflow-auto border-t border-line bg-surface px-4 py-2">
      {lines.length === 0 ? (
        <p className="py-1 text-control text-ink2">{t('compare.same')}</p>
      ) : (
        <table className="w-full text-control">
          <caption className="sr-only">{t('compare.differences')}</caption>
          <thead>
            <tr className="text-start font-mono text-meta text-ink3">
              <th scope="col">
                <span className="sr-only">{t('compare.differences')}</span>
              </th>
              {assets.map((asset, place) => (
                <th key={asset.id} scope="col" className="px-2 py-0.5 text-start font-normal">
                  {String.fromCodePoint(65 + place)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {lines.map(({ name, values }) => (
              <tr key={name} className="border-t border-line align-top">
                <th scope="row" className="w-24 py-1 pr-2 text-start font-normal whitespace-nowrap text-ink3">
                  {t(`facts.${name}`)}
                </th>
                {values.map((value, place) => (
                  <td key={assets[place]?.id} className="min-w-32 px-2 py-1 font-mono text-small break-words">
                    {value === null ? '–' : name === 'quality' ? words.valueOf('quality', value) : value}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
