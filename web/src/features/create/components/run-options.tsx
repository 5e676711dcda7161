import { useTranslation } from 'react-i18next';

import { Tick } from '@/ui/choice';
import { Input } from '@/ui/field';
import { Select } from '@/ui/select';

import { change, useDraft } from '../model';
import { zoneOf } from '../submit';

/** How what is submitted behaves: what it may cost, whether it asks first, when it may buy. */
export function RunOptions() {
  const { t } = useTranslation('create');
  const draft = useDraft();
  return (
    <>
      <Input
        label={t('cap.label')}
        hint={t('cap.hint')}
        placeholder="5.00"
        inputMode="decimal"
        value={draft.cap}
        onChange={(event) => change({ cap: event.target.value })}
        className="font-mono"
      />
      {draft.cap.trim() && (
        <Tick label={t('cap.unknown')} hint={t('cap.unknownHint')} checked={draft.capAllowsUnknown} onChange={(capAllowsUnknown) => change({ capAllowsUnknown })} />
      )}
      <Input
        label={t('pilot.label')}
        hint={t('pilot.hint')}
        placeholder={t('pilot.placeholder')}
        inputMode="numeric"
        value={draft.pilot}
        onChange={(event) => change({ pilot: event.target.value.replace(/\D/g, '').slice(0, 5) })}
        className="font-mono"
      />
      <Select
        label={t('start.label')}
        value={draft.start}
        options={[
          { value: 'now', label: t('start.now') },
          { value: 'time', label: t('start.time') },
          { value: 'cron', label: t('start.cron') },
        ]}
        onChange={(start) => change({ start })}
      />
      {draft.start === 'time' && (
        <Input label={t('start.at')} type="datetime-local" value={draft.startAt} onChange={(event) => change({ startAt: event.target.value })} />
      )}
      {draft.start === 'cron' && (
        <Input
          label={t('start.line')}
          hint={t('start.lineHint', { zone: zoneOf(draft) })}
          placeholder="30 22 * * mon-fri"
          value={draft.cron}
          onChange={(event) => change({ cron: event.target.value })}
          className="font-mono"
        />
      )}
      <Input
        label={t('windows.label')}
        hint={t('windows.hint', { zone: zoneOf(draft) })}
        placeholder="22:00-06:00, sat-sun 00:00-24:00"
        value={draft.windows}
        onChange={(event) => change({ windows: event.target.value })}
        className="font-mono"
      />
    </>
  );
}
