import { afterEach, expect, it } from 'vitest';

import { chosenLocale, followPreferences, prefer, usePreferences } from './preferences';

afterEach(() => localStorage.clear());

it('takes the first language of the browser that the page speaks', () => {
  expect(chosenLocale(null, ['fr-FR', 'zh-Hant-HK', 'en'])).toBe('zh-TW');
  expect(chosenLocale(null, ['ja'])).toBe('ja');
  expect(chosenLocale(null, ['fr', 'en-GB'])).toBe('en');
  expect(chosenLocale(null, ['xx'])).toBe('en');
});

it('takes what was chosen before what the browser asks for', () => {
  expect(chosenLocale('ja', ['zh-TW'])).toBe('ja');
});

it('keeps a wish and paints it', () => {
  followPreferences();
  prefer({ theme: 'dark' });
  expect(document.documentElement.dataset['theme']).toBe('dark');
  expect(JSON.parse(localStorage.getItem('imageloom.preferences') ?? '{}')).toMatchObject({ theme: 'dark' });
  prefer({ theme: 'light' });
  expect(document.documentElement.dataset['theme']).toBe('light');
  expect(usePreferences.getState().theme).toBe('light');
});
