import { listChosenFiles, type ListChosenFilesData, listFiles, type PageFileRead } from '@/api';

/** What is taken away: all that is done of a batch, or pictures that were chosen, in this order. */
export type Source = { batchId: string } | { ids: readonly string[] };
export type NamesQuery = Omit<NonNullable<ListChosenFilesData['query']>, 'ids'>;

/** The files as the template would name them. */
export async function listNamed(source: Source, query: NamesQuery, signal: AbortSignal): Promise<PageFileRead> {
  const asked = { signal, throwOnError: true } as const;
  if ('batchId' in source) return (await listFiles({ ...asked, path: { batch_id: source.batchId }, query })).data;
  return (await listChosenFiles({ ...asked, query: { ...query, ids: [...source.ids] } })).data;
}

/** Where the ZIP comes from. */
export function addressOf(source: Source, wanted: URLSearchParams): string {
  if ('batchId' in source) return `/api/batches/${source.batchId}/export.zip?${wanted}`;
  return `/api/assets/export.zip?${new URLSearchParams([...source.ids.map((id) => ['ids', id]), ...wanted])}`;
}

/** The browser fetches it with the session's cookie and keeps it on the disk: no token stands in the address. */
export function fetchFile(url: string): void {
  const link = document.createElement('a');
  link.href = url;
  link.download = '';
  link.click();
}
