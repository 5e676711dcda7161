import { CirclePause, Play } from 'lucide-react';
import { useTranslation } from 'react-i18next';

import type { LaneRead } from '@/api';
import { formatDate, formatNumber } from '@/lib/format';
import { said } from '@/lib/said';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';

import { useLanes } from '../api';
import type { Live, LiveLane } from '../live';
import type { Steering } from '../steering';

/** The lanes that this batch runs on: what they keep to, and why each waits. */
export function Lanes({ live, steering, isOver }: { live: Live; steering: Steering; isOver: boolean }) {
  const { t } = useTranslation('batches');
  const all = useLanes(isOver);
  const lanes = live.document?.lanes ?? [];
  return (
    <>
      <h2 className="mb-2 text-small font-medium text-ink2">{t('lanes.title')}</h2>
      {lanes.length === 0 && <p className="text-small text-ink3">{t('lanes.none')}</p>}
      <ul className="flex flex-col gap-3">
        {lanes.map((lane) => (
          <LaneCard key={lane.id} lane={lane} now={all.data?.find((one) => one.id === lane.id)} steering={steering} />
        ))}
      </ul>
    </>
  );
}

function LaneCard({ lane, now, steering }: { lane: LiveLane; now: LaneRead | undefined; steering: Steering }) {
  const { t } = useTranslation('batches');
  const isPaused = now?.is_paused ?? lane.is_paused;
  const isParked = now?.is_parked ?? lane.is_parked;
  const resumeAt = now ? now.resume_at : lane.resume_at;
  const reason = said(now?.reason ?? lane.reason);
  const waits = isPaused || isParked || resumeAt !== null || lane.cap_id !== null;
  const key = lane.id.includes(':') ? lane.id.slice(lane.id.indexOf(':') + 1).slice(-6) : null;
  return (
    <li className="rounded-control border border-line p-3">
      <div className="flex items-center gap-2">
        <span className="truncate text-control font-medium">{lane.provider}</span>
        {key && <span className="font-mono text-meta text-ink3">{key}</span>}
        <span className="ml-auto">
          <LaneState isPaused={isPaused} isParked={isParked} isCapped={lane.cap_id !== null} resumeAt={resumeAt} flying={lane.in_flight} />
        </span>
      </div>
      <p className="mt-1 text-small text-ink2">
        {t('lanes.load', { flying: formatNumber(lane.in_flight), waiting: formatNumber(lane.waiting) })}
      </p>
      {waits && (
        <p className="mt-1 text-small text-warn">
          {resumeAt === null || isPaused || isParked
            ? reason
            : t('lanes.until', { reason: reason ?? '', time: formatDate(resumeAt, { timeStyle: 'medium' }) })}
        </p>
      )}
      {now?.limits && <Limits limits={now.limits} />}
      {now && (isPaused || isParked || resumeAt !== null) && (
        <Button size="small" className="mt-2" icon={<Play aria-hidden="true" className="size-3" />} busy={steering.busy === `lane:${lane.id}`} onClick={() => steering.resumeLane(lane.id)}>
          {t('lanes.resume')}
        </Button>
      )}
      {now && !isPaused && !isParked && resumeAt === null && lane.waiting > 0 && (
        <Button size="small" tone="quiet" className="mt-2 -ml-2" icon={<CirclePause aria-hidden="true" className="size-3" />} busy={steering.busy === `lane:${lane.id}`} onClick={() => steering.pauseLane(lane.id)}>
          {t('lanes.pause')}
        </Button>
      )}
    </li>
  );
}

interface LaneStateProps {
  isPaused: boolean;
  isParked: boolean;
  isCapped: boolean;
  resumeAt: string | null;
  flying: number;
}

function LaneState({ isPaused, isParked, isCapped, resumeAt, flying }: LaneStateProps) {
  const { t } = useTranslation('batches');
  if (isPaused) return <Badge tone="warn">{t('lanes.paused')}</Badge>;
  if (isParked) return <Badge tone="bad">{t('lanes.parked')}</Badge>;
  if (isCapped) return <Badge tone="warn">{t('lanes.capped')}</Badge>;
  if (resumeAt !== null) return <Badge tone="warn">{t('lanes.waits')}</Badge>;
  return flying > 0 ? <Badge tone="signal">{t('lanes.works')}</Badge> : <Badge>{t('lanes.idle')}</Badge>;
}

function Limits({ limits }: { limits: NonNullable<LaneRead['limits']> }) {
  const { t } = useTranslation('batches');
  const words = [
    t('lanes.concurrency', { count: limits.concurrency, number: formatNumber(limits.concurrency) }),
    limits.requests_per_minute !== null && t('lanes.perMinute', { number: formatNumber(limits.requests_per_minute) }),
    limits.images_per_minute !== null && t('lanes.imagesPerMinute', { number: formatNumber(limits.images_per_minute) }),
    limits.requests_per_day !== null && t('lanes.perDay', { number: formatNumber(limits.requests_per_day) }),
  ];
  return <p className="mt-1 text-meta text-ink3">{words.filter(Boolean).join(' · ')}</p>;
}

