import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { asProblem, type HistoryLine } from '@/api';
import { formatDate, formatNumber } from '@/lib/format';
import { useRested } from '@/lib/rested';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Input } from '@/ui/field';
import { say } from '@/ui/toast';

import { change, useDraft } from '../model';
import { openSubmit, useHistory } from '../recipes';
import { FoundList } from './found-list';

/** What was submitted before: found by its words, and taken up again. */
export function HistoryDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('create');
  const [words, setWords] = useState('');
  const query = useHistory(useRested(words.trim()));
  const lines = query.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t('history.title')} className="tablet:w-[min(720px,calc(100vw-48px))]">
      <div className="flex min-h-0 flex-col gap-3 px-5 pb-5">
        <Input label={t('history.search')} labelHidden placeholder={t('history.search')} type="search" value={words} onChange={(event) => setWords(event.target.value)} />
        <div className="scroll-slim min-h-0 overflow-y-auto">
          <FoundList query={query} empty={t(words.trim() ? 'history.notFound' : 'history.empty')}>
            {lines.map((line) => (
              <Submit key={line.batch_id} line={line} onClose={onClose} />
            ))}
          </FoundList>
        </div>
      </div>
    </Dialog>
  );
}

function Submit({ line, onClose }: { line: HistoryLine; onClose: () => void }) {
  const { t } = useTranslation('create');
  const [busy, setBusy] = useState(false);
  const take = async () => {
    setBusy(true);
    const before = useDraft.getState();
    try {
      await openSubmit(line.batch_id);
      say({ title: t('history.taken'), action: { label: t('lines.undo'), run: () => change(before) } });
      onClose();
    } catch (error) {
      setBusy(false);
      say({ title: t('history.failed'), text: asProblem(error).message, kind: 'bad' });
    }
  };
  const more = line.row_count - line.prompts.length;
  return (
    <li className="flex items-start gap-3 py-2">
      <div className="min-w-0 grow">
        <p className="truncate text-control font-medium">{line.name}</p>
        <ul className="font-mono text-small text-ink2">
          {line.prompts.slice(0, 3).map((prompt, place) => (
            // oxlint-disable-next-line react/no-array-index-key
            <li key={place} className="truncate">
              {prompt}
            </li>
          ))}
        </ul>
        <p className="text-small text-ink3">
          {[
            formatDate(line.created_at),
            t(line.is_typed ? 'lines.count' : 'sheet.rows', { count: line.row_count, formatted: formatNumber(line.row_count) }),
            ...line.models,
          ].join(' · ')}
          {more > 0 && <span className="sr-only">{t('problems.more', { count: more })}</span>}
        </p>
      </div>
      <Button size="small" busy={busy} onClick={() => void take()} aria-label={t('history.takeNamed', { name: line.name })}>
        {t('history.take')}
      </Button>
    </li>
  );
}
