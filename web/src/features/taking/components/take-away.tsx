import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { FileArchive } from 'lucide-react';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { asProblem, type Metadata } from '@/api';
import { formatNumber } from '@/lib/format';
import { useRested } from '@/lib/rested';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Input } from '@/ui/field';
import { Select } from '@/ui/select';

import { AS_MADE, type Conversion, queryOf } from '../converting';
import { addressOf, fetchFile, listNamed, type Source } from '../source';
import { Formats } from './formats';

/** What the server names by when nobody says. */
const USUAL = '[index]-[prompt:words=6]-[seed]';
const TOKENS = ['[index]', '[prompt:words=6]', '[model]', '[seed]', '[width]', '[height]', '[quality]', '[batch]', '[date]', '[hash:8]'];
const SHOWN_NAMES = 5;
const METADATA: readonly Metadata[] = ['full', 'public', 'none'];

export interface TakeAwayProps {
  source: Source;
  /** How many pictures that is. */
  count: number;
  onClose: () => void;
}

/** Pictures as one ZIP: how its files are called, seen before they are made, and what they say of themselves. */
export function TakeAway({ source, count, onClose }: TakeAwayProps) {
  const { t } = useTranslation('taking');
  const [names, setNames] = useState(USUAL);
  const [metadata, setMetadata] = useState<Metadata>('full');
  const [conversion, setConversion] = useState<Conversion>(AS_MADE);
  const field = useRef<HTMLDivElement>(null);
  const template = useRested(names.trim());
  const format = queryOf(conversion);
  const asked = { names: template || undefined, limit: SHOWN_NAMES, ...format };
  const query = useQuery({
    queryKey: ['taking', source, asked],
    queryFn: ({ signal }) => listNamed(source, asked, signal),
    enabled: format !== null,
    placeholderData: keepPreviousData,
    retry: false,
  });
  const wanted = new URLSearchParams({ ...(template && { names: template }), metadata, ...textsOf(format) });
  const problem = query.error ? asProblem(query.error) : null;
  const isSettled = format !== null && template === names.trim() && query.isSuccess && !query.isPlaceholderData;
  const insert = (token: string) => {
    const input = field.current?.querySelector('input');
    const at = input?.selectionStart ?? names.length;
    setNames(names.slice(0, at) + token + names.slice(input?.selectionEnd ?? at));
    input?.focus();
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t('title', { count, number: formatNumber(count) })}
      foot={
        <Button
          tone="ink"
          disabled={!isSettled || count === 0}
          icon={<FileArchive aria-hidden="true" className="size-4" />}
          onClick={() => {
            fetchFile(addressOf(source, wanted));
            onClose();
          }}
        >
          {t('do', { count, number: formatNumber(count) })}
        </Button>
      }
    >
      <div className="scroll-slim flex flex-col gap-4 overflow-y-auto px-5 pb-5">
        <div ref={field} className="flex flex-col gap-2">
          <Input
            label={t('names')}
            hint={t('hint')}
            error={problem && `${problem.message} ${problem.hint}`}
            value={names}
            spellCheck={false}
            className="font-mono"
            onChange={(event) => setNames(event.target.value)}
          />
          <div role="group" aria-label={t('tokens')} className="flex flex-wrap gap-1">
            {TOKENS.map((token) => (
              <button key={token} type="button" onClick={() => insert(token)} className="h-6 rounded-control border border-line px-1.5 font-mono text-meta text-ink2 hover:bg-hover max-tablet:h-8">
                {token}
              </button>
            ))}
          </div>
        </div>
        <section aria-label={t('preview')} className="flex flex-col gap-1">
          <h3 className="text-small font-medium text-ink2">{t('preview')}</h3>
          <ul className="rounded-control bg-mat px-3 py-2 font-mono text-small break-all" aria-busy={!isSettled}>
            {query.data?.items.map((file) => <li key={file.asset_id}>{file.path}</li>)}
            {query.data?.items.length === 0 && <li className="text-ink2">{t('nothing')}</li>}
            {count > SHOWN_NAMES && <li aria-hidden="true">…</li>}
          </ul>
        </section>
        <Formats value={conversion} onChange={setConversion} />
        <Select
          label={t('metadata')}
          value={metadata}
          options={METADATA.map((value) => ({ value, label: t(`kinds.${value}.label`), hint: t(`kinds.${value}.hint`) }))}
          onChange={setMetadata}
        />
      </div>
    </Dialog>
  );
}

function textsOf(query: object | null): Record<string, string> {
  return Object.fromEntries(Object.entries(query ?? {}).map(([name, value]) => [name, String(value)]));
}
