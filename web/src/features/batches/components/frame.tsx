import { memo, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { cx } from '@/lib/cx';

import type { Preview } from '../cells';
import type { ItemState } from '../model';
import { StateIcon } from './state-icon';

export interface FrameProps {
  place: number;
  state: ItemState;
  asset: string | null;
  preview: Preview;
  isActive: boolean;
  onOpen: (place: number) => void;
}

/** The address of a small picture. The browser sends the session's cookie by itself. */
export function previewUrl(asset: string, size: 256 | 512): string {
  return `/api/assets/${asset}/preview?size=${size}`;
}

/** One frame of the contact sheet: its picture, or why it has none yet. Its number stands below, as on film. */
export const Frame = memo(function Frame({ place, state, asset, preview, isActive, onOpen }: FrameProps) {
  const { t } = useTranslation('batches');
  const number = place + 1;
  const word = t(`states.${state}`);
  return (
    <button
      type="button"
      tabIndex={isActive ? 0 : -1}
      data-place={place}
      aria-label={`${number} ${word}`}
      onClick={() => onOpen(place)}
      className="group flex size-full flex-col rounded-frame text-start"
    >
      <span
        className={cx(
          'relative flex min-h-0 w-full grow items-center justify-center overflow-hidden rounded-frame bg-mat group-hover:ring-2 group-hover:ring-edge',
          state === 'running' && 'ring-1 ring-signal',
          state === 'pending' && 'border border-dashed border-line bg-transparent',
          state === 'failed' && 'bg-bad-bg',
          state === 'refused' && 'bg-warn-bg',
          state === 'uncertain' && 'bg-info-bg',
        )}
      >
        {state === 'done' ? <Picture asset={asset} preview={preview} /> : <Waiting state={state} />}
      </span>
      <span className="flex h-5 w-full items-center gap-1 overflow-hidden pt-0.5 text-meta">
        {/* The space is for whoever hears or dictates it: the same words as the name's. */}
        <span className="font-mono text-ink3">{number}</span>{' '}
        {state !== 'done' && <span className="truncate text-ink2">{word}</span>}
      </span>
    </button>
  );
});

/** What is developed fades in over the place where it was waited for. */
function Picture({ asset, preview }: { asset: string | null; preview: Preview }) {
  const { t } = useTranslation('batches');
  const [isThere, setThere] = useState(false);
  if (asset === null || preview === 'damaged') {
    return <span className="px-2 text-center text-meta text-ink2">{t('noPreview')}</span>;
  }
  if (preview !== 'done') return <span className="absolute inset-0 roll-develops" aria-hidden="true" />;
  return (
    <img
      src={previewUrl(asset, 256)}
      alt=""
      loading="lazy"
      decoding="async"
      draggable={false}
      onLoad={() => setThere(true)}
      className={cx('absolute inset-0 size-full object-contain', isThere ? 'animate-[appear_180ms]' : 'invisible')}
    />
  );
}

function Waiting({ state }: { state: ItemState }) {
  return (
    <>
      {state === 'running' && <span className="absolute inset-0 roll-develops" aria-hidden="true" />}
      {state !== 'pending' && <StateIcon state={state} className="relative size-5" />}
    </>
  );
}
