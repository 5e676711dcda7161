import { describe, expect, it } from 'vitest';

import type { QuotaRead } from '@/api';

import { filled, inOrder, mayChange, readQuantity, writeQuantity } from './quotas';

const quota = (more: Partial<QuotaRead>): QuotaRead => ({
  id: 'q',
  team_id: 't',
  user_id: null,
  name: 'Team',
  kind: 'images',
  period: 'total',
  zone: 'UTC',
  amount: 10,
  used: 0,
  left: 10,
  period_start: null,
  resets_at: null,
  created_at: '2026-11-28T00:00:00Z',
  updated_at: '2026-11-28T00:00:00Z',
  ...more,
});

describe('quantities', () => {
  it.each([
    ['images', '500', 500],
    ['images', ' 20,000 ', 20_000],
    ['images', '20 000', 20_000],
    ['calls', '0', 0],
    ['images', '1.5', null],
    ['images', '1,5', null],
    ['images', '-1', null],
    ['images', 'many', null],
    ['images', '', null],
    ['bytes', '50', 50_000_000_000],
    ['bytes', '0.5', 500_000_000],
    ['bytes', '0.000000001', 1],
    ['bytes', '0.0000000001', null],
    ['bytes', '9007199.254740991', Number.MAX_SAFE_INTEGER],
    ['bytes', '9007199.254740992', null],
    ['images', '9007199254740993', null],
  ] as const)('%s of %j are %j', (kind, text, amount) => expect(readQuantity(kind, text)).toBe(amount));

  it.each([
    ['images', 500, '500'],
    ['bytes', 50_000_000_000, '50'],
    ['bytes', 1, '0.000000001'],
    ['bytes', Number.MAX_SAFE_INTEGER, '9007199.254740991'],
    ['bytes', 0, '0'],
  ] as const)('%s of %j are written and read back as they are', (kind, amount, text) => {
    expect(writeQuantity(kind, amount)).toBe(text);
    expect(readQuantity(kind, text)).toBe(amount);
  });
});

describe('a bar', () => {
  it.each([
    [0, 10, 0],
    [5, 10, 50],
    [12, 10, 100],
    [0, 0, 100],
  ])('of %d used of %d', (used, amount, full) => expect(filled({ used, amount })).toBe(full));
});

describe('quotas', () => {
  it('begin with what is one’s own', () => {
    const all = [quota({ id: 'm', user_id: 'ann', name: 'Ann' }), quota({ id: 't' }), quota({ id: 'y', user_id: 'me', name: 'Zoe' })];
    expect(inOrder(all, { user_id: 'me' }).map(({ id }) => id)).toEqual(['y', 't', 'm']);
  });

  it('are changed by owners for people, by operators for teams', () => {
    const owner = { roles: [{ team_id: 't', role: 'owner' }], permissions: ['members:write'] };
    const elsewhere = { roles: [{ team_id: 'other', role: 'owner' }, { team_id: 't', role: 'editor' }], permissions: ['members:write'] };
    const narrow = { roles: [{ team_id: 't', role: 'owner' }], permissions: ['members:read'] };
    const operator = { roles: [], permissions: ['users:write'] };
    const [ofTeam, ofPerson] = [quota({}), quota({ user_id: 'ann' })];
    expect([owner, elsewhere, narrow, operator].map((me) => mayChange(ofPerson, me))).toEqual([true, false, false, true]);
    expect([owner, elsewhere, narrow, operator].map((me) => mayChange(ofTeam, me))).toEqual([false, false, false, true]);
  });
});
