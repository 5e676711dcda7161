import type { TFunction } from 'i18next';

import { say } from '@/ui/toast';

import { detailOf, fetchDetails, promptOf } from './details';

/** What one ZIP takes. */
export const ZIPPED_MOST = 500;

/** Copies prompts, one a line. */
export async function copyPrompts(ids: readonly string[], t: TFunction<'library'>): Promise<void> {
  try {
    const prompts = (await fetchDetails(ids)).map(promptOf).filter((prompt) => prompt !== null);
    if (prompts.length === 0) return say({ title: t('copy.none') });
    await navigator.clipboard.writeText(prompts.join('\n'));
    say({ title: t('copy.done', { count: prompts.length }), kind: 'ok' });
  } catch {
    say({ title: t('copy.failed'), kind: 'bad' });
  }
}

/** Saves a picture as it is, with its provenance in it. */
export function download(id: string, t: TFunction<'library'>): void {
  const link = document.createElement('a');
  link.href = `/api/assets/${id}/file?metadata=full`;
  const format = detailOf(id)?.format;
  link.download = format ? `imageloom-${id}.${format}` : `imageloom-${id}`;
  link.click();
  say({ title: t('download.begins') });
}
