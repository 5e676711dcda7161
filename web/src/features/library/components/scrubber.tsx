import { type KeyboardEvent, memo, type PointerEvent, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';

import { cx } from '@/lib/cx';
import { formatDate } from '@/lib/format';

import { type Layout, rowAt, rowOf } from '../model/layout';
import { monthsOf, type Roll } from '../model/roll';
import type { Place } from './use-view';

const CLOSEST_LABELS = 26;
/** Above and below the track's ends. */
const EDGES = 16;

export interface ScrubberProps {
  roll: Roll;
  /** Says that the roll is another, though the same object. */
  version: number;
  layout: Layout;
  place: Place;
  height: number;
  onGo: (offset: number) => void;
}

/** The months along the edge. Dragged, it goes through the whole roll; with keys it goes from month to month. */
export const Scrubber = memo(function Scrubber({ roll, layout, place, height, onGo }: ScrubberProps) {
  const { t } = useTranslation('library');
  const track = useRef<HTMLDivElement>(null);
  const [isDragged, setDragged] = useState(false);
  const reach = Math.max(layout.height - height, 0);
  const marks = useMemo(() => marksOf(roll, layout), [roll, layout]);
  // Drawn anew for each pixel of the track, of which there are few, and not for each of the roll.
  const y = useSyncExternalStore(place.subscribe, () => Math.round(Math.min(place.offset / Math.max(reach, 1), 1) * (height - EDGES)));
  const placed = useMemo(() => placesOf(marks, reach, height), [marks, reach, height]);
  if (reach <= 0 || height <= 0) return null;

  const share = y / (height - EDGES);
  const time = roll.time(layout.starts[rowAt(layout, place.offset)] ?? 0);
  const go = (event: PointerEvent) => {
    const box = track.current?.getBoundingClientRect();
    if (box) onGo(Math.min(Math.max((event.clientY - box.top) / box.height, 0), 1) * reach);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const here = marks.findLastIndex((mark) => mark.top <= place.offset + 1);
    const steps: Record<string, number> = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };
    const step = steps[event.key];
    const target = event.key === 'Home' ? 0 : event.key === 'End' ? reach : step === undefined ? null : (marks[Math.max(here + step, 0)]?.top ?? reach);
    if (target === null) return;
    event.preventDefault();
    onGo(target);
  };
  return (
    <div
      ref={track}
      role="slider"
      tabIndex={0}
      aria-orientation="vertical"
      aria-label={t('scrubber')}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(share * 100)}
      aria-valuetext={formatDate(new Date(time).toISOString(), { dateStyle: 'long' })}
      onKeyDown={onKeyDown}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        setDragged(true);
        go(event);
      }}
      onPointerMove={(event) => isDragged && go(event)}
      onPointerUp={() => setDragged(false)}
      onPointerCancel={() => setDragged(false)}
      className="group/scrub relative w-16 shrink-0 cursor-ns-resize touch-none border-l border-line bg-mat select-none max-tablet:absolute max-tablet:inset-y-0 max-tablet:right-0 max-tablet:w-6 max-tablet:border-0 max-tablet:bg-transparent"
    >
      <Months placed={placed} />
      <span aria-hidden="true" className="absolute right-0 h-[3px] w-4 -translate-y-1/2 bg-signal max-tablet:w-1.5 max-tablet:h-9 max-tablet:rounded-full" style={{ top: y + EDGES / 2 }} />
      {isDragged && (
        <span
          aria-hidden="true"
          className="pointer-events-none absolute right-full mr-2 -translate-y-1/2 rounded-control border border-line bg-raised px-2 py-1 font-mono text-small whitespace-nowrap text-ink shadow-pop"
          style={{ top: Math.min(Math.max(share * height, 18), height - 18) }}
        >
          {formatDate(new Date(time).toISOString(), { dateStyle: 'medium' })}
        </span>
      )}
    </div>
  );
});

interface Mark {
  time: number;
  top: number;
  label: string;
}

interface PlacedMark {
  mark: Mark;
  y: number;
  isLabelled: boolean;
}

const Months = memo(function Months({ placed }: { placed: readonly PlacedMark[] }) {
  return placed.map(({ mark, y, isLabelled }) => (
    <span key={mark.time} aria-hidden="true" className="absolute right-0 left-0 flex -translate-y-1/2 items-center justify-end gap-1.5 pr-2 max-tablet:hidden" style={{ top: y }}>
      {isLabelled && <span className="font-mono text-meta whitespace-nowrap text-ink3">{mark.label}</span>}
      <span className={cx('h-px bg-edge', isLabelled ? 'w-2' : 'w-1')} />
    </span>
  ));
});

/** Where marks lie along the track, and which of them have room for their words. */
function placesOf(marks: readonly Mark[], reach: number, height: number): PlacedMark[] {
  let before = Number.NEGATIVE_INFINITY;
  return marks.map((mark) => {
    const y = (Math.min(mark.top, reach) / reach) * (height - EDGES) + EDGES / 2;
    const isLabelled = y - before >= CLOSEST_LABELS;
    if (isLabelled) before = y;
    return { mark, y, isLabelled };
  });
}

function marksOf(roll: Roll, layout: Layout): Mark[] {
  if (layout.rows === 0) return [];
  const months = monthsOf(roll).filter(({ index }) => index < layout.count);
  return months.map(({ index, time }) => ({
    time,
    top: layout.tops[rowOf(layout, index)] ?? 0,
    label: formatDate(new Date(time).toISOString(), { year: '2-digit', month: '2-digit' }),
  }));
}
