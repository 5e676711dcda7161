import { formatNumber } from '@/lib/format';

import { spanParts } from './model';

/** "3 hr 5 min", as the page's language writes it. */
export function formatSpan(seconds: number): string {
  return spanParts(seconds)
    .map(([amount, unit]) => formatNumber(amount, { style: 'unit', unit, unitDisplay: 'short' }))
    .join(' ');
}
