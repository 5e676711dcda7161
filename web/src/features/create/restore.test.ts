import { describe, expect, it } from 'vitest';

import type { SheetRead } from '@/api';

import { EMPTY } from './model';
import { isTyped, localTime, settingsOf } from './restore';
import { runOf, scheduleOf, submitOf } from './submit';

const SHEET = { id: 's', filename: 'prompts.jsonl', row_count: 3 } as SheetRead;

describe('a kept request', () => {
  it('comes back as it was, with what no control shows', () => {
    const kept = {
      priority: 9,
      cap: '5',
      pilot: 3,
      references: ['a'],
      schedule: { windows: ['22:00-06:00', 'sat 0:00-24:00'], zone: 'Asia/Taipei' },
      plan: { models: ['openai/x'], seeds: ['1-3'], format: 'webp', prompts: { mode: 'all' as const, wildcards: { animal: ['cat'] } } },
    };
    const draft = { ...EMPTY, text: 'a', ...settingsOf(kept) };
    const body = submitOf(draft);
    expect(body).toMatchObject({ priority: 9, cap: '5', pilot: 3, references: ['a'], prompts: ['a'], schedule: kept.schedule });
    expect(body.plan).toMatchObject({ models: ['openai/x'], seeds: ['1-3'], format: 'webp', prompts: { mode: 'all', draws: 1, wildcards: { animal: ['cat'] } } });
  });

  it('that names no model means the one of the server', () => {
    expect(settingsOf({}).models).toEqual(['illustrator/scene-1']);
  });

  it('is written on only where it was typed', () => {
    expect(isTyped(SHEET, {})).toBe(true);
    expect(isTyped(SHEET, { plan: { template: '{{prompt}} in oil' } })).toBe(false);
    expect(isTyped({ ...SHEET, filename: 'a.csv' }, {})).toBe(false);
  });
});

describe('a run of a recipe', () => {
  it('takes away what the recipe says and the page does not', () => {
    const body = submitOf({ ...EMPTY, text: 'a', models: ['m'], pilot: '2' });
    expect(runOf(body, 4)).toMatchObject({ version: 4, pilot: 2, without: ['cap', 'schedule'], prompts: ['a'] });
  });
});

describe('when a batch may begin', () => {
  it('is at once and always where nothing is said', () => {
    expect(scheduleOf(EMPTY)).toBeNull();
    expect(scheduleOf({ ...EMPTY, startAt: '2030-01-01T10:00', cron: '0 0 * * *' })).toBeNull();
  });

  it('may have a time and windows', () => {
    const at = '2030-01-01T10:00:00.000Z';
    const draft = { ...EMPTY, start: 'time' as const, startAt: localTime(at), windows: '22:00-06:00' };
    expect(scheduleOf(draft)).toMatchObject({ start_at: at, windows: ['22:00-06:00'] });
  });
});
