import { useQuery } from '@tanstack/react-query';
import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import { readBatchOptions } from '@/api';
import { Button } from '@/ui/button';

import { type LibrarySearch, UNFILTERED } from '../model/filters';
import { useSearchChange } from './use-search-change';

/** What narrows the view, each to be taken off. */
export function Chips({ search }: { search: LibrarySearch }) {
  const { t } = useTranslation('library');
  const change = useSearchChange();
  const batch = useQuery({ ...readBatchOptions({ path: { batch_id: search.batch ?? '' } }), enabled: search.batch !== undefined });
  return (
    <ul aria-label={t('filters')} className="flex w-full flex-wrap items-center gap-1.5">
      {search.q?.trim() && (
        <Chip label={t('chips.words', { words: search.q.trim() })} onRemove={() => change({ q: undefined })}>
          “{search.q.trim()}”
        </Chip>
      )}
      {search.model && (
        <Chip label={search.model} onRemove={() => change({ model: undefined })}>
          {search.model}
        </Chip>
      )}
      {search.batch && (
        <Chip label={t('chips.batch', { name: batch.data?.name ?? search.batch })} onRemove={() => change({ batch: undefined })}>
          {t('chips.batch', { name: batch.data?.name ?? search.batch })}
        </Chip>
      )}
      {search.pick && <Chip label={t(`picks.${search.pick}`)} onRemove={() => change({ pick: undefined })} />}
      {search.rating && <Chip label={t('rating.least', { count: search.rating })} onRemove={() => change({ rating: undefined })} />}
      {search.label && <Chip label={t('chips.label', { label: search.label })} onRemove={() => change({ label: undefined })} />}
      <li>
        <Button tone="quiet" size="small" onClick={() => change(UNFILTERED)}>
          {t('chips.clear')}
        </Button>
      </li>
    </ul>
  );
}

function Chip({ label, children, onRemove }: { label: string; children?: ReactNode; onRemove: () => void }) {
  const { t } = useTranslation('library');
  return (
    <li className="flex h-7 max-w-full min-w-0 items-center rounded-control border border-line bg-app pl-2 text-small text-ink">
      <span className="truncate">{children ?? label}</span>
      <button type="button" aria-label={t('chips.remove', { what: label })} onClick={onRemove} className="ml-0.5 flex size-7 items-center justify-center rounded-control text-ink2 hover:bg-hover hover:text-ink">
        <X aria-hidden="true" className="size-3.5" />
      </button>
    </li>
  );
}
