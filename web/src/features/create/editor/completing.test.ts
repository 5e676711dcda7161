import { EditorState } from '@codemirror/state';
import { CompletionContext } from '@codemirror/autocomplete';
import { expect, it } from 'vitest';

import { completeWildcard } from './view';

const NAMES = [{ name: 'animals/wild', detail: '' }, { name: '動物', detail: '' }];
const at = (text: string) => completeWildcard(new CompletionContext(EditorState.create({ doc: text }), text.length, false), NAMES);

it('offers the names of wildcards behind two underscores', () => {
  expect(at('a __an')).toMatchObject({ from: 2, options: [{ label: '__animals/wild__' }, { label: '__動物__' }] });
  expect(at('a __')?.from).toBe(2);
  expect(at('a _')).toBeNull();
  expect(at('a fox')).toBeNull();
});
