import { describe, expect, it } from 'vitest';

import type { BudgetRead } from '@/api';

import { sharesOf, tightest } from './budgets';

const cap = (kind: string, left: string, more = {}) => ({ kind, left, amount: '10', is_hard: true, target: 'x', ...more }) as BudgetRead;

describe('the budget beside the cost', () => {
  it('is the one of which least is left, among those that bind', () => {
    const caps = [cap('team', '9'), cap('user', '1', { is_hard: false }), cap('provider', '2', { target: 'replicate' }), cap('credential', '0'), cap('project', '5')];
    expect(tightest(caps, ['openai/a'])?.left).toBe('5');
    expect(tightest(caps, ['openai/a', 'replicate/b/c'])?.left).toBe('2');
    expect(tightest([], ['openai/a'])).toBeNull();
  });

  it('says what is gone, what is wanted, and what is too much', () => {
    expect(sharesOf({ amount: '10', left: '6' }, '2')).toEqual({ gone: 40, wanted: 20, isTooMuch: false });
    expect(sharesOf({ amount: '10', left: '1' }, '2')).toEqual({ gone: 90, wanted: 10, isTooMuch: true });
    expect(sharesOf({ amount: '0', left: '0' }, null)).toEqual({ gone: 100, wanted: 0, isTooMuch: false });
  });
});
