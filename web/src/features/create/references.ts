import { useMutation, useQueryClient } from '@tanstack/react-query';

import { type ModelRead, readAssetQueryKey, uploadAsset } from '@/api';

import { change, useDraft } from './model';

export const REFERENCES_MOST = 16;

export function isPicture(file: Pick<File, 'type'>): boolean {
  return file.type.startsWith('image/');
}

/** Adds pictures, each once. Returns how many had no place any more. */
export function addReferences(ids: readonly string[]): number {
  const { references } = useDraft.getState();
  const all = [...new Set([...references, ...ids])];
  change({ references: all.slice(0, REFERENCES_MOST) });
  return Math.max(0, all.length - REFERENCES_MOST);
}

export function removeReference(id: string): void {
  change({ references: useDraft.getState().references.filter((other) => other !== id) });
}

export type Hindrance = { title: string; most: number };

/** The chosen models that cannot take so many pictures, and how many they take; none is 0. */
export function hindered(models: readonly ModelRead[], count: number): Hindrance[] {
  if (count === 0) return [];
  return models
    .map((model) => ({ title: model.title, most: model.operations.includes('edit') ? model.max_references : 0 }))
    .filter(({ most }) => most < count);
}

/** Keeps picture files in the library and takes them as references. */
export function useReferenceUpload() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (file: File) => (await uploadAsset({ body: { file }, throwOnError: true })).data,
    onSuccess: (asset) => {
      queries.setQueryData(readAssetQueryKey({ path: { asset_id: asset.id } }), asset);
      addReferences([asset.id]);
    },
  });
}
