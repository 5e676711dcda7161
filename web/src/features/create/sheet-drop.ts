import { type ClipboardEvent, type DragEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { asProblem } from '@/api';
import { say } from '@/ui/toast';

import { useSheetUpload } from './api';
import { change } from './model';

const hasFiles = (event: DragEvent) => event.dataTransfer.types.includes('Files');

/** Files that are dropped or pasted anywhere on the page become the sheet of the draft. */
export function useSheetDrop() {
  const { t } = useTranslation('create');
  const [depth, setDepth] = useState(0);
  const upload = useSheetUpload();
  const take = (file: File) => {
    upload.mutate(file, {
      onSuccess: (sheet) => {
        // A sheet without such a column begins with its first one.
        const template = sheet.columns.includes('prompt') ? '' : `{{${sheet.columns[0] ?? 'prompt'}}}`;
        change({ sheet, template });
        say({ title: t('sheet.taken', { name: sheet.filename, count: sheet.row_count }), kind: 'ok' });
      },
      onError: (error) => {
        const { message, hint } = asProblem(error);
        say({ title: t('sheet.refused', { name: file.name }), text: [message, hint].filter(Boolean).join(' '), kind: 'bad' });
      },
    });
  };
  const handlers = {
    onDragEnter: (event: DragEvent) => hasFiles(event) && setDepth((now) => now + 1),
    onDragLeave: (event: DragEvent) => hasFiles(event) && setDepth((now) => Math.max(now - 1, 0)),
    onDragOver: (event: DragEvent) => {
      if (hasFiles(event)) event.preventDefault();
    },
    onDrop: (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setDepth(0);
      const [file] = event.dataTransfer.files;
      if (file) take(file);
    },
    onPaste: (event: ClipboardEvent) => {
      const [file] = event.clipboardData.files;
      if (!file) return;
      event.preventDefault();
      take(file);
    },
  };
  return { take, handlers, isOver: depth > 0, isBusy: upload.isPending };
}
