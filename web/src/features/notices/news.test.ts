import { describe, expect, it } from 'vitest';

import type { StandingRead } from '@/api';

import { endedSince, freshIn, inOrder, type Memory, type News, readMemory } from './news';

const NOW = Date.parse('2026-11-28T12:00:00Z');
const counts = { total: 3, pending: 0, running: 0, done: 3, failed: 0, refused: 0, cancelled: 0, uncertain: 0 };
const row = (id: string, ...news: News[]): StandingRead => ({ id, name: id, state: 'running', counts, news, finished_at: null });
const memory = (told: Memory['told'], more: Partial<Memory> = {}): Memory => ({ user: 'me', at: NOW - 10_000, told, ...more });
const freshOf = (rows: StandingRead[], before: Memory | null) => freshIn(rows, before, 'me', NOW).fresh.map(({ batch, news }) => [batch.id].concat(news));

describe('news', () => {
  it('is what was not so at the last look, also of a batch that began since', () => {
    const before = memory({ a: [], b: ['pilot'], c: ['ended'] });
    expect(freshOf([row('a', 'ended'), row('b', 'pilot', 'budget'), row('c', 'ended'), row('d', 'ended', 'uncertain')], before)).toEqual([
      ['a', 'ended'],
      ['b', 'budget'],
      ['d', 'ended', 'uncertain'],
    ]);
  });

  it('is told once, and again when it has become so again', () => {
    const first = freshIn([row('a', 'pilot')], memory({ a: [] }), 'me', NOW);
    expect(first.fresh).toHaveLength(1);
    expect(freshOf([row('a', 'pilot')], first.memory)).toEqual([]);
    const between = freshIn([row('a')], first.memory, 'me', NOW).memory;
    expect(freshOf([row('a', 'pilot')], between)).toEqual([['a', 'pilot']]);
  });

  it.each([
    ['a first look', null],
    ['the look after another visit', memory({}, { at: NOW - 6 * 60_000 })],
    ['a look of somebody else', memory({}, { user: 'another' })],
  ])('%s only remembers', (_, before) => {
    const { fresh, memory: after } = freshIn([row('a', 'ended')], before, 'me', NOW);
    expect(fresh).toEqual([]);
    expect(after).toEqual({ user: 'me', at: NOW, told: { a: ['ended'] } });
  });

  it('asks for what ended since well before the last look', () => {
    expect(endedSince(null, NOW)).toBe('2026-11-28T11:45:00.000Z');
    expect(endedSince(memory({}), NOW)).toBe('2026-11-28T11:45:00.000Z');
    expect(endedSince(memory({}, { at: NOW - 60 * 60_000 }), NOW)).toBe('2026-11-28T10:55:00.000Z');
  });

  it('says first what needs a person', () => {
    expect(inOrder(['ended', 'budget', 'uncertain'])).toEqual(['uncertain', 'budget', 'ended']);
  });

  it.each([null, '', '{', 'null', '[]', '{"user":1}'])('forgets what cannot be read: %j', (text) => expect(readMemory(text)).toBeNull());

  it('remembers across visits', () => {
    expect(readMemory(JSON.stringify(memory({ a: ['pilot'] })))).toEqual(memory({ a: ['pilot'] }));
  });
});
