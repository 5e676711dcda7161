import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Copy, Dices, Download, ImagePlus, Layers2, PencilLine } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { type AssetRead, listAttemptsOptions } from '@/api';
import { copyPrompts } from '@/features/library';
import { TakeAway } from '@/features/taking';
import { formatDate, formatMoney } from '@/lib/format';
import { said } from '@/lib/said';
import { Button, buttonLook, IconButton } from '@/ui/button';
import { useFieldWords } from '@/ui/field-words';
import { Notice } from '@/ui/notice';
import { Said } from '@/ui/said';

import { costOf, factsOf } from '../model/facts';
import { Attempts } from './attempts';
import { JudgeSection } from './judge-bar';

/** All that is known of a picture: its words first, then what it was made with, what it cost, and its file. */
export function Inspector({ asset }: { asset: AssetRead }) {
  const { t } = useTranslation('viewer');
  const { t: words } = useTranslation('library');
  const fieldWords = useFieldWords();
  const facts = factsOf(asset);
  const [takes, setTakes] = useState(false);
  const hasAttempts = asset.batch_id !== null && asset.item_id !== null;
  const attempts = useQuery({
    ...listAttemptsOptions({ path: { batch_id: asset.batch_id ?? '', item_id: asset.item_id ?? '' } }),
    enabled: hasAttempts,
  });
  const cost = attempts.data ? costOf(attempts.data) : null;
  return (
    <div className="flex flex-col gap-5 p-4">
      {asset.trouble && <Notice kind="bad"><Said text={asset.trouble} /></Notice>}
      <JudgeSection asset={asset} />
      {facts.prompt && (
        <section className="flex flex-col gap-2">
          <header className="flex items-center justify-between">
            <h2 className="text-small font-medium text-ink2">{t('prompt')}</h2>
            <IconButton label={t('copyPrompt')} onClick={() => void copyPrompts([asset.id], words)} className="-my-2 -mr-2">
              <Copy aria-hidden="true" className="size-4" />
            </IconButton>
          </header>
          <p className="font-mono text-control leading-[22px] break-words whitespace-pre-wrap">{facts.prompt}</p>
          {facts.sent && <Words title={t('sent')}>{facts.sent}</Words>}
          {facts.negative && <Words title={t('negative')}>{facts.negative}</Words>}
          {facts.template && <Words title={t('template')}>{facts.template}</Words>}
          <div className="grid grid-cols-2 gap-2 pt-1">
            <a href={`/create?from=${asset.id}`} className={buttonLook('ink')}>
              <PencilLine aria-hidden="true" className="size-4" />
              {t('usePrompt')}
            </a>
            {facts.seed !== null && (
              <a href={`/create?from=${asset.id}&seed=${encodeURIComponent(facts.seed)}`} className={buttonLook()}>
                <Dices aria-hidden="true" className="size-4" />
                {t('useSeed')}
              </a>
            )}
            <a href={`/create?from=${asset.id}&wish=vary`} title={t('varyHint')} className={buttonLook()}>
              <Layers2 aria-hidden="true" className="size-4" />
              {t('vary')}
            </a>
            <a href={`/create?from=${asset.id}&wish=remix`} title={t('remixHint')} className={buttonLook()}>
              <ImagePlus aria-hidden="true" className="size-4" />
              {t('remix')}
            </a>
          </div>
        </section>
      )}
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1.5 text-control">
        <Line name={t('facts.model')} value={facts.model} />
        <Line name={t('facts.provider')} value={facts.provider} />
        <Line name={t('facts.seed')} value={facts.seed} isMono />
        <Line name={t('facts.quality')} value={facts.quality && fieldWords.valueOf('quality', facts.quality)} />
        <Line name={t('facts.size')} value={facts.size} isMono />
        {hasAttempts && attempts.data && <Line name={t('facts.cost')} value={cost?.amount ? formatMoney(cost.amount, cost.currency) : t('unknown')} isMono />}
        <Line name={t('facts.created')} value={formatDate(asset.created_at)} />
        {facts.options.map(([name, value]) => (
          <Line key={name} name={name} value={value} isMono />
        ))}
        <Line name={t('facts.importedFrom')} value={facts.importedFrom} />
        {asset.batch_id && (
          <>
            <dt className="text-ink3">{t('facts.batch')}</dt>
            <dd className="min-w-0">
              <Link to="/batches/$batchId" params={{ batchId: asset.batch_id }} className="underline decoration-edge underline-offset-2 hover:decoration-ink">
                {facts.frame === null ? t('toBatch') : t('frame', { number: String(facts.frame).padStart(3, '0') })}
              </Link>
            </dd>
          </>
        )}
      </dl>
      {facts.notSent.length > 0 && (
        <section className="flex flex-col gap-1">
          <h2 className="text-small font-medium text-ink2">{t('notSent')}</h2>
          <ul className="text-small text-ink2">
            {facts.notSent.map(({ field, value, reason }) => (
              <li key={field}>
                <span className="text-ink">{`${fieldWords.nameOf(field)} ${fieldWords.valueOf(field, value)}`}</span>: <Said text={reason} />
              </li>
            ))}
          </ul>
        </section>
      )}
      {facts.notes.length > 0 && <Words title={t('notes')}>{facts.notes.map((note) => said(note)).join('\n')}</Words>}
      {attempts.data && attempts.data.length > 0 && <Attempts attempts={attempts.data} />}
      <section className="flex flex-col gap-2 border-t border-line pt-4">
        <h2 className="text-small font-medium text-ink2">{t('file')}</h2>
        <p className="font-mono text-small break-all text-ink3">{`${facts.format} · ${asset.blake3.slice(0, 16)}`}</p>
        <a href={`/api/assets/${asset.id}/file`} download={`imageloom-${asset.id}.${asset.format}`} className={buttonLook()}>
          <Download aria-hidden="true" className="size-4" />
          {t('downloadOriginal')}
        </a>
        <a href={`/api/assets/${asset.id}/file?metadata=full`} download={`imageloom-${asset.id}.${asset.format}`} className={buttonLook('quiet')}>
          {t('downloadFull')}
        </a>
        <Button tone="quiet" onClick={() => setTakes(true)}>
          {t('takeAway')}
        </Button>
        {takes && <TakeAway source={{ ids: [asset.id] }} count={1} onClose={() => setTakes(false)} />}
      </section>
    </div>
  );
}

function Words({ title, children }: { title: string; children: ReactNode }) {
  return (
    <details className="text-small text-ink2">
      <summary className="w-fit cursor-pointer rounded-frame py-1 font-medium">{title}</summary>
      <p className="font-mono leading-[18px] break-words whitespace-pre-wrap">{children}</p>
    </details>
  );
}

function Line({ name, value, isMono }: { name: string; value: string | null; isMono?: boolean }) {
  if (value === null) return null;
  return (
    <>
      <dt className="text-ink3">{name}</dt>
      <dd className={isMono ? 'min-w-0 font-mono break-words' : 'min-w-0 break-words'}>{value}</dd>
    </>
  );
}

