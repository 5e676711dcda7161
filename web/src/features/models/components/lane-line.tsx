import { useMutation, useQueryClient } from '@tanstack/react-query';
import { CirclePause, CirclePlay, Clock, LoaderCircle, Pause, Play, TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';

import { asProblem, listLanesQueryKey, pauseLaneMutation, resumeLaneMutation, type LaneRead, useMay } from '@/api';
import { formatAgo } from '@/lib/format';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Said } from '@/ui/said';
import { say } from '@/ui/toast';

import { type Mood, moodOf } from '../model';

const MOODS = {
  paused: { tone: 'warn', icon: CirclePause },
  parked: { tone: 'bad', icon: TriangleAlert },
  waits: { tone: 'info', icon: Clock },
  runs: { tone: 'signal', icon: LoaderCircle },
  idle: { tone: 'plain', icon: CirclePlay },
} as const;

/** How a queue is: what waits on it, why it does not move, and what can be done. */
export function LaneLine({ lane, name }: { lane: LaneRead; name: string }) {
  const { t } = useTranslation('models');
  const queries = useQueryClient();
  const may = useMay('lanes:write') === true;
  const mood = moodOf(lane);
  const stops = mood === 'paused' || mood === 'parked';
  const change = useMutation({
    ...(stops || mood === 'waits' ? resumeLaneMutation() : pauseLaneMutation()),
    onSuccess: () => queries.invalidateQueries({ queryKey: listLanesQueryKey() }),
    onError: (error) => say({ title: asProblem(error).title, text: asProblem(error).message, kind: 'bad' }),
  });
  const act = () => change.mutate({ path: { lane_id: lane.id } });
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
      <MoodBadge mood={mood} />
      <span className="text-control text-ink2">{t('lanes.waiting', { count: lane.waiting })}</span>
      {may && (stops || mood === 'waits') && (
        <Button size="small" className="max-tablet:h-11" busy={change.isPending} icon={<Play aria-hidden="true" className="size-3.5" />} aria-label={t('lanes.resumeNamed', { name })} onClick={act}>
          {t('lanes.resume')}
        </Button>
      )}
      {may && !stops && mood !== 'waits' && (
        <Button size="small" tone="quiet" className="max-tablet:h-11" busy={change.isPending} icon={<Pause aria-hidden="true" className="size-3.5" />} aria-label={t('lanes.pauseNamed', { name })} onClick={act}>
          {t('lanes.pause')}
        </Button>
      )}
      {lane.reason && mood !== 'paused' && mood !== 'idle' && (
        <p className="w-full text-small text-ink2">
          <Said text={lane.reason} />
        </p>
      )}
      {lane.resume_at && mood === 'waits' && <p className="w-full text-small text-ink3">{t('lanes.goesOn', { when: formatAgo(lane.resume_at) })}</p>}
    </div>
  );
}

function MoodBadge({ mood }: { mood: Mood }) {
  const { t } = useTranslation('models');
  const { tone, icon: Icon } = MOODS[mood];
  return (
    <Badge tone={tone} icon={<Icon aria-hidden="true" className="size-3" />}>
      {t(`moods.${mood}`)}
    </Badge>
  );
}
