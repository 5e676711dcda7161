import { afterEach, describe, expect, it } from 'vitest';

import { formatAbout, formatAgo, formatBytes, formatDate, formatMoney, formatNumber } from './format';
import { prefer } from './preferences';

afterEach(() => {
  document.documentElement.lang = '';
});

describe('money', () => {
  it('keeps every digit of a small price', () => {
    expect(formatMoney('0.0005', 'USD')).toBe('$0.0005');
  });

  it('shows at least the cents', () => {
    expect(formatMoney('12', 'USD')).toBe('$12.00');
    expect(formatMoney('12.500000', 'USD')).toBe('$12.50');
  });

  it('is written as the language of the page writes it', () => {
    document.documentElement.lang = 'zh-TW';
    expect(formatMoney('1234.5', 'USD')).toBe('$1,234.50');
  });

  it('is rounded where that is asked for', () => {
    expect(formatMoney('0.31805', 'USD', 3)).toBe('$0.318');
  });

  it('is not rounded on the way', () => {
    expect(formatMoney('90071992547409.93', 'USD')).toBe('$90,071,992,547,409.93');
  });
});

describe('an amount in a currency of one’s own', () => {
  afterEach(() => prefer({ currency: null, rate: null }));

  it('is said about, by its code', () => {
    prefer({ currency: 'TWD', rate: '31.5' });
    expect(formatAbout('1.50', 'USD')?.replace('\u00a0', ' ')).toBe('≈ TWD 47.3');
    expect(formatAbout('1234.5', 'USD')?.replace('\u00a0', ' ')).toBe('≈ TWD 38,900');
    expect(formatAbout('0', 'USD')?.replace('\u00a0', ' ')).toBe('≈ TWD 0');
  });

  it('is not said where nobody gave a rate, nor of other amounts', () => {
    expect(formatAbout('1.50', 'USD')).toBeNull();
    prefer({ currency: 'TWD', rate: null });
    expect(formatAbout('1.50', 'USD')).toBeNull();
    prefer({ currency: 'TWD', rate: '31.5' });
    expect(formatAbout('1.50', 'EUR')).toBeNull();
    prefer({ currency: 'USD', rate: '1' });
    expect(formatAbout('1.50', 'USD')).toBeNull();
  });
});

it('groups the digits of a number', () => {
  expect(formatNumber(1234567)).toBe('1,234,567');
  expect([formatNumber(0), formatNumber(999), formatNumber(1000), formatNumber(0.5)]).toEqual(['0', '999', '1,000', '0.5']);
});

it('says how long ago', () => {
  const now = Date.parse('2026-01-02T00:00:00Z');
  expect(formatAgo('2026-01-01T23:57:00Z', now)).toBe('3 minutes ago');
  expect(formatAgo('2026-01-01T00:00:00Z', now)).toBe('yesterday');
});

it('says how much room something takes', () => {
  expect(formatBytes(0)).toBe('0 byte');
  expect(formatBytes(1_500)).toBe('1.5 kB');
  expect(formatBytes(2_340_000_000)).toBe('2.3 GB');
});

it('writes times in the zone that was chosen', () => {
  prefer({ zone: 'Asia/Taipei' });
  expect(formatDate('2026-01-01T20:00:00Z', { dateStyle: 'short', timeStyle: 'short', hour12: false } as Intl.DateTimeFormatOptions)).toContain('1/2/26');
  prefer({ zone: null });
});
