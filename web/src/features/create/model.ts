import { create } from 'zustand';

import type { BatchCreate, PlanInput, PromptsInput, SheetRead } from '@/api';

import { type Other, Tab } from './tabs';

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
  /** So many are made first, then somebody is asked. Empty: all at once. */
  pilot: string;
  /** Whether the cap lets pictures be made whose price nobody states. */
  capAllowsUnknown: boolean;
  start: 'now' | 'time' | 'cron';
  /** As a field for date and time has it, on the clock of the browser. */
  startAt: string;
  cron: string;
  /** Windows in which may be bought, parted by commas. */
  windows: string;
  /** Whose clock cron line and windows mean, where that is not the person's own. */
  zone: string;
  /** Pictures that every item sends along to be edited. */
  references: string[];
  /** The recipe that is open: what is generated is a run of it, with changes. */
  recipe: { id: string; name: string; version: number } | null;
  /** What an opened request says and no control shows. It is sent as it came. */
  rest: Rest;
}

export interface Rest {
  plan: Partial<PlanInput>;
  prompts: Partial<PromptsInput>;
  run: Partial<Pick<BatchCreate, 'priority' | 'uncertain_policy' | 'failure_budget_percent'>>;
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
  pilot: '',
  capAllowsUnknown: false,
  start: 'now',
  startAt: '',
  cron: '',
  windows: '',
  zone: '',
  references: [],
  recipe: null,
  rest: { plan: {}, prompts: {}, run: {} },
};

/** Whether somebody wrote here before: whoever did not is shown lines to try. */
export function isFirstVisit(): boolean {
  try {
    return localStorage.getItem(PLACE) === null;
  } catch {
    return false;
  }
}

const tab: Tab<Draft> = new Tab<Draft>({
  place: PLACE,
  empty: EMPTY,
  shared: () => localStorage,
  own: () => sessionStorage,
  onWords: (words) => useDraft.setState(words),
  onOthers: (others) => useOthers.setState({ others }),
});

export const useDraft = create<Draft>(() => tab.words);
/** What other tabs have written instead, where a person must decide. */
export const useOthers = create<{ others: readonly Other<Draft>[] }>(() => ({ others: [] }));

tab.tell();
addEventListener('storage', ({ key }) => tab.hear(key));
// A page that slept was told nothing.
addEventListener('pageshow', () => tab.hear(null));
document.addEventListener('visibilitychange', () => tab.hear(null));

export function change(changes: Partial<Draft>): void {
  const before = useDraft.getState();
  useDraft.setState(changes);
  const after = useDraft.getState();
  // What an editor says again that was taken over from another tab is no change of this one.
  if (Object.keys(changes).some((name) => before[name as keyof Draft] !== after[name as keyof Draft])) tab.write(after);
}

/** One of both is from now on the draft of all tabs. What is returned takes that back. */
export function settle(other: Other<Draft>, choice: 'take' | 'keep'): () => void {
  return tab.settle(other, choice);
}

export interface Line {
  prompt: string;
  /** Where it stands in the text, from nought. */
  place: number;
}

let read: { text: string; lines: Line[] } = { text: '', lines: [] };

/** The prompts of a text: one a line, without empty lines. Row n of the server is the line at index n - 1. */
export function linesOf(text: string): Line[] {
  // Many ask about the same text, which may be long.
  if (read.text !== text) read = { text, lines: split(text) };
  return read.lines;
}

function split(text: string): Line[] {
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
    ...draft.rest.plan,
    models: draft.models,
    sizes: draft.sizes,
    qualities: draft.qualities,
    seeds: seedsOf(draft.seeds),
    count: draft.count,
    reuse: draft.reuse,
    negative_prompt: draft.negative.trim() || null,
    template: draft.sheet && draft.template.trim() ? draft.template : null,
    // Only what is drawn has draws.
    prompts: { wildcard_seed: 0, wildcards: {}, ...draft.rest.prompts, mode: draft.mode, draws: draft.mode === 'random' ? draft.draws : 1 },
  };
}

export interface Source {
  prompts?: string[];
  sheet_id?: string;
  references: string[];
  plan: PlanInput;
}

/** What the server is asked about, or `null` while there is nothing to ask about. */
export function sourceOf(draft: Draft): Source | null {
  if (draft.models.length === 0) return null;
  const { references } = draft;
  if (draft.sheet && !draft.template.trim() && !draft.sheet.columns.includes('prompt')) return null;
  if (draft.sheet) return { sheet_id: draft.sheet.id, references, plan: planOf(draft) };
  const prompts = linesOf(draft.text).map(({ prompt }) => prompt);
  return prompts.length > 0 ? { prompts, references, plan: planOf(draft) } : null;
}
