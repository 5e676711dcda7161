import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { asProblem, createSchedule, listSchedulesOptions, pauseSchedule, type RecipeRead, type RecurringRead, removeSchedule, resumeSchedule } from '@/api';
import { formatDate } from '@/lib/format';
import { Button } from '@/ui/button';
import { Input } from '@/ui/field';
import { Notice } from '@/ui/notice';
import { Said } from '@/ui/said';

import { windowsOf, zoneOf } from '../submit';

const SCHEDULES = listSchedulesOptions({ query: { limit: 500 } });
const NO_ZONE = { zone: '' };

/** When a recipe runs by itself, and in which hours what it makes may be bought. */
export function Regularly({ recipe }: { recipe: RecipeRead }) {
  const { t } = useTranslation('create');
  const all = useQuery(SCHEDULES);
  const own = all.data?.items.filter((one) => one.recipe_id === recipe.id && one.removed_at === null) ?? [];
  return (
    <details className="text-control">
      <summary className="w-fit cursor-pointer rounded-control py-1 text-small text-ink2 hover:text-ink">
        {own.length > 0 ? t('regularly.some', { count: own.length }) : t('regularly.none')}
      </summary>
      <ul className="flex flex-col gap-2 py-2">
        {own.map((schedule) => (
          <Recurring key={schedule.id} schedule={schedule} />
        ))}
      </ul>
      <Add recipe={recipe} />
    </details>
  );
}

/** Something done to schedules, which are then asked for anew. */
function useDoing<Wish>(act: (wish: Wish) => Promise<unknown>, onDone?: () => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: act,
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: SCHEDULES.queryKey });
      onDone?.();
    },
  });
}

function Recurring({ schedule }: { schedule: RecurringRead }) {
  const { t } = useTranslation('create');
  const path = { schedule_id: schedule.id };
  const turn = useDoing(async () => (schedule.is_paused ? resumeSchedule : pauseSchedule)({ path, throwOnError: true }));
  const remove = useDoing(async () => removeSchedule({ path, throwOnError: true }));
  const error = turn.error ?? remove.error;
  return (
    <li className="flex flex-wrap items-center gap-2">
      <div className="min-w-40 grow">
        <p className="font-mono text-small">{`${schedule.cron} ${schedule.zone}`}</p>
        <p className="text-small text-ink3">{schedule.is_paused ? t('regularly.paused') : t('regularly.next', { date: formatDate(schedule.next_at) })}</p>
        {schedule.trouble && <p className="text-small text-warn"><Said text={schedule.trouble} /></p>}
        {error && <p className="text-small text-bad">{asProblem(error).message}</p>}
      </div>
      <Button size="small" busy={turn.isPending} onClick={() => turn.mutate(undefined)}>
        {t(schedule.is_paused ? 'regularly.resume' : 'regularly.pause')}
      </Button>
      <Button size="small" tone="quiet" busy={remove.isPending} onClick={() => remove.mutate(undefined)}>
        {t('regularly.remove')}
      </Button>
    </li>
  );
}

function Add({ recipe }: { recipe: RecipeRead }) {
  const { t } = useTranslation('create');
  const [cron, setCron] = useState('');
  const [windows, setWindows] = useState('');
  const zone = zoneOf(NO_ZONE);
  const add = useDoing(
    async () => {
      const hours = windowsOf(windows);
      const changes = hours.length > 0 ? { schedule: { windows: hours, zone } } : {};
      await createSchedule({ body: { name: recipe.name, recipe_id: recipe.id, cron, zone, changes }, throwOnError: true });
    },
    () => setCron(''),
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (cron.trim()) add.mutate(undefined);
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-2 pb-2">
      <div className="grid gap-2 tablet:grid-cols-2">
        <Input label={t('regularly.line')} hint={t('start.lineHint', { zone })} placeholder="30 22 * * mon-fri" value={cron} onChange={(event) => setCron(event.target.value)} className="font-mono" />
        <Input label={t('windows.label')} placeholder="22:00-06:00" value={windows} onChange={(event) => setWindows(event.target.value)} className="font-mono" />
      </div>
      {add.error && (
        <Notice kind="bad">
          {asProblem(add.error).message} {asProblem(add.error).hint}
        </Notice>
      )}
      <Button type="submit" size="small" className="w-fit" busy={add.isPending} disabled={!cron.trim()}>
        {t('regularly.add')}
      </Button>
    </form>
  );
}
