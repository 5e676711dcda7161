import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { asProblem, listMembersOptions, listQuotasQueryKey, listTeamsOptions, type MeRead, type QuotaRead, readUsageOptions, setQuotaMutation } from '@/api';
import { usePreferences } from '@/lib/preferences';
import { Button } from '@/ui/button';
import { Choice } from '@/ui/choice';
import { Dialog } from '@/ui/dialog';
import { Input } from '@/ui/field';
import { Notice, ProblemWords } from '@/ui/notice';
import { type Option, Select } from '@/ui/select';
import { say } from '@/ui/toast';

import { type Kind, KINDS, maySetMembers, type Period, PERIODS, readQuantity, runsAll, writeQuantity } from '../quotas';
import { browserZone } from '../zones';

const WHOLE = 'team';

interface Person {
  team_id: string;
  user_id: string;
  name: string;
}

/** Sets a quota, or another amount of one; of one person where it is said whose. */
export function QuotaDialog({ me, quota, of, onClose }: { me: MeRead; quota?: QuotaRead; of?: Person; onClose: () => void }) {
  const { t } = useTranslation('settings');
  const { t: app } = useTranslation('app');
  const form = useId();
  const target = useTarget(me, quota ?? of);
  const zoneHere = usePreferences((preferences) => preferences.zone) ?? browserZone();
  const [kind, setKind] = useState<Kind>(quota?.kind ?? 'images');
  const [wished, setWished] = useState<Period>(quota?.period ?? 'month');
  const [text, setText] = useState(quota ? writeQuantity(quota.kind, quota.amount) : '');
  const set = useSetting(onClose, quota !== undefined);
  const amount = readQuantity(kind, text);
  // Room that pictures take is not given back by a new month.
  const period = kind === 'bytes' ? 'total' : wished;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (amount === null || !target.is) return;
    set.mutate({ body: { ...target.is, kind, period, amount, zone: quota?.zone ?? (period === 'total' ? undefined : zoneHere) } });
  };
  const problem = set.error ? asProblem(set.error) : null;
  return (
    <Dialog
      open
      onOpenChange={(next) => !next && onClose()}
      title={quota ? t('quotas.changeTitle', { name: quota.name, kind: t(`quotas.kinds.${quota.kind}`) }) : of ? t('quotas.addFor', { name: of.name }) : t('quotas.addTitle')}
      foot={
        <>
          <Button onClick={onClose}>{app('cancel')}</Button>
          <Button type="submit" form={form} tone="ink" busy={set.isPending} disabled={amount === null || !target.is}>
            {t(quota ? 'save' : 'quotas.addNow')}
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={submit} className="scroll-slim flex flex-col gap-4 overflow-y-auto px-5 pt-1 pb-5">
        {!quota && (
          <>
            <div className="grid gap-3 tablet:grid-cols-2 empty:hidden">
              {target.teams.length > 1 && <Select label={t('quotas.team')} value={target.teamId} options={target.teams} onChange={target.setTeam} />}
              {target.people.length > 0 && <Select label={t('quotas.of')} value={target.person} options={target.people} onChange={target.setPerson} />}
            </div>
            <Choice<Kind> label={t('quotas.what')} hint={t(`quotas.hints.${kind}`)} value={kind} options={KINDS.map((value) => ({ value, label: t(`quotas.kinds.${value}`) }))} onChange={setKind} />
          </>
        )}
        <Input
          label={t(kind === 'bytes' ? 'quotas.amountInGigabytes' : 'quotas.amount')}
          hint={t('quotas.amountHint')}
          error={text && amount === null ? t(kind === 'bytes' ? 'quotas.wrongGigabytes' : 'quotas.wrong') : undefined}
          inputMode="decimal"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        {!quota && kind !== 'bytes' && (
          <Choice<Period> label={t('quotas.period')} value={period} options={PERIODS.map((value) => ({ value, label: t(`quotas.each.${value}`) }))} onChange={setWished} />
        )}
        {problem && (
          <Notice kind="bad">
            <ProblemWords problem={problem} />
          </Notice>
        )}
      </form>
    </Dialog>
  );
}

/** For whom: what a team has is said by operators, what its people have by its owners, too. */
function useTarget(me: MeRead, fixed: Pick<QuotaRead, 'team_id' | 'user_id'> | undefined) {
  const { t } = useTranslation('settings');
  const isNew = fixed === undefined;
  const own = useQuery({ ...listTeamsOptions(), enabled: isNew });
  // Operators see what every team takes, and so every team.
  const all = useQuery({ ...readUsageOptions(), enabled: isNew && runsAll(me) });
  const [team, setTeam] = useState('');
  const [wished, setPerson] = useState('');
  const teams = isNew ? teamsOf(me, own.data, all.data) : [];
  const teamId = teams.some(({ value }) => value === team) ? team : (teams[0]?.value ?? '');
  const isMine = me.roles.some(({ team_id }) => team_id === teamId);
  const members = useQuery({ ...listMembersOptions({ path: { team_id: teamId } }), enabled: isNew && isMine && maySetMembers(me, teamId) });
  const people: Option<string>[] = [
    ...(runsAll(me) && teamId ? [{ value: WHOLE, label: t('quotas.wholeTeam') }] : []),
    ...(members.data ?? []).map(({ user_id, name, email }) => ({ value: user_id, label: email ? `${name} (${email})` : name })),
  ];
  const person = people.some(({ value }) => value === wished) ? wished : (people[0]?.value ?? '');
  const is = fixed ? { team_id: fixed.team_id, user_id: fixed.user_id } : person ? { team_id: teamId, user_id: person === WHOLE ? null : person } : null;
  return { teams, teamId, setTeam, people, person, setPerson, is };
}

function teamsOf(me: MeRead, own: { id: string; name: string }[] = [], all: { team_id: string; team: string }[] = []): Option<string>[] {
  const named = new Map([...own.map(({ id, name }) => [id, name] as const), ...all.map(({ team_id, team }) => [team_id, team] as const)]);
  return [...named].filter(([id]) => maySetMembers(me, id)).map(([value, label]) => ({ value, label }));
}

function useSetting(onClose: () => void, isChange: boolean) {
  const { t } = useTranslation('settings');
  const queries = useQueryClient();
  return useMutation({
    ...setQuotaMutation(),
    onSuccess: () => {
      say({ title: t(isChange ? 'quotas.changed' : 'quotas.added'), kind: 'ok' });
      onClose();
    },
    onSettled: () => queries.invalidateQueries({ queryKey: listQuotasQueryKey() }),
  });
}
