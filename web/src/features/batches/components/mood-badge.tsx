import { Ban, Check, CirclePause, Hourglass, LoaderCircle, TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';

import { Badge } from '@/ui/badge';

import { type Mood, MOOD_TONES } from '../model';

const ICONS = { running: LoaderCircle, waiting: Hourglass, paused: CirclePause, done: Check, flawed: TriangleAlert, cancelled: Ban } as const;

export function MoodBadge({ mood }: { mood: Mood }) {
  const { t } = useTranslation('batches');
  const Icon = ICONS[mood];
  return (
    <Badge tone={MOOD_TONES[mood]} icon={<Icon aria-hidden="true" className={mood === 'running' ? 'size-3 animate-spin' : 'size-3'} />}>
      {t(`moods.${mood}`)}
    </Badge>
  );
}
