import { create } from 'zustand';

import type { PlanInput, SheetRead } from '@/api';

/** What a person has written and chosen so far. It outlives the page: nothing that was typed is lost. */
export interface Draft {
  text: string;
  models: string[];
  sizes: string[];
  qualities: string[];
  seeds: string;
  count: number;
  negative: string;
  draws: number;
  mode: 'random' | 'all' | 'as_written';
  reuse: boolean;
  name: string;
  /** In US dollars. */
  cap: string;
  /** An uploaded sheet stands instead of the lines. */
  sheet: SheetRead | null;
  template: string;
}

const PLACE = 'imageloom.draft';
export const DRAWS_MOST = 100_000;
export const COUNT_MOST = 1_000;

export const EMPTY: Draft = {
  text: '',
  models: [],
  sizes: [],
  qualities: [],
  seeds: '',
  count: 1,
  negative: '',
  draws: 1,
  mode: 'random',
  reuse: false,
  name: '',
  cap: '',
  sheet: null,
  template: '',
};

function kept(): Draft {
  try {
    return { ...EMPTY, ...(JSON.parse(localStorage.getItem(PLACE) ?? '{}') as Partial<Draft>) };
  } catch {
    return EMPTY;
  }
}

/** Whether somebody wrote here before: whoever did not is shown lines to try. */
export function isFirstVisit(): boolean {
  try {
    return localStorage.getItem(PLACE) === null;
  } catch {
    return false;
  }
}

export const useDraft = create<Draft>(kept);

export function change(changes: Partial<Draft>): void {
  useDraft.setState(changes);
  try {
    localStorage.setItem(PLACE, JSON.stringify(useDraft.getState()));
  } catch {
    // A browser that keeps nothing: the draft holds until the page is closed.
  }
}

export interface Line {
  prompt: string;
  /** Where it stands in the text, from nought. */
  place: number;
}

/** The prompts of a text: one a line, without empty lines. Row n of the server is the line at index n - 1. */
export function linesOf(text: string): Line[] {
  return text
    .split('\n')
    .map((line, place) => ({ prompt: line.trim(), place }))
    .filter(({ prompt }) => prompt !== '');
}

/** Numbers and ranges, however a person parts them. */
export function seedsOf(text: string): string[] {
  return text.split(/[\s,;、，]+/).filter(Boolean);
}

export function planOf(draft: Draft): PlanInput {
  return {
    models: draft.models,
    sizes: draft.sizes,
    qualities: draft.qualities,
    seeds: seedsOf(draft.seeds),
    count: draft.count,
    reuse: draft.reuse,
    negative_prompt: draft.negative.trim() || null,
    template: draft.sheet && draft.template.trim() ? draft.template : null,
    prompts: { mode: draft.mode, draws: draft.draws, wildcard_seed: 0, wildcards: {} },
  };
}

/** What the server is asked about, or `null` while there is nothing to ask about. */
export function sourceOf(draft: Draft): { prompts?: string[]; sheet_id?: string; plan: PlanInput } | null {
  if (draft.models.length === 0) return null;
  if (draft.sheet && !draft.template.trim() && !draft.sheet.columns.includes('prompt')) return null;
  if (draft.sheet) return { sheet_id: draft.sheet.id, plan: planOf(draft) };
  const prompts = linesOf(draft.text).map(({ prompt }) => prompt);
  return prompts.length > 0 ? { prompts, plan: planOf(draft) } : null;
}
