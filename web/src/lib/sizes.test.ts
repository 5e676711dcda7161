import { describe, expect, it } from 'vitest';

import type { ModelRead, SizesRead } from '@/api';

import { fits, offeredSizes, ratioOf, type Size, sizeOf } from './sizes';

const free: SizesRead = { default: '1024x1024', choices: [], multiple_of: 16, min_side: 16, max_side: 3840, max_pixels: 8_294_400, max_ratio: 3 };
const three: SizesRead = { ...free, choices: ['1024x1024', '1536x1024', '1024x1536'] };
const model = (sizes: SizesRead) => ({ sizes }) as ModelRead;
const size = (text: string) => sizeOf(text) as Size;

describe('a size', () => {
  it('is read however it is written', () => {
    expect(sizeOf(' 1200 × 630 ')).toEqual({ width: 1200, height: 630, text: '1200x630' });
    expect(sizeOf('1200')).toBeNull();
    expect(sizeOf('axb')).toBeNull();
  });

  it('is told as a ratio, where it is one that people know', () => {
    expect(ratioOf(size('1536x1024'))).toBe('3:2');
    expect(ratioOf(size('1536x864'))).toBe('16:9');
    expect(ratioOf(size('1203x777'))).toBe('1.55');
  });
});

describe('what a model makes', () => {
  it.each([
    ['1024x1024', true],
    ['1000x1024', false],
    ['3840x3840', false],
    ['3200x1024', false],
    ['4000x2000', false],
  ])('%s: %s', (text, good) => {
    expect(fits(size(text), free)).toBe(good);
  });

  it('is one of its choices where it has some', () => {
    expect(fits(size('1536x1024'), three)).toBe(true);
    expect(fits(size('1536x864'), three)).toBe(false);
  });
});

describe('what is offered', () => {
  it('is what all chosen models make, widest first', () => {
    expect(offeredSizes([model(free), model(three)]).map(({ text }) => text)).toEqual(['1536x1024', '1024x1024', '1024x1536']);
  });

  it('is what any of them makes, where they share nothing', () => {
    const other = { ...free, choices: ['512x512'], default: '512x512' };
    expect(offeredSizes([model(three), model(other)]).map(({ text }) => text)).toContain('512x512');
  });

  it('is the usual before a model is chosen', () => {
    expect(offeredSizes([]).length).toBeGreaterThan(4);
  });
});
