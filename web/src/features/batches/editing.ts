import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';

import { asProblem, type EditPreview, type EditRequest, preview, apply, undo } from '@/api';
import { formatNumber } from '@/lib/format';
import { say } from '@/ui/toast';

import type { Live } from './live';
import { riseOf } from './sums';

export type Kind = 'set' | 'replace' | 'move' | 'append' | 'remove';
export const KINDS: readonly Kind[] = ['set', 'replace', 'move', 'append', 'remove'];
/** What can be set of an item that waits. */
export const FIELDS = ['quality', 'size', 'model', 'seed', 'prompt', 'negative_prompt', 'format', 'background'] as const;
export type FieldName = (typeof FIELDS)[number];

/** What a person has filled in. */
export interface Draft {
  kind: Kind;
  rows: string;
  contains: string;
  field: FieldName;
  value: string;
  /** Of the value: typed by hand where others are offered, or taken back to what the model does by itself. */
  isOther: boolean;
  isDefault: boolean;
  find: string;
  replace: string;
  isRegex: boolean;
  lines: string;
  /** Of what waits, what is chosen comes first or last; or another priority for the whole batch. */
  move: 'front' | 'back' | 'none';
  priority: string;
}

/** Nothing is changed by what nobody has chosen. */
export const UNSET = { value: '', isOther: false, isDefault: false } as const;

export const FIRST: Draft = { kind: 'set', rows: '', contains: '', field: 'quality', ...UNSET, find: '', replace: '', isRegex: false, lines: '', move: 'front', priority: '' };

/** Whether the model does something by itself where nothing is said. */
export function hasDefault(field: FieldName): boolean {
  return field !== 'prompt' && field !== 'model';
}

/** What a draft asks for, or nothing while it is not complete. */
export function requestOf(draft: Draft): EditRequest | null {
  if (draft.kind === 'append') {
    const prompts = draft.lines.split('\n').map((line) => line.trim()).filter(Boolean);
    return prompts.length === 0 ? null : { append: { prompts } };
  }
  const rows = draft.rows.split(/[\s,]+/).filter(Boolean);
  const where = { ...(rows.length > 0 && { rows }), ...(draft.contains && { prompt_contains: draft.contains }) };
  if (draft.kind === 'move') {
    const priority = /^[0-9]$/.test(draft.priority) ? { priority: Number(draft.priority) } : {};
    if (draft.move === 'none') return 'priority' in priority ? priority : null;
    return { where, move: draft.move, ...priority };
  }
  if (draft.kind === 'remove') return { where, remove: true };
  if (draft.kind === 'replace') {
    return draft.find ? { where, replace: { find: draft.find, replace: draft.replace, regex: draft.isRegex } } : null;
  }
  const value = draft.value.trim();
  if (draft.isDefault && hasDefault(draft.field)) return { where, fields: { [draft.field]: null } };
  // What is not filled in yet is no wish: the model's own may cost many times as much.
  return value === '' ? null : { where, fields: { [draft.field]: value } };
}

export interface Shown {
  request: EditRequest;
  preview: EditPreview;
  /** Names what was shown, so that exactly that is applied. */
  tag: string;
}

export async function show(batchId: string, request: EditRequest, signal: AbortSignal): Promise<Shown> {
  const { data, response } = await preview({ path: { batch_id: batchId }, body: request, signal, throwOnError: true });
  return { request, preview: data, tag: response.headers.get('ETag') ?? '' };
}

/** How many items it touches. */
export function touched(edit: Pick<EditPreview, 'changed' | 'removed' | 'moved' | 'appended'>): number {
  return edit.changed + edit.removed + edit.moved + edit.appended;
}

/** Never the same twice. `randomUUID` is missing where the page came without https. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** What an edit adds to the price: so much, or nobody knows for so many items more. */
export function addedBy(edit: Pick<EditPreview, 'estimated_before' | 'estimated_after' | 'unknown_before' | 'unknown_after'>): { rise: string | null; unknown: number } {
  const { estimated_before: before, estimated_after: after } = edit;
  const unknown = edit.unknown_after - edit.unknown_before;
  // With other prices unknown than before, a difference of what is known would be none.
  const rise = unknown === 0 && before !== null && after !== null ? riseOf(before, after) : null;
  return { rise, unknown: Math.max(0, unknown) };
}

/** Applies what was shown, once, and offers to take it back. */
export function useApply(live: Live): (shown: Shown) => Promise<void> {
  const { t } = useTranslation('batches');
  const queries = useQueryClient();
  const takeBack = useUndo(live);
  return async ({ request, tag }) => {
    const headers = { ...(tag && { 'If-Match': tag }), 'Idempotency-Key': newKey() };
    const { data } = await apply({ path: { batch_id: live.batchId }, body: request, headers, throwOnError: true });
    const count = touched(data);
    live.refresh();
    void queries.invalidateQueries();
    const text = data.claimed_meanwhile > 0 ? t('edit.claimed', { count: data.claimed_meanwhile, number: formatNumber(data.claimed_meanwhile) }) : undefined;
    say({ kind: 'ok', title: t('edit.applied', { count, number: formatNumber(count) }), text, action: { label: t('undo'), run: () => takeBack(data.id) } });
  };
}

export function useUndo(live: Live): (editId: string) => void {
  const { t } = useTranslation('batches');
  const queries = useQueryClient();
  return (editId) => {
    const work = async () => {
      try {
        const { data } = await undo({ path: { batch_id: live.batchId, edit_id: editId }, throwOnError: true });
        const { restored = 0, kept_items: kept = 0 } = data.undone ?? {};
        const text = kept > 0 ? t('edit.kept', { count: kept, number: formatNumber(kept) }) : undefined;
        say({ title: t('edit.restored', { count: restored, number: formatNumber(restored) }), text });
      } catch (error) {
        const problem = asProblem(error);
        say({ kind: 'bad', title: problem.title, text: problem.message });
      }
      live.refresh();
      void queries.invalidateQueries();
    };
    void work();
  };
}
