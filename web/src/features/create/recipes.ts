import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';

import { listHistory, listRecipes, readRecipe, readRequest, readSheet, removeRecipe, save } from '@/api';

import { change, type Draft, useDraft } from './model';
import { draftOf, type Kept, settingsOf } from './restore';
import { submitOf } from './submit';

const PAGE = 50;
const RECIPES = ['recipes'];

/** Every recipe that may be opened, newest first. */
export function useRecipes() {
  return useInfiniteQuery({
    queryKey: RECIPES,
    queryFn: async ({ pageParam, signal }) => (await listRecipes({ query: { cursor: pageParam, limit: PAGE }, signal, throwOnError: true })).data,
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  });
}

/** What was submitted before and holds all words, newest first. */
export function useHistory(words: string) {
  return useInfiniteQuery({
    queryKey: ['history', words],
    queryFn: async ({ pageParam, signal }) => (await listHistory({ query: { q: words, cursor: pageParam, limit: PAGE }, signal, throwOnError: true })).data,
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  });
}

/** Keeps the draft by name: another version where the name is taken, and the same one where nothing differs. */
export function useSaving(onSaved: (name: string, version: number) => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ draft, name }: { draft: Draft; name: string }) => {
      const { name: _name, ...request } = submitOf(draft);
      return (await save({ body: { name, request }, throwOnError: true })).data;
    },
    onSuccess: ({ id, name, version }) => {
      change({ recipe: { id, name, version: version.number } });
      void queries.invalidateQueries({ queryKey: RECIPES });
      onSaved(name, version.number);
    },
  });
}

export function useRemoving() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (id: string) => (await removeRecipe({ path: { recipe_id: id }, throwOnError: true })).data,
    onSuccess: ({ id }) => {
      if (useDraft.getState().recipe?.id === id) change({ recipe: null });
      void queries.invalidateQueries({ queryKey: RECIPES });
    },
  });
}

/** Opens a recipe: all of it, to be run with changes, or its settings alone for the lines that are there. */
export async function openRecipe(id: string, part: 'all' | 'settings'): Promise<void> {
  const { data } = await readRecipe({ path: { recipe_id: id }, throwOnError: true });
  const request = data.version.request as Kept;
  if (part === 'settings') {
    change({ ...settingsOf(request), recipe: null });
    return;
  }
  const sheet = await readSheet({ path: { sheet_id: request.sheet_id ?? '' }, throwOnError: true });
  change({ ...(await draftOf(request, sheet.data)), recipe: { id, name: data.name, version: data.version.number } });
}

/** Takes a submit up again as it was. */
export async function openSubmit(batchId: string): Promise<void> {
  const { data } = await readRequest({ path: { batch_id: batchId }, throwOnError: true });
  change(await draftOf((data.request ?? {}) as Kept, data.sheet));
}
