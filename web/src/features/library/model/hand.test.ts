import { expect, it } from 'vitest';

import { inPages } from './hand';

it('asks page by page, and what is said last is asked last', async () => {
  const asked: string[] = [];
  const ask = (word: string, milliseconds: number) => (page: number[]) =>
    new Promise<number>((resolve) => {
      setTimeout(() => {
        asked.push(`${word} ${page.length}`);
        resolve(page.length);
      }, milliseconds);
    });
  const many = Array.from({ length: 4_100 }, (_, place) => place);
  const first = inPages(many, ask('reject', 20));
  const second = inPages([1], ask('unflag', 0));
  expect(await second).toEqual([1]);
  expect(await first).toEqual([2_000, 2_000, 100]);
  expect(asked).toEqual(['reject 2000', 'reject 2000', 'reject 100', 'unflag 1']);
});

it('goes on after a request that failed', async () => {
  const failing = inPages([1], () => Promise.reject(new Error('away')));
  const next = inPages([1], () => Promise.resolve('there'));
  await expect(failing).rejects.toThrow('away');
  expect(await next).toEqual(['there']);
});
