import { Asterisk, BookMarked, History, Sparkles, Trash2, Upload } from 'lucide-react';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';

import { formatNumber } from '@/lib/format';
import { Button } from '@/ui/button';
import { say } from '@/ui/toast';

import { change, linesOf, useDraft } from '../model';

const ACCEPTED = '.txt,.csv,.tsv,.xlsx,.json,.jsonl,.yaml,.yml';

export interface ExtrasProps {
  onFile: (file: File) => void;
  isBusy: boolean;
  onOpen: (what: 'history' | 'recipes' | 'wildcards') => void;
}

/** Above the lines: how many there are, and other ways to come by some. */
export function Extras({ onFile, isBusy, onOpen }: ExtrasProps) {
  const { t } = useTranslation('create');
  const { text, sheet } = useDraft();
  const input = useRef<HTMLInputElement>(null);
  const count = linesOf(text).length;
  const clear = () => {
    change({ text: '' });
    say({ title: t('lines.cleared'), action: { label: t('lines.undo'), run: () => change({ text }) } });
  };
  return (
    <div className="flex min-h-12 shrink-0 flex-wrap items-center gap-1 border-b border-line px-4 py-1.5">
      <h2 className="text-control font-semibold">{sheet ? t('sheet.label') : t('lines.label')}</h2>
      {!sheet && <span className="ml-1 text-control text-ink3">{t('lines.count', { count, formatted: formatNumber(count) })}</span>}
      <div className="ml-auto flex flex-wrap items-center gap-1">
        {!sheet && count === 0 && (
          <Button size="small" tone="quiet" icon={<Sparkles aria-hidden="true" className="size-3.5" />} onClick={() => change({ text: t('samples') })}>
            {t('lines.try')}
          </Button>
        )}
        {!sheet && count > 0 && (
          <Button size="small" tone="quiet" icon={<Trash2 aria-hidden="true" className="size-3.5" />} onClick={clear}>
            {t('lines.clear')}
          </Button>
        )}
        <Button size="small" tone="quiet" icon={<History aria-hidden="true" className="size-3.5" />} onClick={() => onOpen('history')}>
          {t('history.open')}
        </Button>
        <Button size="small" tone="quiet" icon={<BookMarked aria-hidden="true" className="size-3.5" />} onClick={() => onOpen('recipes')}>
          {t('recipes.openAll')}
        </Button>
        <Button size="small" tone="quiet" icon={<Asterisk aria-hidden="true" className="size-3.5" />} onClick={() => onOpen('wildcards')}>
          {t('wildcards.open')}
        </Button>
        <Button size="small" busy={isBusy} icon={<Upload aria-hidden="true" className="size-3.5" />} onClick={() => input.current?.click()}>
          {t('sheet.upload')}
        </Button>
        <input
          ref={input}
          type="file"
          accept={ACCEPTED}
          hidden
          aria-label={t('sheet.upload')}
          onChange={(event) => {
            const file = event.target.files?.[0];
            if (file) onFile(file);
            event.target.value = '';
          }}
        />
      </div>
    </div>
  );
}
