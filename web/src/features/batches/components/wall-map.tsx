import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';

import type { Live } from '../live';
import { type ItemState, STATES } from '../model';

const INKS: Record<ItemState, string> = {
  done: '--ink',
  failed: '--bad',
  refused: '--warn',
  uncertain: '--info',
  cancelled: '--edge',
  running: '--signal',
  pending: '--line',
};

const ACROSS = 16;

interface WallMapProps {
  live: Live;
  places: Uint32Array;
  /** Which frames are drawn now. */
  from: number;
  until: number;
  onGo: (index: number) => void;
}

/** All frames at once, a pixel each: where the trouble is, and the way there. The frames themselves say the same in words. */
export function WallMap({ live, places, from, until, onGo }: WallMapProps) {
  const { t } = useTranslation('batches');
  const canvas = useRef<HTMLCanvasElement>(null);
  const down = Math.ceil(places.length / ACROSS);
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (context) paint(context, live, places, down);
  }, [live, places, down]);
  const part = (index: number) => `${(100 * Math.min(index, places.length)) / Math.max(1, places.length)}%`;
  return (
    <div className="relative my-3 mr-3 w-14 shrink-0 overflow-hidden rounded-frame border border-line outline-offset-2 outline-signal has-focus-visible:outline-2 max-tablet:hidden">
      <canvas ref={canvas} width={ACROSS} height={down} aria-hidden="true" className="size-full [image-rendering:pixelated]" />
      <span aria-hidden="true" className="pointer-events-none absolute inset-x-0 border-y-2 border-signal bg-signal/10" style={{ top: part(from), height: part(until - from) }} />
      <input
        type="range"
        min={0}
        max={Math.max(0, places.length - 1)}
        value={Math.min(from, places.length - 1)}
        aria-label={t('map')}
        aria-orientation="vertical"
        onChange={(event) => onGo(Number(event.target.value))}
        className="absolute inset-0 size-full cursor-pointer opacity-0 [direction:ltr] [writing-mode:vertical-lr]"
      />
    </div>
  );
}

function paint(context: CanvasRenderingContext2D, live: Live, places: Uint32Array, down: number): void {
  const style = getComputedStyle(document.documentElement);
  const inks = new Map(STATES.map((state) => [state, pixel(style.getPropertyValue(INKS[state]))]));
  const image = context.createImageData(ACROSS, Math.max(1, down));
  const pixels = new Uint32Array(image.data.buffer);
  for (let index = 0; index < places.length; index += 1) {
    pixels[index] = inks.get(live.cells.state(places[index] ?? 0)) ?? 0;
  }
  context.putImageData(image, 0, 0);
}

/** A colour as one number, in the order in which a canvas has its bytes. */
function pixel(hex: string): number {
  const number = Number.parseInt(hex.trim().slice(1), 16);
  const bytes = Uint8Array.of((number >> 16) & 255, (number >> 8) & 255, number & 255, 255);
  return new Uint32Array(bytes.buffer)[0] ?? 0;
}
