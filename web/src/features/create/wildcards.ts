import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import {
  changeWildcard,
  createWildcard,
  listWildcardsOptions,
  previewPlan,
  readWildcardOptions,
  removeWildcard,
  type WildcardFileCreate,
  type WildcardFileDetail,
  type WildcardFileRead,
} from '@/api';

const FILES = listWildcardsOptions();
const SAMPLES = 5;

export type Kind = NonNullable<WildcardFileCreate['kind']>;

/** A file as it stands in the form. A new one has no id. */
export interface Written {
  id: string | null;
  version: number | null;
  name: string;
  kind: Kind;
  text: string;
}

export const BLANK: Written = { id: null, version: null, name: '', kind: 'txt', text: '' };

export function writtenOf(file: WildcardFileDetail): Written {
  return { id: file.id, version: file.version, name: file.name, kind: file.kind as Kind, text: file.text };
}

/** A name and an ending from the name of a file: `animals.yaml`. What is no wildcard file is taken as lines. */
export function named(filename: string): Pick<Written, 'name' | 'kind'> {
  const match = /^(.*?)\.(txt|ya?ml|json)$/i.exec(filename);
  const ending = match?.[2]?.toLowerCase() ?? 'txt';
  return { name: match?.[1] ?? filename, kind: ending === 'json' ? 'json' : ending.startsWith('y') ? 'yaml' : 'txt' };
}

export function useWildcardFiles() {
  return useQuery(FILES);
}

export function useWildcardFile(id: string | null) {
  return useQuery({ ...readWildcardOptions({ path: { file_id: id ?? '' } }), enabled: id !== null });
}

/** Every name that a prompt of the project may use, with how many values it has. */
export function namesOf(files: readonly WildcardFileRead[]): { name: string; values: number }[] {
  return files.flatMap(({ wildcards }) => wildcards).sort((a, b) => a.name.localeCompare(b.name));
}

/** Some prompts that a wildcard comes to, as they would be drawn. */
export function useSamples(name: string, version: number) {
  return useQuery({
    queryKey: ['wildcard', name, version],
    queryFn: async ({ signal }) => {
      const plan = { prompts: { mode: 'random' as const, draws: SAMPLES } };
      const { data } = await previewPlan({ body: { prompts: [`__${name}__`], plan, limit: SAMPLES }, signal, throwOnError: true });
      return data.items.map(({ prompt }) => prompt);
    },
    retry: false,
  });
}

/** What a prompt may name is old now, and so is every estimate. */
function useAfter() {
  const queries = useQueryClient();
  return () => {
    void queries.invalidateQueries({ queryKey: FILES.queryKey });
    void queries.invalidateQueries({ queryKey: ['estimate'] });
    void queries.invalidateQueries({ queryKey: ['preview'] });
  };
}

export function useKeeping() {
  const after = useAfter();
  return useMutation({
    mutationFn: async ({ id, version, name, kind, text }: Written) =>
      id === null
        ? (await createWildcard({ body: { name, kind, text }, throwOnError: true })).data
        : (await changeWildcard({ path: { file_id: id }, body: { name, kind, text, version }, throwOnError: true })).data,
    onSuccess: after,
  });
}

export function useTakingAway() {
  const after = useAfter();
  return useMutation({
    mutationFn: async (id: string) => (await removeWildcard({ path: { file_id: id }, throwOnError: true })).data,
    onSuccess: after,
  });
}
