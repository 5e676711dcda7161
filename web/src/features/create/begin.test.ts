import { QueryClient } from '@tanstack/react-query';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { listKeysQueryKey, listModelsQueryKey, listProvidersQueryKey } from '@/api';
import { client } from '@/api/gen/client.gen';

import { askEarly } from './api';
import { EMPTY, useDraft } from './model';

const MODEL = { name: 'illustrator/scene-1', model: 'scene-1', provider: 'illustrator', operations: ['text_to_image'] };

function knowing(): QueryClient {
  const queries = new QueryClient({ defaultOptions: { queries: { staleTime: Infinity, retry: false } } });
  queries.setQueryData(listModelsQueryKey(), [MODEL] as never);
  queries.setQueryData(listProvidersQueryKey(), [{ id: 'illustrator', title: 'Illustrator', needs_key: false }] as never);
  queries.setQueryData(listKeysQueryKey(), [] as never);
  return queries;
}

const asked: unknown[] = [];

beforeEach(() => {
  localStorage.clear();
  useDraft.setState(EMPTY, true);
  asked.length = 0;
  vi.stubGlobal('fetch', async (request: Request) => {
    asked.push(await request.json());
    return Response.json({ items: 1, problems: [] });
  });
  client.setConfig({ baseUrl: 'http://studio.test' });
});

describe('before the page is drawn', () => {
  it('a first visit is begun and counted', async () => {
    await askEarly(knowing(), Promise.resolve('a heron'));
    expect(useDraft.getState()).toMatchObject({ text: 'a heron', models: [MODEL.name], sizes: ['1024x1024'] });
    await vi.waitFor(() => expect(asked).toMatchObject([{ prompts: ['a heron'] }]));
  });

  it('what was written before is counted without waiting for anything', async () => {
    useDraft.setState({ text: 'two owls', models: [MODEL.name] });
    localStorage.setItem('imageloom.draft', '{}');
    await askEarly(new QueryClient(), new Promise(() => undefined));
    expect(useDraft.getState().text).toBe('two owls');
    await vi.waitFor(() => expect(asked).toMatchObject([{ prompts: ['two owls'] }]));
  });

  it('nothing is asked of an empty page', async () => {
    localStorage.setItem('imageloom.draft', '{}');
    await askEarly(new QueryClient(), Promise.resolve('a heron'));
    expect(useDraft.getState().text).toBe('');
    expect(asked).toEqual([]);
  });
});
