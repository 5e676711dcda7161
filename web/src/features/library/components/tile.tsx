import { Check, ImageOff } from 'lucide-react';
import { memo, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { cx } from '@/lib/cx';

import { promptOf, useDetail } from '../model/details';
import type { PickWord, Preview } from '../model/roll';
import { tinyPixels } from '../model/tiny';
import { Marks } from './marks';

/** A finger that rests on a frame asks for its menu; only a pointer drags. */
const CAN_DRAG = matchMedia('(pointer: fine)').matches;

export interface TileProps {
  id: string;
  index: number;
  total: number;
  x: number;
  width: number;
  height: number;
  colour: string | null;
  frame: number | null;
  preview: Preview;
  pick: PickWord;
  rating: number;
  isChosen: boolean;
  isActive: boolean;
}

/** One frame of the sheet: its colour, then 64 pixels, then the picture; its number below, and a pencil ring when chosen. */
export const Tile = memo(function Tile({ id, index, total, x, width, height, colour, frame, preview, pick, rating, isChosen, isActive }: TileProps) {
  const { t } = useTranslation('library');
  const detail = useDetail(id);
  const state = detail && preview === 'pending' ? (detail.previews as Preview) : preview;
  const number = frame === null ? t('imported') : String(frame).padStart(3, '0');
  const prompt = promptOf(detail);
  const words = [number, prompt, pick !== 'none' && t(`picks.${pick}`), rating > 0 && t('rating.stars', { count: rating })].filter(Boolean).join(' ');
  return (
    <div
      role="option"
      draggable={CAN_DRAG}
      data-index={index}
      aria-selected={isChosen}
      aria-setsize={total}
      aria-posinset={index + 1}
      aria-label={words}
      tabIndex={isActive ? 0 : -1}
      className="group/tile absolute top-0 outline-none"
      style={{ left: x, width, height: height + 20 }}
    >
      <div
        className={cx(
          'relative overflow-hidden rounded-frame transition-shadow',
          isChosen && 'shadow-[0_0_0_2px_var(--mat),0_0_0_4px_var(--signal)]',
          pick === 'reject' && 'opacity-45',
        )}
        style={{ height, backgroundColor: colour ?? 'var(--line)' }}
      >
        {state === 'done' || state === 'pending' ? (
          <Developing tiny={detail?.preview ?? null} url={state === 'done' ? `/api/assets/${id}/preview?size=${Math.max(width, height) * devicePixelRatio > 300 ? '512' : '256'}` : null} />
        ) : (
          <span className="absolute inset-0 flex items-center justify-center bg-mat text-ink3">
            <ImageOff aria-hidden="true" className="size-5" />
            <span className="sr-only">{t(`trouble.${state}`)}</span>
          </span>
        )}
        {/* The focus ring lies on the picture, so that it shows on any. */}
        <span className="pointer-events-none absolute inset-0 rounded-frame group-focus-visible/tile:shadow-[inset_0_0_0_2px_#000,inset_0_0_0_5px_#fff]" />
      </div>
      <p aria-hidden="true" className={cx('flex h-5 items-center gap-1 truncate pt-0.5 font-mono text-meta', isChosen ? 'text-signal' : 'text-ink3')}>
        {isChosen && <Check className="size-3 shrink-0" strokeWidth={3} />}
        {number}
        <Marks pick={pick} rating={rating} />
      </p>
    </div>
  );
});

/** What comes within this is there at once; what comes later fades in over what stands for it. */
const AT_ONCE_MILLISECONDS = 200;

/**
 * The picture, and until it is there its 64 pixels. Those are a canvas and what fades is a layer, which cost something in
 * every frame: they are there only while they are looked at, and not at all where pictures come quickly.
 */
function Developing({ url, tiny }: { url: string | null; tiny: string | null }) {
  const [since] = useState(() => performance.now());
  const [phase, setPhase] = useState<'waits' | 'fades' | 'whole'>('waits');
  return (
    <>
      {phase !== 'whole' && <Tiny base64={tiny} />}
      {url && (
        <img
          src={url}
          alt=""
          draggable={false}
          decoding="async"
          onLoad={() => setPhase(performance.now() - since < AT_ONCE_MILLISECONDS ? 'whole' : 'fades')}
          onAnimationEnd={() => setPhase('whole')}
          className={cx('absolute inset-0 size-full object-cover', phase === 'waits' && 'invisible', phase === 'fades' && 'animate-[appear_180ms]')}
        />
      )}
    </>
  );
}

function Tiny({ base64 }: { base64: string | null }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const pixels = useMemo(() => (base64 ? tinyPixels(base64) : null), [base64]);
  useEffect(() => {
    if (pixels) canvas.current?.getContext('2d')?.putImageData(new ImageData(pixels, 8, 8), 0, 0);
  }, [pixels]);
  return pixels ? <canvas ref={canvas} width={8} height={8} className="absolute inset-0 size-full" /> : null;
}
