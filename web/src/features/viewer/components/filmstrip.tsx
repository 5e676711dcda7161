import { type RefObject, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { type Roll, useDetail } from '@/features/library';
import { cx } from '@/lib/cx';

import { framesAround } from '../around';

const HEIGHT = 52;
const GAP = 4;
const PADDING = 12;

function widthOf(roll: Roll, index: number): number {
  return Math.round(HEIGHT * Math.min(Math.max(roll.aspects[index] ?? 1, 0.5), 2));
}

/** The neighbours on the roll. The one that is shown stays in the middle. */
export function Filmstrip({ roll, index, onGo }: { roll: Roll; index: number; onGo: (index: number) => void }) {
  const { t } = useTranslation('viewer');
  const strip = useRef<HTMLDivElement>(null);
  const room = useWidth(strip);
  useEffect(() => {
    const current = strip.current?.querySelector<HTMLElement>(`[data-place="${index}"]`);
    if (strip.current && current) strip.current.scrollLeft = current.offsetLeft - (room + 2 * PADDING - current.offsetWidth) / 2;
  }, [index, room]);
  const { first, end } = framesAround(index, roll.count, room, (place) => widthOf(roll, place) + GAP);
  const places = Array.from({ length: end - first }, (_, at) => first + at);
  return (
    <div ref={strip} role="group" aria-label={t('filmstrip')} className="base-ui-disable-scrollbar relative flex shrink-0 items-end gap-1 overflow-x-auto border-t border-line bg-surface px-3 py-1.5">
      {places.map((place) => (
        <Cell key={roll.id(place)} roll={roll} index={place} isCurrent={place === index} onGo={onGo} />
      ))}
    </div>
  );
}

/** How wide a part of the page is, now and whenever that changes. */
function useWidth(of: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(() => window.innerWidth);
  useEffect(() => {
    if (!of.current) return;
    const watch = new ResizeObserver(([entry]) => entry && setWidth(entry.contentRect.width));
    watch.observe(of.current);
    return () => watch.disconnect();
  }, [of]);
  return width;
}

function Cell({ roll, index, isCurrent, onGo }: { roll: Roll; index: number; isCurrent: boolean; onGo: (index: number) => void }) {
  const { t } = useTranslation('viewer');
  const id = roll.id(index);
  const detail = useDetail(id);
  const number = roll.frame(index);
  const isDone = (detail?.previews ?? roll.preview(index)) === 'done';
  return (
    <button
      type="button"
      tabIndex={isCurrent ? 0 : -1}
      data-place={index}
      aria-current={isCurrent || undefined}
      aria-label={t('frame', { number: number === null ? index + 1 : String(number).padStart(3, '0') })}
      onClick={() => onGo(index)}
      className={cx(
        'relative h-[52px] shrink-0 overflow-hidden rounded-frame transition-opacity',
        isCurrent ? 'shadow-[0_0_0_2px_var(--surface),0_0_0_4px_var(--signal)]' : 'opacity-60 hover:opacity-100',
      )}
      style={{ width: widthOf(roll, index), backgroundColor: roll.colour(index) ?? 'var(--line)' }}
    >
      {isDone && <img src={`/api/assets/${id}/preview?size=256`} alt="" draggable={false} loading="lazy" fetchPriority="low" className="size-full object-cover" />}
    </button>
  );
}
