import { type APIRequestContext, expect } from '@playwright/test';

const SECONDS = 25_000;

export interface Made {
  batch: string;
  /** In the order of the prompts. */
  ids: string[];
}

/** Pictures of the machine's own illustrator, with their previews. */
export async function makePictures(request: APIRequestContext, prompts: readonly string[], plan: object = {}): Promise<Made> {
  const answer = await request.post('/api/batches', {
    data: { prompts, plan: { models: ['illustrator/scene-1'], sizes: ['192x128'], ...plan } },
  });
  expect(answer.ok(), await answer.text()).toBe(true);
  const { id } = (await answer.json()) as { id: string };
  let made: { asset_id: string | null }[] = [];
  await expect
    .poll(async () => ((await (await request.get(`/api/batches/${id}`)).json()) as { finished_at: string | null }).finished_at, { timeout: SECONDS })
    .not.toBeNull();
  made = ((await (await request.get(`/api/batches/${id}/items?limit=500`)).json()) as { items: { asset_id: string }[] }).items;
  const columns = async () => ((await (await request.get(`/api/assets/columns?batch=${id}`)).json()) as { previews: string[] }).previews;
  await expect.poll(async () => (await columns()).filter((state) => state !== 'done').length, { timeout: SECONDS }).toBe(0);
  return { batch: id, ids: made.map((item) => item.asset_id ?? '') };
}

/** A word that no other test's prompts hold. */
export function someWord(): string {
  return `w${Math.random().toString(36).slice(2, 10)}`;
}
