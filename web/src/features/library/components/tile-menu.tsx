import { ContextMenu } from '@base-ui/react/context-menu';
import { Check, Copy, Download, ImagePlus, Layers, Maximize2, PencilLine } from 'lucide-react';
import { type ReactElement, type ReactNode, type SyntheticEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from '@tanstack/react-router';

import { popupLook, rowLook } from '@/ui/look';

import { detailOf } from '../model/details';
import { copyPrompts, download } from '../model/doing';
import { select, useGrid } from '../model/grid-state';
import type { Roll } from '../model/roll';
import { inOrder, only, toggle } from '../model/selection';

export interface TileMenuProps {
  roll: Roll;
  onOpen: (id: string) => void;
  indexOf: (target: EventTarget | null) => number | null;
  /** What else can be done here with the pictures that it acts on. */
  more: (ids: readonly string[]) => readonly { key: string; label: string; icon: ReactNode; run: () => void }[];
  children: ReactElement;
}

/** The one menu of the whole grid. It acts on what is chosen when the picture under it is, else on that picture alone. */
export function TileMenu({ roll, onOpen, indexOf, more, children }: TileMenuProps) {
  const { t } = useTranslation('library');
  const navigate = useNavigate();
  const [id, setId] = useState<string | null>(null);
  const { selection } = useGrid();
  const ids = id && selection.chosen.has(id) ? inOrder(selection, roll.ids) : id ? [id] : [];
  const isChosen = id !== null && selection.chosen.has(id);
  const batch = id ? detailOf(id)?.batch_id : null;

  const aim = (event: SyntheticEvent) => {
    const index = indexOf(event.target);
    if (index === null) {
      // Beside the pictures it is the browser's own.
      event.stopPropagation();
      return;
    }
    setId(roll.id(index));
  };

  return (
    <ContextMenu.Root>
      <ContextMenu.Trigger render={children} onContextMenuCapture={aim} onTouchStartCapture={aim} />
      <ContextMenu.Portal>
        <ContextMenu.Positioner className="z-50 outline-none">
          <ContextMenu.Popup className={`${popupLook} min-w-52`}>
            <Item icon={<Maximize2 className="size-4" />} onSelect={() => id && onOpen(id)}>
              {t('menu.open')}
            </Item>
            <Item icon={<Check className="size-4" />} onSelect={() => id && select(selection.chosen.size === 0 ? only(id) : toggle(selection, id))}>
              {t(isChosen ? 'menu.unselect' : 'menu.select')}
            </Item>
            <ContextMenu.Separator className="my-1 h-px bg-line" />
            <Item icon={<Copy className="size-4" />} onSelect={() => void copyPrompts(ids, t)}>
              {t('menu.copyPrompts', { count: ids.length })}
            </Item>
            <Item icon={<PencilLine className="size-4" />} onSelect={() => location.assign(`/create?from=${id}`)}>
              {t('menu.usePrompt')}
            </Item>
            <Item icon={<ImagePlus className="size-4" />} onSelect={() => location.assign(`/create?reference=${ids.join(',')}`)}>
              {t('menu.reference', { count: ids.length })}
            </Item>
            {ids.length === 1 && (
              <Item icon={<Download className="size-4" />} onSelect={() => id && download(id, t)}>
                {t('menu.download')}
              </Item>
            )}
            {more(ids).map(({ key, label, icon, run }) => (
              <Item key={key} icon={icon} onSelect={run}>
                {label}
              </Item>
            ))}
            {batch && (
              <Item icon={<Layers className="size-4" />} onSelect={() => void navigate({ to: '/library', search: (before) => ({ ...before, batch }) })}>
                {t('menu.sameBatch')}
              </Item>
            )}
          </ContextMenu.Popup>
        </ContextMenu.Positioner>
      </ContextMenu.Portal>
    </ContextMenu.Root>
  );
}

function Item({ icon, children, onSelect }: { icon: ReactNode; children: ReactNode; onSelect: () => void }) {
  return (
    <ContextMenu.Item className={rowLook} onClick={onSelect}>
      <span aria-hidden="true" className="flex w-4 shrink-0 justify-center text-ink2">
        {icon}
      </span>
      {children}
    </ContextMenu.Item>
  );
}
