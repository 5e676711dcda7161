import { useTranslation } from 'react-i18next';

import type { SizesRead } from '@/api';
import { formatNumber } from '@/lib/format';

import { fitted, shapesOf } from '../model';

const SIDE = 20;

/** The sizes of a model as the frames that it makes; dashed where it takes any within its limits. */
export function Shapes({ sizes }: { sizes: SizesRead }) {
  const { t } = useTranslation('models');
  const { shapes, isFree } = shapesOf(sizes);
  const words = isFree ? t('sizes.free', { side: formatNumber(sizes.max_side) }) : shapes.map((shape) => shape.name).join(', ');
  return (
    <span className="flex items-center gap-2">
      <span className="flex h-5 items-center gap-1" title={words}>
        {shapes.slice(0, 7).map((shape) => (
          <span
            key={shape.name}
            aria-hidden="true"
            style={fitted(shape, SIDE)}
            className={isFree ? 'rounded-[2px] border border-dashed border-edge' : 'rounded-[2px] border border-edge bg-mat'}
          />
        ))}
      </span>
      <span className={isFree ? 'text-small text-ink3' : 'sr-only'}>{words}</span>
    </span>
  );
}
