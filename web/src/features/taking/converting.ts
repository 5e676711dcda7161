import type { ListFilesData } from '@/api';

export const FORMATS = ['original', 'jpeg', 'png', 'webp'] as const;
export type Format = (typeof FORMATS)[number];

/** What the files of a ZIP are to be, as it stands in the form. */
export interface Conversion {
  format: Format;
  quality: string;
  isLossless: boolean;
  background: string;
  /** The longer side at most; nothing is said where it is empty. */
  maxSide: string;
}

export const AS_MADE: Conversion = { format: 'original', quality: '90', isLossless: false, background: '#ffffff', maxSide: '' };
export const SMALLEST_SIDE = 16;
export const LARGEST_SIDE = 32_768;

export type ConversionQuery = Pick<NonNullable<ListFilesData['query']>, 'format' | 'quality' | 'lossless' | 'background' | 'max_side'>;

/** A whole number within bounds, or `null`. */
export function readWhole(text: string, least: number, most: number): number | null {
  const value = Number(text);
  return /^\d+$/.test(text.trim()) && value >= least && value <= most ? value : null;
}

export function hasQuality({ format, isLossless }: Conversion): boolean {
  return format === 'jpeg' || (format === 'webp' && !isLossless);
}

/** What the server is asked for: nothing for files as they were made, `null` while the form makes no sense. */
export function queryOf(wish: Conversion): ConversionQuery | null {
  const side = wish.maxSide.trim() === '' ? undefined : readWhole(wish.maxSide, SMALLEST_SIDE, LARGEST_SIDE);
  const quality = hasQuality(wish) ? readWhole(wish.quality, 1, 100) : undefined;
  if (side === null || quality === null) return null;
  return {
    ...(wish.format !== 'original' && { format: wish.format }),
    ...(quality !== undefined && { quality }),
    ...(wish.format === 'webp' && wish.isLossless && { lossless: true }),
    ...(wish.format === 'jpeg' && { background: wish.background }),
    ...(side !== undefined && { max_side: side }),
  };
}
