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

/** Saves the pictures with their provenance in them: one as it is, several as a ZIP. */
export function download(ids: readonly string[], t: TFunction<'library'>): void {
  const [first] = ids;
  if (first === undefined) return;
  const link = document.createElement('a');
  if (ids.length === 1) {
    link.href = `/api/assets/${first}/file?metadata=full`;
    const format = detailOf(first)?.format;
    link.download = format ? `imageloom-${first}.${format}` : `imageloom-${first}`;
  } else {
    link.href = `/api/assets/export.zip?${new URLSearchParams(ids.map((id) => ['ids', id]))}`;
    link.download = 'pictures.zip';
  }
  link.click();
  say({ title: t('download.begins', { count: ids.length }) });
}
