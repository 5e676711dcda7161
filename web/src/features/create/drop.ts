import { type ClipboardEvent, type DragEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { asProblem } from '@/api';
import { ASSET, draggedAssets } from '@/lib/dragging';
import { say } from '@/ui/toast';

import { useSheetUpload } from './api';
import { change, useDraft } from './model';
import { addReferences, isPicture, REFERENCES_MOST, useReferenceUpload } from './references';

const WANTED = ['Files', ASSET, 'text/uri-list'];
const isWanted = (event: DragEvent) => WANTED.some((type) => event.dataTransfer.types.includes(type));

/** What is dropped or pasted anywhere on the page: a sheet becomes the sheet of the draft, pictures its references. */
export function useDrop() {
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
        // Whoever has stopped it knows.
        if (error instanceof DOMException && error.name === 'AbortError') return;
        const { message, hint } = asProblem(error);
        say({ title: t('sheet.refused', { name: file.name }), text: [message, hint].filter(Boolean).join(' '), kind: 'bad' });
      },
    });
  };
  const pictures = useReferenceUpload();
  const full = (over: number) => over > 0 && say({ title: t('references.full', { count: REFERENCES_MOST }), kind: 'bad' });
  const takePictures = (files: readonly File[]) => {
    const room = REFERENCES_MOST - useDraft.getState().references.length;
    full(files.length - room);
    for (const file of files.slice(0, Math.max(0, room))) {
      pictures.mutate(file, {
        onError: (error) => {
          const { message, hint } = asProblem(error);
          say({ title: t('sheet.refused', { name: file.name }), text: [message, hint].filter(Boolean).join(' '), kind: 'bad' });
        },
      });
    }
  };
  const takeFiles = (files: readonly File[]) => {
    const images = files.filter(isPicture);
    if (images.length > 0) takePictures(images);
    const sheet = files.find((file) => !isPicture(file));
    if (sheet) take(sheet);
  };
  const handlers = {
    onDragEnter: (event: DragEvent) => isWanted(event) && setDepth((now) => now + 1),
    onDragLeave: (event: DragEvent) => isWanted(event) && setDepth((now) => Math.max(now - 1, 0)),
    onDragOver: (event: DragEvent) => {
      if (isWanted(event)) event.preventDefault();
    },
    onDrop: (event: DragEvent) => {
      if (!isWanted(event)) return;
      event.preventDefault();
      setDepth(0);
      const assets = draggedAssets(event.dataTransfer, location.origin);
      if (assets.length > 0) full(addReferences(assets));
      else takeFiles([...event.dataTransfer.files]);
    },
    onPaste: (event: ClipboardEvent) => {
      const files = [...event.clipboardData.files];
      if (files.length === 0) return;
      event.preventDefault();
      takeFiles(files);
    },
  };
  return { take, takePictures, handlers, isOver: depth > 0, isBusy: upload.isPending, sending: upload.sending, isTaking: pictures.isPending };
}
