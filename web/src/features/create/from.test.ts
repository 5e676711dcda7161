import { describe, expect, it } from 'vitest';

import type { AssetRead, BatchRead, ItemRead } from '@/api';

import { draftFrom } from './from';

const asset = { id: 'a', provenance: { prompt: 'a red door', provider: 'openai', model: 'gpt-image-2', quality: 'high' } } as unknown as AssetRead;
const item = {
  template: '{{prompt}}',
  row: { prompt: 'a {red|blue}\n door --seed 5' },
  provider: 'openai',
  model: 'gpt-image-2',
  fields: { width: 1536, height: 1024, quality: 'low', negative_prompt: 'rain' },
} as unknown as ItemRead;

describe('what is taken from a picture', () => {
  it('is what was typed and asked for', () => {
    const batch = { plan: { prompts: { mode: 'all' } } } as unknown as BatchRead;
    expect(draftFrom({ asset, item, batch }, '7')).toMatchObject({
      text: 'a {red|blue} door --seed 5',
      models: ['openai/gpt-image-2'],
      sizes: ['1536x1024'],
      qualities: ['low'],
      negative: 'rain',
      mode: 'all',
      seeds: '7',
      count: 1,
      sheet: null,
    });
  });

  it('is what the file says where no batch made it', () => {
    expect(draftFrom({ asset }, null)).toMatchObject({ text: 'a red door', models: ['openai/gpt-image-2'], sizes: [], qualities: ['high'], seeds: '' });
  });

  it('is the words for others, and the picture itself for changes to it', () => {
    expect(draftFrom({ asset, item }, null, 'vary')).toMatchObject({ text: 'a {red|blue} door', count: 4, seeds: '', references: [] });
    expect(draftFrom({ asset, item }, null, 'remix')).toMatchObject({ count: 1, references: ['a'] });
  });
});
