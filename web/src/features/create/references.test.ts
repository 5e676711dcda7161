import { beforeEach, describe, expect, it } from 'vitest';

import type { ModelRead } from '@/api';

import { change, EMPTY, useDraft } from './model';
import { addReferences, hindered, REFERENCES_MOST } from './references';

describe('references', () => {
  beforeEach(() => change({ ...EMPTY }));

  it('are taken once each, and no more than fit', () => {
    expect(addReferences(['a', 'b', 'a'])).toBe(0);
    expect(useDraft.getState().references).toEqual(['a', 'b']);
    expect(addReferences(Array.from({ length: REFERENCES_MOST }, (_, place) => String(place)))).toBe(2);
    expect(useDraft.getState().references).toHaveLength(REFERENCES_MOST);
  });

  it('are told of models that cannot take them', () => {
    const models = [
      { title: 'Draws', operations: ['text_to_image'], max_references: 0 },
      { title: 'Edits', operations: ['text_to_image', 'edit'], max_references: 2 },
    ] as unknown as ModelRead[];
    expect(hindered(models, 0)).toEqual([]);
    expect(hindered(models, 2)).toEqual([{ title: 'Draws', most: 0 }]);
    expect(hindered(models, 3).map(({ title }) => title)).toEqual(['Draws', 'Edits']);
  });
});
