import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import type { TFunction } from 'i18next';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';

import { asProblem, listBoardsQueryKey, listLabelsQueryKey, readTrashQueryKey } from '@/api';
import { say } from '@/ui/toast';

/** What one request takes. */
const AT_ONCE = 2_000;

/** With what things are done to pictures: the words for it, and what was read and may be out of date afterwards. */
export interface Hand {
  t: TFunction<'library'>;
  queries: QueryClient;
}

export function useHand(): Hand {
  const { t } = useTranslation('library');
  const queries = useQueryClient();
  return useMemo(() => ({ t, queries }), [t, queries]);
}

let last: (() => void) | null = null;

/** Says what was done, and takes it back when asked to: by the button, or by the key while it was the last thing. */
export function done({ t, queries }: Hand, title: string, undo?: () => Promise<void>, text?: string): void {
  void queries.invalidateQueries({ queryKey: listBoardsQueryKey() });
  void queries.invalidateQueries({ queryKey: readTrashQueryKey() });
  void queries.invalidateQueries({ queryKey: listLabelsQueryKey() });
  let isOpen = true;
  const run = () => {
    if (!isOpen || !undo) return;
    isOpen = false;
    if (last === run) last = null;
    void undo().catch((error: unknown) => failed(error));
  };
  last = undo ? run : null;
  say({ title, ...(text ? { text } : {}), kind: 'ok', ...(undo ? { action: { label: t('undo'), run } } : {}) });
}

let busy: Promise<unknown> = Promise.resolve();

/** Takes back the last thing that was done here, once it is done: a quick hand must not take back the one before. */
export function undoLast(): void {
  void busy.finally(() => setTimeout(() => last?.()));
}

export function failed(error: unknown): void {
  const problem = asProblem(error);
  say({ title: problem.title, text: [problem.message, problem.hint].filter(Boolean).join(' '), kind: 'bad' });
}

/** As many requests as it takes, one after the other, and after all that was asked before: what is said last must hold. */
export function inPages<One, Answer>(all: readonly One[], ask: (page: One[]) => Promise<Answer>): Promise<Answer[]> {
  const answers = busy.then(() => askAll(all, ask));
  busy = answers.catch(() => undefined);
  return answers;
}

async function askAll<One, Answer>(all: readonly One[], ask: (page: One[]) => Promise<Answer>): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let start = 0; start < all.length; start += AT_ONCE) {
    // At once they would wait for each other in the database.
    // oxlint-disable-next-line no-await-in-loop
    answers.push(await ask(all.slice(start, start + AT_ONCE)));
  }
  return answers;
}
