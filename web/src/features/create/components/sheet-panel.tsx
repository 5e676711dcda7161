import { FileSpreadsheet, X } from 'lucide-react';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';

import type { SheetRead } from '@/api';
import { formatNumber } from '@/lib/format';
import { Button, buttonLook } from '@/ui/button';
import { Textarea } from '@/ui/field';
import { type Column, Table } from '@/ui/table';

import { change, useDraft } from '../model';
import { filled } from '../template';

type Row = Record<string, string>;

function columnsOf(sheet: SheetRead, template: string, title: string): Column<Row>[] {
  const made: Column<Row> = { id: 'made', title, cell: (row) => filled(template, row) };
  const own = sheet.columns.map((column): Column<Row> => ({
    id: `column:${column}`,
    title: column,
    cell: (row) => row[column] ?? '',
    wide: true,
  }));
  return template ? [made, ...own] : own;
}

/** An uploaded sheet: which of its columns make the prompt, and what its first rows come to. */
export function SheetPanel({ sheet }: { sheet: SheetRead }) {
  const { t } = useTranslation('create');
  const template = useDraft((draft) => draft.template);
  const field = useRef<HTMLDivElement>(null);
  const insert = (column: string) => {
    const area = field.current?.querySelector('textarea');
    const [from, to] = [area?.selectionStart ?? template.length, area?.selectionEnd ?? template.length];
    change({ template: `${template.slice(0, from)}{{${column}}}${template.slice(to)}` });
    area?.focus();
  };
  const shown = template || (sheet.columns.includes('prompt') ? '{{prompt}}' : '');
  return (
    <section aria-label={t('sheet.label')} className="scroll-slim flex min-h-0 grow flex-col gap-4 overflow-y-auto p-4">
      <div className="flex items-start gap-3">
        <FileSpreadsheet aria-hidden="true" className="mt-0.5 size-5 text-ink2" />
        <div className="min-w-0 grow">
          <p className="truncate font-medium">{sheet.filename}</p>
          <p className="text-small text-ink3">
            {t('sheet.rows', { count: sheet.row_count, formatted: formatNumber(sheet.row_count) })}
            {sheet.blank_rows > 0 && ` · ${t('sheet.blank', { count: sheet.blank_rows, formatted: formatNumber(sheet.blank_rows) })}`}
          </p>
        </div>
        <Button size="small" tone="quiet" onClick={() => change({ sheet: null, template: '' })} icon={<X aria-hidden="true" className="size-3.5" />}>
          {t('sheet.remove')}
        </Button>
      </div>
      <div ref={field} className="flex flex-col gap-2">
        <Textarea
          label={t('sheet.template')}
          hint={t('sheet.templateHint')}
          rows={2}
          value={template}
          placeholder={sheet.columns.includes('prompt') ? '{{prompt}}' : `{{${sheet.columns[0] ?? 'prompt'}}}`}
          onChange={(event) => change({ template: event.target.value })}
          className="font-mono"
        />
        <div className="flex flex-wrap gap-1.5">
          {sheet.columns.map((column) => (
            <button key={column} type="button" onClick={() => insert(column)} className={buttonLook('line', 'small')}>
              {`{{${column}}}`}
            </button>
          ))}
        </div>
      </div>
      <Table
        caption={t('sheet.sample')}
        columns={columnsOf(sheet, shown, t('sheet.made'))}
        rows={sheet.sample}
        rowKey={(row) => JSON.stringify(row)}
      />
    </section>
  );
}
