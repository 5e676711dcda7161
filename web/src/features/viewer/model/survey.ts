import { cx } from '@/lib/cx';

const COLUMNS = ['', '', 'grid-cols-2', 'grid-cols-3 max-tablet:grid-cols-1', 'grid-cols-2', 'grid-cols-3 max-tablet:grid-cols-2', 'grid-cols-3 max-tablet:grid-cols-2', 'grid-cols-4 max-tablet:grid-cols-2', 'grid-cols-4 max-tablet:grid-cols-2', 'grid-cols-3'];

/** How so many pictures are laid beside each other. */
export function surveyLook(count: number): string {
  return cx('grid min-h-0 min-w-0 grow auto-rows-fr gap-2 p-2', COLUMNS[count]);
}
