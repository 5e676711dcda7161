import type { ReactNode } from 'react';

import { cx } from '@/lib/cx';

export interface Column<Row> {
  id: string;
  title: ReactNode;
  cell: (row: Row) => ReactNode;
  align?: 'start' | 'end';
  /** Left out on phones. */
  wide?: boolean;
}

export interface TableProps<Row> {
  /** What the table holds, for those who do not see it. */
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
}

/** A short table. Long lists are windowed: they are a feature's own. */
export function Table<Row>({ caption, columns, rows, rowKey }: TableProps<Row>) {
  const look = (column: Column<Row>) =>
    cx('px-3 py-2', column.align === 'end' ? 'text-end' : 'text-start', column.wide && 'max-tablet:hidden');
  return (
    <div className="scroll-slim overflow-x-auto rounded-control border border-line">
      <table className="w-full border-collapse text-control">
        <caption className="sr-only">{caption}</caption>
        <thead className="border-b border-line bg-app text-small text-ink2">
          <tr>
            {columns.map((column) => (
              <th key={column.id} scope="col" className={cx(look(column), 'font-medium')}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowKey(row)} className="border-b border-line last:border-b-0 hover:bg-hover">
              {columns.map((column) => (
                <td key={column.id} className={look(column)}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
