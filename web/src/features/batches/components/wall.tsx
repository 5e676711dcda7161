import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { asProblem } from '@/api';
import { usePreferences } from '@/lib/preferences';
import { Empty, ErrorState, Loading } from '@/ui/state';

import type { Live } from '../live';
import type { ItemState } from '../model';
import { Frame } from './frame';
import { useWidth } from './use-width';
import { WallMap } from './wall-map';

export interface ShownProps {
  live: Live;
  version: number;
  state: ItemState | undefined;
  onOpen: (place: number) => void;
}

const FRAME_PIXELS = 152;
const FRAME_PIXELS_ON_PHONES = 104;
const PHONE_PIXELS = 600;
const GAP = 6;
const EDGE = 16;
const CAPTION = 20;
/** Above this many, a map of all of them stands beside the frames that are near. */
const MAP_FROM = 300;

/** The contact sheet that fills: one frame for each picture that was asked for. Only those that are near are drawn. */
export function Wall({ live, state, onOpen }: ShownProps) {
  const places = live.places(state);
  return places.length === 0 ? <Nothing live={live} state={state} /> : <Sheet live={live} places={places} onOpen={onOpen} />;
}

interface SheetProps {
  live: Live;
  places: Uint32Array;
  onOpen: (place: number) => void;
}

function Sheet({ live, places, onOpen }: SheetProps) {
  const { t } = useTranslation('batches');
  const scroller = useRef<HTMLDivElement>(null);
  const wanted = useRef<number | null>(null);
  const width = useWidth(scroller);
  const inner = Math.max(0, width - 2 * EDGE);
  const columns = Math.max(2, Math.floor((inner + GAP) / ((inner < PHONE_PIXELS ? FRAME_PIXELS_ON_PHONES : FRAME_PIXELS) + GAP)));
  const side = Math.floor((inner - GAP * (columns - 1)) / columns);
  const theme = usePreferences((preferences) => preferences.theme);
  const [active, setActive] = useState(0);
  // Its own methods change with each scroll: nothing here may keep them.
  // oxlint-disable-next-line react/incompatible-library
  const rows = useVirtualizer({
    count: Math.ceil(places.length / columns),
    getScrollElement: () => scroller.current,
    estimateSize: () => side + CAPTION + GAP,
    paddingStart: 12,
    paddingEnd: 16,
    overscan: 3,
  });
  useEffect(() => rows.measure(), [rows, side]);
  // A frame that was far is drawn only after the wall has scrolled to it.
  useEffect(() => {
    const frame = wanted.current !== null && scroller.current?.querySelector<HTMLElement>(`[data-place="${wanted.current}"]`);
    if (!frame) return;
    frame.focus({ preventScroll: true });
    wanted.current = null;
  });

  const go = (next: number) => {
    const index = Math.max(0, Math.min(places.length - 1, next));
    setActive(index);
    wanted.current = places[index] ?? null;
    rows.scrollToIndex(Math.floor(index / columns));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const steps: Record<string, number> = {
      ArrowRight: active + 1,
      ArrowLeft: active - 1,
      ArrowDown: active + columns,
      ArrowUp: active - columns,
      Home: 0,
      End: places.length - 1,
    };
    const next = steps[event.key];
    if (next === undefined || event.metaKey || event.ctrlKey || event.altKey) return;
    event.preventDefault();
    go(next);
  };
  const visible = rows.getVirtualItems();
  return (
    <div className="flex min-h-0 grow">
      <div ref={scroller} className="scroll-slim min-w-0 grow overflow-y-auto">
        {width > 0 && (
          // The frames in it have the focus; arrows move it from one to the next.
          // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
          <ul aria-label={t('views.wall')} onKeyDown={onKeyDown} className="relative" style={{ height: rows.getTotalSize() }}>
            {visible.flatMap((row) =>
              [...places.subarray(row.index * columns, (row.index + 1) * columns)].map((place, column) => {
                const index = row.index * columns + column;
                return (
                  <li
                    key={place}
                    aria-setsize={places.length}
                    aria-posinset={index + 1}
                    className="absolute top-0 left-0"
                    style={{ width: side, height: side + CAPTION, transform: `translate(${EDGE + column * (side + GAP)}px, ${row.start}px)` }}
                  >
                    <Frame
                      place={place}
                      state={live.cells.state(place)}
                      asset={live.cells.asset(place)}
                      preview={live.cells.preview(place)}
                      isActive={index === Math.min(active, places.length - 1)}
                      onOpen={onOpen}
                    />
                  </li>
                );
              }),
            )}
          </ul>
        )}
      </div>
      {places.length > MAP_FROM && (
        <WallMap
          key={theme}
          live={live}
          places={places}
          from={(visible[0]?.index ?? 0) * columns}
          until={((visible.at(-1)?.index ?? 0) + 1) * columns}
          onGo={(index) => rows.scrollToIndex(Math.floor(index / columns), { align: 'center' })}
        />
      )}
    </div>
  );
}

/** Nothing to draw: not yet, not in this state, or not reached. */
export function Nothing({ live, state }: { live: Live; state: ItemState | undefined }) {
  const { t } = useTranslation('batches');
  if (!live.isLoaded) return live.error ? <ErrorState problem={asProblem(live.error)} onRetry={live.refresh} /> : <Loading />;
  return <Empty title={state ? t('noneInState', { state: t(`states.${state}`) }) : t('nothingYet')} />;
}
