import { beforeEach, describe, expect, it, vi } from 'vitest';

import { change, EMPTY, isFirstVisit, linesOf, planOf, seedsOf, sourceOf, useDraft } from './model';

const sheet = {
  id: 's1',
  filename: 'a.csv',
  format: 'csv',
  encoding: 'utf-8',
  columns: ['animal'],
  row_count: 1,
  blank_rows: 0,
  sample: [{ animal: 'heron' }],
  created_at: '2026-01-01T00:00:00Z',
};

beforeEach(() => {
  localStorage.clear();
  useDraft.setState(EMPTY);
});

describe('lines', () => {
  it('are trimmed, and empty ones are passed over but keep their place', () => {
    expect(linesOf('a\n\n  b  \n')).toEqual([
      { prompt: 'a', place: 0 },
      { prompt: 'b', place: 2 },
    ]);
  });
});

describe('seeds', () => {
  it('are parted by whatever people part them by', () => {
    expect(seedsOf(' 1-4, 42、7，8 ;9\n')).toEqual(['1-4', '42', '7', '8', '9']);
    expect(seedsOf('  ')).toEqual([]);
  });
});

describe('what the server is asked about', () => {
  it('is nothing without prompts or models', () => {
    expect(sourceOf(EMPTY)).toBeNull();
    expect(sourceOf({ ...EMPTY, models: ['m'] })).toBeNull();
    expect(sourceOf({ ...EMPTY, text: 'a' })).toBeNull();
  });

  it('is the lines, or the sheet in their place', () => {
    const draft = { ...EMPTY, models: ['m'], text: 'a\nb' };
    expect(sourceOf(draft)).toMatchObject({ prompts: ['a', 'b'], plan: { models: ['m'], count: 1 } });
    const made = sourceOf({ ...draft, sheet, template: '{{animal}}' });
    expect(made).toMatchObject({ sheet_id: 's1' });
    expect(made).not.toHaveProperty('prompts');
    expect(sourceOf({ ...draft, sheet })).toBeNull();
  });

  it('sends a template with a sheet alone, and nothing that was left empty', () => {
    expect(planOf({ ...EMPTY, template: '{{animal}}' }).template).toBeNull();
    expect(planOf({ ...EMPTY, template: '{{animal}}', sheet }).template).toBe('{{animal}}');
    expect(planOf({ ...EMPTY, negative: '  ' }).negative_prompt).toBeNull();
  });
});

it('a draft outlives the page, and a first visit is known', () => {
  expect(isFirstVisit()).toBe(true);
  change({ text: 'a heron' });
  expect(isFirstVisit()).toBe(false);
  expect(JSON.parse(localStorage.getItem('imageloom.draft') ?? '{}')).toMatchObject({ text: 'a heron' });
});

it('what was kept is there when the page is loaded, and what another tab writes comes at once', async () => {
  localStorage.setItem('imageloom.draft', JSON.stringify({ text: 'a heron' }));
  vi.resetModules();
  const page = await import('./model');
  expect(page.useDraft.getState()).toEqual({ ...EMPTY, text: 'a heron' });
  localStorage.setItem('imageloom.draft', JSON.stringify({ text: 'a stork', clock: { other: 1 } }));
  dispatchEvent(new StorageEvent('storage', { key: 'imageloom.draft' }));
  expect(page.useDraft.getState().text).toBe('a stork');
});
