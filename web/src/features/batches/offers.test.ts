import { expect, it } from 'vitest';

import type { ModelRead } from '@/api';

import { offersOf } from './offers';

const SIZES = { default: '1024x1024', choices: ['1024x1024', '1536x1024'], multiple_of: 16, min_side: 16, max_side: 3840, max_pixels: null, max_ratio: null };
const model = (name: string, qualities: string[]) => ({ name, qualities, formats: ['png'], backgrounds: [], sizes: SIZES }) as unknown as ModelRead;
const ONE = model('a/one', ['low', 'high']);
const OTHER = model('b/other', ['high', 'max']);

it('offers what the models of the batch know, once each', () => {
  expect(offersOf('quality', [ONE, OTHER], [])).toEqual(['low', 'high', 'max']);
  expect(offersOf('size', [ONE], [])).toEqual(['1536x1024', '1024x1024']);
  expect(offersOf('model', [ONE], [ONE, OTHER])).toEqual(['a/one', 'b/other']);
});

it('offers nothing where anything may stand', () => {
  expect(offersOf('seed', [ONE], [ONE])).toEqual([]);
  expect(offersOf('background', [ONE], [ONE])).toEqual([]);
  expect(offersOf('size', [], [])).toEqual([]);
});
