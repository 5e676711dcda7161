import { expect, it } from 'vitest';

import type { WildcardFileRead } from '@/api';

import { named, namesOf } from './wildcards';

it('names a file by its name and kind', () => {
  expect(named('animals.yaml')).toEqual({ name: 'animals', kind: 'yaml' });
  expect(named('a.b.YML')).toEqual({ name: 'a.b', kind: 'yaml' });
  expect(named('moods.json')).toEqual({ name: 'moods', kind: 'json' });
  expect(named('list')).toEqual({ name: 'list', kind: 'txt' });
});

it('lists what prompts may name, in order', () => {
  const files = [{ wildcards: [{ name: 'sea', values: 2 }] }, { wildcards: [{ name: 'animal', values: 1 }] }] as WildcardFileRead[];
  expect(namesOf(files).map(({ name }) => name)).toEqual(['animal', 'sea']);
});
