import { keepPreviousData, type QueryClient, queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useRef, useState } from 'react';

import {
  asProblem,
  type BatchRead,
  estimateBatch,
  type KeyRead,
  listBatchesQueryKey,
  listKeysOptions,
  listModelsOptions,
  listProvidersOptions,
  type ModelRead,
  previewPlan,
  readMeQueryKey,
  type ProviderRead,
  telling,
  uploadSheet,
} from '@/api';
import { useRested } from '@/lib/rested';
import { said } from '@/lib/said';

import { keepForLater, keyOfWaiting, submitDraft } from './later';
import { change, type Draft, isFirstVisit, sourceOf, useDraft } from './model';

const SHOWN_PROMPTS = 50;

function estimateOptions(source: string) {
  return queryOptions({
    queryKey: ['estimate', source],
    queryFn: async ({ signal }) => {
      const { data } = await estimateBatch({ body: JSON.parse(source), signal, throwOnError: true });
      return data;
    },
    staleTime: 60_000,
    // Its name is the whole draft: what was asked of others is not kept for long.
    gcTime: 60_000,
  });
}

/** The exact count, the price as a range, and everything that keeps the draft from being made. */
export function useEstimate(draft: Draft) {
  // Ten thousand lines are long to write down, and drafts change less often than the page is drawn.
  const source = useMemo(() => JSON.stringify(sourceOf(draft)), [draft]);
  const rested = useRested(source);
  const query = useQuery({ ...estimateOptions(rested), enabled: rested !== 'null', placeholderData: keepPreviousData });
  return {
    estimate: rested === 'null' ? undefined : query.data,
    problem: query.error,
    /** Whether what is shown is about the draft as it stands now. */
    isCurrent: rested === source && query.isSuccess && !query.isPlaceholderData,
    isEmpty: source === 'null',
  };
}

/** The first prompts as they would be sent. */
export function usePreview(draft: Draft, isWanted: boolean) {
  const source = sourceOf(draft);
  return useQuery({
    queryKey: ['preview', JSON.stringify(source)],
    queryFn: async ({ signal }) => {
      const { data } = await previewPlan({ body: { ...source, limit: SHOWN_PROMPTS }, signal, throwOnError: true });
      return data;
    },
    enabled: isWanted && source !== null,
  });
}

export interface Choice {
  model: ModelRead;
  providerTitle: string;
  /** Whether a key must be added before it makes anything. */
  lacksKey: boolean;
}

/** Every model, with whether it can be used as things stand. */
export function useChoices(): { choices: readonly Choice[]; error: unknown; retry: () => void; isLoading: boolean; hasNoKey: boolean } {
  const models = useQuery(listModelsOptions());
  const providers = useQuery(listProvidersOptions());
  const keys = useQuery(listKeysOptions());
  const choices = useMemo(
    () => choicesOf(models.data ?? [], providers.data ?? [], keys.data ?? null),
    [models.data, providers.data, keys.data],
  );
  return {
    choices,
    error: models.error,
    retry: () => void models.refetch(),
    isLoading: models.isPending,
    // Who may not see the keys cannot add one.
    hasNoKey: keys.data?.length === 0,
  };
}

/** What stands in the draft is counted and priced while the page is still being drawn. A first visit is begun before. */
export async function askEarly(queries: QueryClient, samples: Promise<string>): Promise<void> {
  if (isFirstVisit()) {
    const [words, models, providers, keys] = await Promise.all([
      samples,
      queries.ensureQueryData(listModelsOptions()),
      queries.ensureQueryData(listProvidersOptions()),
      queries.ensureQueryData(listKeysOptions()).catch(() => null),
    ]);
    begin(choicesOf(models, providers, keys), words);
  }
  const source = JSON.stringify(sourceOf(useDraft.getState()));
  if (source !== 'null') void queries.prefetchQuery(estimateOptions(source));
}

/** A first visit begins with lines to try and with the model that needs no key, so that the first click makes pictures. */
export function begin(choices: readonly Choice[], samples: string): void {
  const { models, text } = useDraft.getState();
  if (choices.length === 0 || models.length > 0 || !isFirstVisit()) return;
  const free = choices.find(({ lacksKey, model }) => !lacksKey && model.operations.includes('text_to_image'));
  change({ text: text || samples, models: free ? [free.model.name] : [], sizes: ['1024x1024'] });
}

/** Who may not see the keys is not told that one is missing: then they are `null`. */
function choicesOf(models: readonly ModelRead[], providers: readonly ProviderRead[], keys: readonly KeyRead[] | null): Choice[] {
  return models.map((model) => {
    const provider = providers.find(({ id }) => id === model.provider);
    const hasKey = keys?.some((key) => key.provider === model.provider);
    return {
      model,
      providerTitle: said(provider?.title ?? model.provider),
      lacksKey: Boolean(provider?.needs_key && keys && !hasKey),
    };
  });
}

/** Submits the draft. The same draft is submitted once, however often the network makes a person try; without a server it waits. */
export function useSubmit(onMade: (batch: BatchRead) => void) {
  const queries = useQueryClient();
  const attempt = useRef<{ draft: string; key: string } | null>(null);
  const keyOf = (draft: Draft) => {
    const waiting = keyOfWaiting(draft);
    if (waiting) return waiting;
    const text = JSON.stringify(draft);
    if (attempt.current?.draft !== text) attempt.current = { draft: text, key: randomKey() };
    return attempt.current.key;
  };
  return useMutation({
    // Without a network it fails at once, and is kept, instead of waiting unseen.
    networkMode: 'always',
    mutationFn: (draft: Draft) => submitDraft(draft, keyOf(draft)),
    onSuccess: (batch) => {
      // The same lines again are a new wish.
      attempt.current = null;
      void queries.invalidateQueries({ queryKey: listBatchesQueryKey() });
      onMade(batch);
    },
    onError: (error, draft) => {
      const person = queries.getQueryData<{ user_id: string }>(readMeQueryKey())?.user_id;
      if (asProblem(error).status !== 0 || !person) return;
      keepForLater({ key: keyOf(draft), person, draft });
      attempt.current = null;
    },
  });
}

export interface Sending {
  file: File;
  /** How much of it is on its way, from nought to one. Then its rows are read. */
  share: number;
  stop: () => void;
}

/** Uploads a sheet, and says how far it is. */
export function useSheetUpload() {
  const [sending, setSending] = useState<Sending | null>(null);
  const upload = useMutation({
    mutationFn: async (file: File) => {
      const giveUp = new AbortController();
      setSending({ file, share: 0, stop: () => giveUp.abort() });
      const form = new FormData();
      form.append('file', file);
      const tell = (share: number) => setSending((now) => (now?.file === file ? { ...now, share } : now));
      const { data } = await uploadSheet({ body: { file }, fetch: telling(form, tell), signal: giveUp.signal, throwOnError: true });
      return data;
    },
    onSettled: (_sheet, _error, file) => setSending((now) => (now?.file === file ? null : now)),
  });
  return { ...upload, sending };
}

/** Not `randomUUID`, which is missing on pages that come over plain HTTP from another machine. */
function randomKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
