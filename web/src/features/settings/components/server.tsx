import { useQuery } from '@tanstack/react-query';
import { CircleAlert, CircleCheck, TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';

import { asProblem, readHealthOptions } from '@/api';
import { Badge } from '@/ui/badge';
import { Said } from '@/ui/said';
import { ErrorState, Loading } from '@/ui/state';

import { Part } from './part';

const LOOK_MILLISECONDS = 10_000;
const STATES = {
  up: { tone: 'ok', icon: CircleCheck },
  degraded: { tone: 'warn', icon: TriangleAlert },
  starting: { tone: 'info', icon: TriangleAlert },
  down: { tone: 'bad', icon: CircleAlert },
} as const;

/** Whether everything works. */
export default function Server() {
  const { t } = useTranslation('settings');
  const health = useQuery({ ...readHealthOptions(), refetchInterval: LOOK_MILLISECONDS });
  return (
    <Part title={t('server.health')} text={t('server.healthText')} action={health.data && <State state={health.data.status} />}>
      {health.error && <ErrorState problem={asProblem(health.error)} onRetry={() => void health.refetch()} />}
      {health.isPending && <Loading />}
      <ul>
        {health.data?.parts.map((part) => (
          <li key={part.name} className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line py-2.5 text-control first:pt-0 last:border-b-0">
            <span className="min-w-0 grow">{t(`server.parts.${part.name}`, { defaultValue: part.name })}</span>
            <State state={part.status} />
            {part.detail && (
              <p className="w-full text-small text-ink2">
                <Said text={part.detail} />
              </p>
            )}
          </li>
        ))}
      </ul>
    </Part>
  );
}

function State({ state }: { state: keyof typeof STATES }) {
  const { t } = useTranslation('settings');
  const { tone, icon: Icon } = STATES[state];
  return (
    <Badge tone={tone} icon={<Icon aria-hidden="true" className="size-3" />}>
      {t(`server.states.${state}`)}
    </Badge>
  );
}
