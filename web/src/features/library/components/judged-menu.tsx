import { useQuery } from '@tanstack/react-query';
import { Flag } from 'lucide-react';
import { useTranslation } from 'react-i18next';

import { listLabelsOptions } from '@/api';
import { Button } from '@/ui/button';
import { Menu, MenuChoice, MenuLine } from '@/ui/menu';

import type { LibrarySearch } from '../model/filters';
import { useSearchChange } from './use-search-change';

const ANY = '*';
const LABELS_LISTED = 20;
const PICKS = ['pick', 'reject', 'none'] as const;
const RATINGS = [1, 2, 3, 4, 5] as const;

/** Narrows the view by what people think of the pictures. */
export function JudgedMenu({ search }: { search: LibrarySearch }) {
  const { t } = useTranslation('library');
  const change = useSearchChange();
  const found = (useQuery(listLabelsOptions()).data?.items ?? []).slice(0, LABELS_LISTED).map(({ label }) => label);
  const labels = search.label && !found.includes(search.label) ? [search.label, ...found] : found;
  return (
    <Menu
      align="start"
      trigger={
        <Button tone="quiet" icon={<Flag aria-hidden="true" className="size-4" />}>
          {t('judgedBy')}
        </Button>
      }
    >
      <MenuChoice
        label={t('picks.label')}
        value={search.pick ?? ANY}
        options={[{ value: ANY, label: t('picks.any') }, ...PICKS.map((value) => ({ value, label: t(`picks.${value}`) }))]}
        onChange={(pick) => change({ pick: pick === ANY ? undefined : pick })}
      />
      <MenuLine />
      <MenuChoice
        label={t('rating.label')}
        value={String(search.rating ?? ANY)}
        options={[{ value: ANY, label: t('rating.any') }, ...RATINGS.map((count) => ({ value: String(count), label: t('rating.least', { count }) }))]}
        onChange={(rating) => change({ rating: rating === ANY ? undefined : Number(rating) })}
      />
      {labels.length > 0 && (
        <>
          <MenuLine />
          <MenuChoice
            label={t('labels.label')}
            value={search.label ?? ANY}
            options={[{ value: ANY, label: t('labels.any') }, ...labels.map((value) => ({ value, label: value }))]}
            onChange={(label) => change({ label: label === ANY ? undefined : label })}
          />
        </>
      )}
    </Menu>
  );
}
