import { useTranslation } from 'react-i18next';

import { formatNumber } from '@/lib/format';
import { sizeOf } from '@/lib/sizes';

export interface FieldWords {
  /** What a field is called. One of a provider's own keeps the name that it has there. */
  nameOf: (field: string) => string;
  /** What stands in it, in words where the page has some. */
  valueOf: (field: string, value: unknown) => string;
  /** All that was asked, each with its name: the sides as one size, and never what nobody has set. */
  pairsOf: (fields: Readonly<Record<string, unknown>>) => { field: string; name: string; value: string }[];
}

/** The settings of a picture as people read them, alike wherever they stand. */
export function useFieldWords(): FieldWords {
  const { t } = useTranslation('app');
  const nameOf = (field: string) => t(`fields.${field}`, { defaultValue: field });
  const valueOf = (field: string, value: unknown): string => {
    if (Array.isArray(value)) return field === 'references' ? formatNumber(value.length) : value.map((one) => valueOf(field, one)).join(', ');
    const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
    if (field === 'size') return toldSize(text);
    if (field === 'format') return text.toUpperCase();
    return WORDED.has(field) ? t(`fieldValues.${field}.${text}`, { defaultValue: text }) : text;
  };
  const pairsOf = (fields: Readonly<Record<string, unknown>>) =>
    Object.entries(asPeopleSay(fields)).map(([field, value]) => ({ field, name: nameOf(field), value: valueOf(field, value) }));
  return { nameOf, valueOf, pairsOf };
}

const WORDED: ReadonlySet<string> = new Set(['quality', 'background', 'operation']);

function toldSize(text: string): string {
  const size = sizeOf(text);
  return size ? `${size.width} × ${size.height}` : text;
}

/** The sides of a picture are one size, and the prompt is told by itself. */
export function asPeopleSay(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { width, height, prompt: _prompt, ...rest } = fields;
  if (width === undefined || height === undefined) return { ...(width !== undefined && { width }), ...(height !== undefined && { height }), ...rest };
  return { size: `${String(width)}x${String(height)}`, ...rest };
}
