import { describe, expect, it } from 'vitest';

import type { Action } from '@/lib/actions';

import { deviceOf } from './devices';
import { pressOf, takenBy } from './shortcuts';
import { changesFor, wishesOf } from './following';
import { standingOf, toggled } from './tokens';

const event = (key: string, more: Partial<KeyboardEvent> = {}) => ({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...more });
const action = (id: string, keys: string): Action => ({ id, keys, label: id, group: 'g', run: () => undefined });

describe('keys', () => {
  it.each([
    [event('k', { ctrlKey: true }), '$mod+k'],
    [event('?', { shiftKey: true }), 'Shift+?'],
    [event('T', { shiftKey: true }), 'Shift+T'],
    [event('G'), 'g'],
    [event(' '), 'Space'],
    [event('Control', { ctrlKey: true }), null],
    [event('ArrowUp', { altKey: true }), 'Alt+ArrowUp'],
  ])('are named as the actions name them (%#)', (pressed, name) => expect(pressOf(pressed, false)).toBe(name));

  it('are named by the command key on machines that have one', () => {
    expect(pressOf(event('k', { metaKey: true }), true)).toBe('$mod+k');
    expect(pressOf(event('k', { ctrlKey: true }), true)).toBe('Control+k');
  });

  it('belong to one action, also where they only begin alike', () => {
    const actions = [action('own', 'x'), action('go', 'g c'), action('find', '$mod+k')];
    expect(takenBy('g', 'own', actions, {})?.id).toBe('go');
    expect(takenBy('g c d', 'own', actions, {})?.id).toBe('go');
    expect(takenBy('g b', 'own', actions, {})).toBeUndefined();
    expect(takenBy('x', 'own', actions, {})).toBeUndefined();
    expect(takenBy('z', 'own', actions, { find: 'z' })?.id).toBe('find');
  });
});

describe('devices', () => {
  it.each([
    ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0', 'Edge', 'Windows', false],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 14_0) AppleWebKit/605.1 (KHTML, like Gecko) Version/18.0 Safari/605.1', 'Safari', 'macOS', false],
    ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Mobile/15E148 Safari/604.1', 'Safari', 'iPhone', true],
    ['Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36', 'Chrome', 'Android', true],
    ['curl/8.5.0', 'curl', '', false],
    ['', '', '', false],
  ])('are called as people call them (%#)', (agent, browser, system, isPhone) => expect(deviceOf(agent)).toEqual({ browser, system, isPhone }));
});

describe('tokens', () => {
  it('stand as they do', () => {
    const now = '2026-11-28T00:00:00.000Z';
    expect(standingOf({ revoked_at: null, expires_at: null }, now)).toBe('works');
    expect(standingOf({ revoked_at: null, expires_at: '2026-11-28T00:00:00Z' }, now)).toBe('expired');
    expect(standingOf({ revoked_at: '2026-01-01T00:00:00Z', expires_at: null }, now)).toBe('revoked');
  });

  it('read what they write, and write nothing that they cannot read', () => {
    expect(toggled([], 'keys:write', true)).toEqual(['keys:read', 'keys:write']);
    expect(toggled(['batches:read', 'batches:write'], 'batches:read', false)).toEqual([]);
    expect(toggled(['batches:read', 'batches:write'], 'batches:write', false)).toEqual(['batches:read']);
    expect(toggled(['assets:read'], 'server:read', true)).toEqual(['assets:read', 'server:read']);
  });
});

describe('preferences', () => {
  const kept = { theme: null, language: null, density: null, time_zone: null, currency: null, currency_rate: null, notify_desktop: null, notify_sound: null };

  it('are taken from the server where it has any', () => {
    expect(wishesOf(kept)).toEqual({});
    expect(wishesOf({ ...kept, theme: 'system', language: 'ja', density: 'compact', time_zone: 'Asia/Taipei', currency: 'TWD', currency_rate: '31.5', notify_desktop: true, notify_sound: false })).toEqual({
      theme: 'auto',
      locale: 'ja',
      density: 'compact',
      zone: 'Asia/Taipei',
      currency: 'TWD',
      rate: '31.5',
      desktop: true,
      sound: false,
    });
  });

  it('are told to the server when a person changes them, and nothing else is', () => {
    const before = { theme: 'auto', density: 'comfortable', locale: null, zone: null, currency: null, rate: null, desktop: false, sound: false, keys: {} } as const;
    expect(changesFor({ ...before, theme: 'dark', keys: { a: 'b' } }, before)).toEqual({ theme: 'dark' });
    expect(changesFor({ ...before, locale: 'zh-TW', zone: 'Asia/Tokyo' }, before)).toEqual({ language: 'zh-TW', time_zone: 'Asia/Tokyo' });
    expect(changesFor(before, { ...before, theme: 'dark' })).toEqual({ theme: 'system' });
    expect(changesFor({ ...before, desktop: true }, before)).toEqual({ notify_desktop: true });
    expect(changesFor(before, { ...before, sound: true })).toEqual({ notify_sound: false });
    expect(changesFor({ ...before, currency: 'TWD', rate: '31.5' }, before)).toEqual({ currency: 'TWD', currency_rate: '31.5' });
    expect(changesFor(before, { ...before, currency: 'TWD', rate: '31.5' })).toEqual({ currency: null, currency_rate: null });
    expect(changesFor(before, before)).toEqual({});
  });
});
