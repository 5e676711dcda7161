import type { BatchCreate, RecipeRun, ScheduleInput } from '@/api';
import { usePreferences } from '@/lib/preferences';

import { type Draft, sourceOf } from './model';

/** On whose wall the clock hangs. */
export function zoneOf(draft: Pick<Draft, 'zone'>): string {
  return draft.zone || usePreferences.getState().zone || Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Windows, however a person parts them. */
export function windowsOf(text: string): string[] {
  return text.split(/[,;\n、，]+/).map((one) => one.trim()).filter(Boolean);
}

/** When calls may begin, or `null` for at once and always. */
export function scheduleOf(draft: Draft): ScheduleInput | null {
  const windows = windowsOf(draft.windows);
  const time = draft.start === 'time' && draft.startAt ? new Date(draft.startAt) : null;
  const start_at = time && !Number.isNaN(time.getTime()) ? time.toISOString() : null;
  const cron = draft.start === 'cron' ? draft.cron.trim() || null : null;
  if (!start_at && !cron && windows.length === 0) return null;
  return { start_at, cron, windows, zone: zoneOf(draft) };
}

export function pilotOf(draft: Pick<Draft, 'pilot'>): number | null {
  const items = Math.floor(Number(draft.pilot));
  return draft.pilot.trim() && items >= 1 ? items : null;
}

/** Everything that a draft says, as it is submitted or kept. */
export function submitOf(draft: Draft): BatchCreate {
  const source = sourceOf(draft);
  if (!source) throw new Error('There is nothing to make.');
  const cap = draft.cap.trim() || null;
  return {
    ...draft.rest.run,
    ...source,
    name: draft.name.trim() || null,
    cap,
    cap_allows_unknown: cap !== null && draft.capAllowsUnknown,
    pilot: pilotOf(draft),
    schedule: scheduleOf(draft),
  };
}

/** The same as a run of the recipe that is open: what it says beside is taken away, and not kept by silence. */
export function runOf(body: BatchCreate, version: number): RecipeRun {
  const { plan, cap, pilot, schedule, name, sheet_id, prompts, references, cap_allows_unknown } = body;
  const optional = { cap, pilot, schedule };
  const without = (['cap', 'pilot', 'schedule'] as const).filter((member) => optional[member] === null || optional[member] === undefined);
  return { version, name, sheet_id, prompts, references, cap_allows_unknown, ...optional, without, plan: { ...plan } };
}
