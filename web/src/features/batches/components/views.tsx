import { Link } from '@tanstack/react-router';
import { LayoutGrid, List, ScrollText } from 'lucide-react';
import { useTranslation } from 'react-i18next';

import type { ItemState } from '../model';

const VIEWS = [
  ['wall', LayoutGrid],
  ['list', List],
  ['log', ScrollText],
] as const;

/** Three ways to look at a batch. Each has an address of its own. */
export function Views({ batchId, view, state }: { batchId: string; view: string; state: ItemState | undefined }) {
  const { t } = useTranslation('batches');
  return (
    <nav aria-label={t('views.label')} className="flex rounded-control border border-line p-0.5">
      {VIEWS.map(([name, Icon]) => (
        <Link
          key={name}
          to="/batches/$batchId"
          params={{ batchId }}
          search={{ view: name, state }}
          replace
          aria-current={view === name ? 'page' : undefined}
          className="inline-flex h-7 max-tablet:h-9 items-center gap-1.5 rounded-frame px-2.5 text-small text-ink2 transition-colors hover:text-ink aria-[current=page]:bg-hover aria-[current=page]:font-medium aria-[current=page]:text-ink"
        >
          <Icon aria-hidden="true" className="size-3.5" />
          {t(`views.${name}`)}
        </Link>
      ))}
    </nav>
  );
}
