import { type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import type { ModelRead, PriceRead } from '@/api';
import { formatDate, formatMoney, formatNumber } from '@/lib/format';
import { Badge } from '@/ui/badge';
import { Notice } from '@/ui/notice';
import { Said } from '@/ui/said';
import { Table } from '@/ui/table';

/** Everything that is known of a model: what it takes and what it costs, with where that is from. */
export function ModelDetails({ model, lines }: { model: ModelRead; lines: readonly PriceRead[] }) {
  const { t } = useTranslation('models');
  return (
    <div className="flex flex-col gap-4">
      {model.note && (
        <p className="max-w-2xl text-body text-ink2">
          <Said text={model.note} />
        </p>
      )}
      {model.replacement && <Notice kind="info">{t('details.replacement', { model: `${model.provider}/${model.replacement}` })}</Notice>}
      <dl className="grid gap-x-8 gap-y-3 tablet:grid-cols-3">
        <Fact name={t('details.sizes')}>{sizesInWords(model, t('details.any'))}</Fact>
        <Fact name={t('details.qualities')}>{model.qualities.join(', ')}</Fact>
        <Fact name={t('details.seed')}>{t(`seeds.${model.seed}`, { defaultValue: model.seed })}</Fact>
        <Fact name={t('details.references')}>{model.max_references > 0 ? t('details.upTo', { number: formatNumber(model.max_references) }) : ''}</Fact>
        <Fact name={t('details.negative')}>{model.negative_prompt ? t('details.yes') : ''}</Fact>
        <Fact name={t('details.formats')}>{model.formats.join(', ')}</Fact>
        <Fact name={t('details.backgrounds')}>{model.backgrounds.join(', ')}</Fact>
      </dl>
      {model.unknown_price && (
        <Notice kind="warn">
          {t('price.unknownText')} <Said text={`${model.unknown_price}.`} />
        </Notice>
      )}
      {lines.length > 0 && <Prices lines={lines} />}
    </div>
  );
}

function sizesInWords({ sizes }: ModelRead, any: string): string {
  if (sizes.choices.length > 0) return sizes.choices.join(', ');
  return `${any} · ${formatNumber(sizes.min_side)}–${formatNumber(sizes.max_side)} px`;
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  const { t } = useTranslation('models');
  return (
    <div className="min-w-0">
      <dt className="text-small text-ink3">{name}</dt>
      <dd className="text-control break-words">{children || t('details.none')}</dd>
    </div>
  );
}

function Prices({ lines }: { lines: readonly PriceRead[] }) {
  const { t } = useTranslation('models');
  return (
    <Table
      caption={t('prices.caption')}
      rows={lines}
      rowKey={(line) => line.place}
      columns={[
        { id: 'for', title: t('prices.for'), cell: Match },
        { id: 'amount', title: t('prices.amount'), align: 'end', cell: Amount },
        { id: 'source', title: t('prices.source'), wide: true, cell: Source },
        { id: 'checked', title: t('prices.checked'), cell: Checked },
      ]}
    />
  );
}

function Match(line: PriceRead) {
  return <MatchWords line={line} />;
}

function MatchWords({ line }: { line: PriceRead }) {
  const { t } = useTranslation('models');
  const parts = Object.entries(line.match).filter(([name]) => name !== 'model');
  return parts.map(([, value]) => value).join(' · ') || t('prices.everything');
}

function Amount(line: PriceRead) {
  return <AmountWords line={line} />;
}

function AmountWords({ line }: { line: PriceRead }) {
  const { t } = useTranslation('models');
  if (line.unit === 'free') return t('price.free');
  if (line.unit === 'discount') return `${line.amount} ${t('units.discount')}`;
  return (
    <span className="tabular-nums">
      {formatMoney(line.amount, line.currency)} <span className="text-ink3">/ {t(`units.${line.unit}`, { defaultValue: line.unit })}</span>
    </span>
  );
}

function Source(line: PriceRead) {
  // A source may say more than where: "https://..., table of 1.2".
  const address = /^https:\/\/[^\s,]+/.exec(line.source)?.[0];
  if (!address) return <span lang="en">{line.source}</span>;
  return (
    <a href={address} title={line.source} target="_blank" rel="noreferrer" className="break-all text-ink2 underline decoration-line underline-offset-2 hover:text-ink">
      {new URL(address).hostname}
    </a>
  );
}

function Checked(line: PriceRead) {
  return <CheckedWords line={line} />;
}

function CheckedWords({ line }: { line: PriceRead }) {
  const { t } = useTranslation('models');
  return (
    <span className="flex flex-wrap items-center gap-1.5">
      {formatDate(line.checked_on, { dateStyle: 'medium', timeZone: 'UTC' })}
      {line.is_stale && <Badge tone="warn">{t('prices.isStale')}</Badge>}
      {line.is_override && <Badge tone="info">{t('prices.own')}</Badge>}
    </span>
  );
}
