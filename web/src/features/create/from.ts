import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';

import { asProblem, type AssetRead, type BatchRead, type ItemRead, listItems, readAssetOptions, readBatchOptions } from '@/api';
import { say } from '@/ui/toast';

import { change, type Draft, EMPTY, useDraft } from './model';
import { filled } from './template';

const MODES: readonly Draft['mode'][] = ['random', 'all', 'as_written'];

/** What is known of a picture's making. The item is there for pictures of a batch, and not for those that came in. */
export interface Origin {
  asset: AssetRead;
  item?: ItemRead | undefined;
  batch?: BatchRead | undefined;
}

function words(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The prompt as somebody typed it: the template with the row's values, choices not yet made. One line is one prompt. */
function typed({ asset, item }: Origin): string {
  const text = item ? filled(item.template, item.row) : words(asset.provenance['prompt']);
  return text.replace(/\s*\n\s*/g, ' ').trim();
}

function modeOf(batch: BatchRead | undefined): Draft['mode'] {
  const rule = batch?.plan['prompts'] as { mode?: Draft['mode'] } | undefined;
  return MODES.find((mode) => mode === rule?.mode) ?? 'random';
}

/** What is wished of a picture: others of the same words, or changes to the picture itself. */
export type Wish = 'vary' | 'remix';

const VARIANTS = 4;
/** A line may name its seed, which would make the same picture again. */
const SEED = /\s+--seed[\s=]+\S+/g;

/** The settings that made a picture, to be made again with changes. Only what was asked for, not what came back. */
export function draftFrom(origin: Origin, seed: string | null, wish?: Wish): Partial<Draft> {
  const { asset, item } = origin;
  const text = typed(origin);
  const made = asset.provenance;
  const fields = item?.fields ?? {};
  const { width, height } = fields;
  const [provider, model] = item ? [item.provider, item.model] : [words(made['provider']), words(made['model'])];
  const quality = words(fields['quality'] ?? made['quality']);
  return {
    ...EMPTY,
    text: wish === 'vary' ? text.replace(SEED, '') : text,
    count: wish === 'vary' ? VARIANTS : 1,
    references: wish === 'remix' ? [asset.id] : [],
    models: provider && model ? [`${provider}/${model}`] : [],
    sizes: typeof width === 'number' && typeof height === 'number' ? [`${width}x${height}`] : [],
    qualities: quality ? [quality] : [],
    negative: words(fields['negative_prompt'] ?? made['negative_prompt']),
    mode: modeOf(origin.batch),
    seeds: seed ?? '',
  };
}

/** Fills the draft from the picture that the address names, once. What was written before can be brought back. */
export function useOrigin(from: string | undefined, seed: string | undefined, wish: Wish | undefined, onTaken: () => void): void {
  const { t } = useTranslation('create');
  const queries = useQueryClient();
  const taken = useRef<string | null>(null);
  useEffect(() => {
    const asked = `${from} ${seed} ${wish}`;
    if (!from || taken.current === asked) return;
    taken.current = asked;
    const read = async () => {
      const asset = await queries.fetchQuery(readAssetOptions({ path: { asset_id: from } }));
      const [item, batch] = await Promise.all([itemOf(asset), batchOf(asset)]);
      const before = useDraft.getState();
      change(draftFrom({ asset, item, batch }, seed ?? null, wish));
      const undo = { label: t('lines.undo'), run: () => change(before) };
      say({ title: t('from.taken'), ...(before.text || before.sheet ? { action: undo } : {}) });
    };
    const batchOf = async (asset: AssetRead) =>
      asset.batch_id ? queries.fetchQuery(readBatchOptions({ path: { batch_id: asset.batch_id } })) : undefined;
    read()
      .catch((error: unknown) => say({ title: t('from.failed'), text: asProblem(error).message, kind: 'bad' }))
      .finally(onTaken);
  }, [from, seed, wish, onTaken, queries, t]);
}

async function itemOf(asset: AssetRead): Promise<ItemRead | undefined> {
  const position = asset.provenance['position'];
  if (!asset.batch_id || typeof position !== 'number') return undefined;
  const { data } = await listItems({ path: { batch_id: asset.batch_id }, query: { start: position, limit: 1 }, throwOnError: true });
  return data.items.find((item) => item.position === position);
}
