import { expect, it } from 'vitest';

import type { AssetRead, AttemptRead } from '@/api';

import { costOf, differences, factsOf, sum } from './facts';

function asset(provenance: Record<string, unknown>, more: Partial<AssetRead> = {}): AssetRead {
  return {
    id: 'a', project_id: 'p', batch_id: 'b', item_id: 'i', blake3: 'f', format: 'png', width: 64, height: 32, previews: 'done',
    pick: 'none', rating: 0, labels: [], revision: 0, trashed_at: null, removed_at: null,
    preview: null, colour: null, trouble: null, created_at: '2026-01-01T00:00:00Z', provenance, ...more,
  };
}

function attempt(settled: string | null, billed: boolean | null = true, currency = 'USD'): AttemptRead {
  return { settled, billed, currency } as AttemptRead;
}

it('reads how a picture was made', () => {
  const facts = factsOf(asset({
    prompt: 'a cat', revised_prompt: 'a fine cat', template: 'a {{pet}}', provider: 'x', model: 'y/z', seed: 0, position: 16,
    not_sent: [{ field: 'seed', value: '3', reason: 'takes none' }], notes: ['odd'], options: { steps: 20 },
  }));
  expect(facts).toMatchObject({ frame: 17, prompt: 'a cat', sent: 'a fine cat', template: 'a {{pet}}', seed: '0', size: '64 × 32', format: 'PNG', notes: ['odd'] });
  expect(facts.options).toEqual([['steps', '20']]);
  expect(facts.notSent).toEqual([{ field: 'seed', value: '3', reason: 'takes none' }]);
});

it('says nothing twice, and nothing that is not known', () => {
  expect(factsOf(asset({ prompt: 'a cat', revised_prompt: 'a cat', template: 'a cat' }))).toMatchObject({ sent: null, template: null, seed: null });
  expect(factsOf(asset({ imported_from: 'x.png' }))).toMatchObject({ prompt: null, frame: null, model: null, importedFrom: 'x.png' });
});

it('adds exactly, and never takes unknown for nothing', () => {
  expect(sum(['0.1', '0.2', '1'])).toBe('1.3');
  expect(sum(['9007199254740993', '0.000001'])).toBe('9007199254740993.000001');
  expect(sum([])).toBe('0');
  expect(costOf([])).toBeNull();
  expect(costOf([attempt('0.04'), attempt(null, false)])).toEqual({ amount: '0.04', currency: 'USD' });
  expect(costOf([attempt('0.04'), attempt(null)])).toEqual({ amount: null, currency: 'USD' });
  expect(costOf([attempt('0.04'), attempt(null, null)])?.amount).toBeNull();
  expect(costOf([attempt('0.04'), attempt('1', true, 'EUR')])?.amount).toBeNull();
});

it('lists only what differs', () => {
  const lines = differences([asset({ prompt: 'a', model: 'm', seed: 1 }), asset({ prompt: 'a', model: 'm', seed: 2 }, { width: 65 })]);
  expect(lines.map(({ name }) => name)).toEqual(['size', 'seed']);
  expect(lines[1]?.values).toEqual(['1', '2']);
  expect(differences([asset({}), asset({})])).toEqual([]);
});
