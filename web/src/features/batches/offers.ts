import { useQuery } from '@tanstack/react-query';

import { listKeysOptions, listModelsOptions, listProvidersOptions, type ModelRead, useMay } from '@/api';
import { offeredSizes } from '@/lib/sizes';

import type { FieldName } from './editing';
import { modelsOf } from './model';

/** Fields of which the catalogue says what a model knows. */
const STATED = { quality: 'qualities', format: 'formats', background: 'backgrounds' } as const;

/** What some models can be asked for in a field; none where anything may stand. `usable` are those that a batch may be sent to. */
export function offersOf(field: FieldName, models: readonly ModelRead[], usable: readonly ModelRead[]): string[] {
  if (field === 'model') return usable.map(({ name }) => name);
  if (field === 'size') return models.length === 0 ? [] : offeredSizes(models).map(({ text }) => text);
  const stated = field in STATED ? STATED[field as keyof typeof STATED] : null;
  return stated ? [...new Set(models.flatMap((model) => model[stated]))] : [];
}

/** What can be chosen for a field of a batch: of its own models, and of all where a sheet names them row by row. */
export function useOffers(field: FieldName, plan: Record<string, unknown>): string[] {
  const models = useQuery(listModelsOptions());
  const providers = useQuery(listProvidersOptions());
  const keys = useQuery({ ...listKeysOptions(), enabled: useMay('keys:read') === true });
  const all = models.data ?? [];
  const hasKey = (id: string) => !keys.data || keys.data.some((key) => key.provider === id) || providers.data?.find((one) => one.id === id)?.needs_key === false;
  const usable = all.filter(({ provider, operations }) => hasKey(provider) && operations.includes('text_to_image'));
  const named = modelsOf(plan);
  const own = all.filter(({ name }) => named.has(name));
  return offersOf(field, own.length > 0 ? own : usable, usable);
}
