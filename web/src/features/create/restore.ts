import { type BatchCreate, listRows, type PlanInput, type ScheduleInput, type SheetRead } from '@/api';

import { type Draft, EMPTY } from './model';

/** What the server calls the sheet of lines that were typed. */
const TYPED = 'prompts.jsonl';
const LINES_MOST = 10_000;
const PAGE = 2_000;
const DEFAULT_MODEL = 'illustrator/scene-1';

/** A request as it was kept: only what it says. */
export type Kept = Omit<Partial<BatchCreate>, 'plan'> & { plan?: Partial<PlanInput> };

/** A time as a field for date and time has it, on the clock of the browser. */
export function localTime(iso: string): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return '';
  const pad = (part: number) => String(part).padStart(2, '0');
  return `${time.getFullYear()}-${pad(time.getMonth() + 1)}-${pad(time.getDate())}T${pad(time.getHours())}:${pad(time.getMinutes())}`;
}

function timesOf(schedule: ScheduleInput | null | undefined): Partial<Draft> {
  if (!schedule) return {};
  return {
    start: schedule.start_at ? 'time' : schedule.cron ? 'cron' : 'now',
    startAt: schedule.start_at ? localTime(schedule.start_at) : '',
    cron: schedule.cron ?? '',
    windows: (schedule.windows ?? []).join(', '),
    zone: schedule.zone ?? '',
  };
}

/** The settings of a request, without its prompts: what a person keeps as their own way to make pictures. */
export function settingsOf(request: Kept): Partial<Draft> {
  const { models, sizes, qualities, seeds, count, negative_prompt, reuse, template: _template, prompts: rule, ...plan } = request.plan ?? {};
  const { mode, draws, ...prompts } = rule ?? {};
  const { priority, uncertain_policy, failure_budget_percent } = request;
  const run = Object.fromEntries(Object.entries({ priority, uncertain_policy, failure_budget_percent }).filter(([, value]) => value !== undefined));
  return {
    models: models?.length ? models : [DEFAULT_MODEL],
    sizes: sizes ?? [],
    qualities: qualities ?? [],
    seeds: (seeds ?? []).join(', '),
    count: count ?? 1,
    negative: negative_prompt ?? '',
    reuse: reuse ?? false,
    mode: mode ?? 'random',
    draws: draws ?? 1,
    cap: request.cap === null || request.cap === undefined ? '' : String(request.cap),
    capAllowsUnknown: request.cap_allows_unknown ?? false,
    pilot: request.pilot ? String(request.pilot) : '',
    start: 'now',
    startAt: '',
    cron: '',
    windows: '',
    zone: '',
    ...timesOf(request.schedule),
    references: request.references ?? [],
    rest: { plan, prompts, run },
  };
}

/** Whether its lines may be written on again, instead of standing as a sheet. */
export function isTyped(sheet: SheetRead, request: Kept): boolean {
  return sheet.filename === TYPED && sheet.row_count <= LINES_MOST && !request.plan?.template;
}

/** Everything of a request, as it may be changed and submitted again. */
export async function draftOf(request: Kept, sheet: SheetRead): Promise<Partial<Draft>> {
  const settings = { ...EMPTY, ...settingsOf(request), name: request.name ?? '' };
  if (isTyped(sheet, request)) return { ...settings, text: (await linesIn(sheet.id)).join('\n') };
  return { ...settings, sheet, template: request.plan?.template ?? '' };
}

async function linesIn(sheetId: string): Promise<string[]> {
  const lines: string[] = [];
  let cursor: string | null | undefined;
  do {
    // Each page says where the next one begins.
    // oxlint-disable-next-line no-await-in-loop
    const { data } = await listRows({ path: { sheet_id: sheetId }, query: { limit: PAGE, cursor }, throwOnError: true });
    lines.push(...data.rows.map(({ values }) => (values['prompt'] ?? '').replace(/\s*\n\s*/g, ' ').trim()));
    cursor = data.next;
  } while (cursor);
  return lines;
}
