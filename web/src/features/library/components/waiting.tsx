import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { rowHeight } from '../model/filters';
import { boxesOf, justify } from '../model/layout';
import { useSize } from './use-view';

const SHAPES = Float32Array.from({ length: 80 }, (_, place) => [1, 0.75, 1.33, 1.5, 1, 0.67][(place * 7) % 6] ?? 1);

/** Empty frames, where pictures will lie. */
export function Waiting({ size }: { size: number | undefined }) {
  const { t } = useTranslation('app');
  const [place, setPlace] = useState<HTMLDivElement | null>(null);
  const { width } = useSize(place);
  const inner = Math.max(width - 32, 0);
  const layout = justify(SHAPES, inner > 0 ? SHAPES.length : 0, { width: inner, row: rowHeight(size, inner), gap: 10, caption: 20 });
  return (
    <div ref={setPlace} role="status" className="min-h-0 grow overflow-hidden bg-mat p-4">
      <span className="sr-only">{t('loading')}</span>
      <div aria-hidden="true" className="relative animate-[appear_300ms_200ms_backwards]">
        {[...layout.heights.keys()].flatMap((row) =>
          boxesOf(layout, row).map((box) => (
            <span key={`${row} ${box.x}`} className="absolute rounded-frame bg-line" style={{ left: box.x, top: box.y, width: box.width, height: box.height }} />
          )),
        )}
      </div>
    </div>
  );
}
