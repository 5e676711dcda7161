import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Images, LayoutGrid, MoreHorizontal, Pencil, Plus, Trash2 } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { asProblem, type BoardRead, readTrashOptions, useMay } from '@/api';
import { cx } from '@/lib/cx';
import { formatNumber } from '@/lib/format';
import { Button, IconButton } from '@/ui/button';
import { Menu, MenuItem } from '@/ui/menu';

import { dropBoard, putOn, useBoards } from '../model/boards';
import { carried, carriesPictures } from '../model/dragging';
import { type LibrarySearch, UNFILTERED } from '../model/filters';
import { useHand } from '../model/hand';
import { discard } from '../model/trashing';
import { BoardNameDialog } from './board-dialogs';
import { useSearchChange } from './use-search-change';

const NOWHERE = { ...UNFILTERED, board: undefined, trash: undefined, sort: undefined };

/** The places of the library: all pictures, each board, the trash. Frames can be dropped on them. */
export function Side({ search, onGo }: { search: LibrarySearch; onGo?: () => void }) {
  const { t } = useTranslation('library');
  const hand = useHand();
  const may = useMay('assets:write') === true;
  const { boards, error, isLoading, refetch } = useBoards();
  const trash = useQuery(readTrashOptions());
  const [named, setNamed] = useState<BoardRead | 'new' | null>(null);
  const change = useSearchChange();
  const drop = async (board: BoardRead) => {
    if ((await dropBoard(hand, board)) && search.board === board.id) change(NOWHERE);
  };
  return (
    <nav aria-label={t('places')} className="scroll-slim flex min-h-0 flex-col gap-4 overflow-y-auto p-2">
      <ul>
        <Place icon={<Images className="size-4" />} isHere={!search.board && !search.trash} to={NOWHERE} onGo={onGo}>
          {t('everything')}
        </Place>
      </ul>
      <section>
        <header className="flex items-center justify-between pl-2">
          <h2 className="text-small font-medium text-ink3">{t('boards.title')}</h2>
          {may && (
            <IconButton label={t('boards.new')} onClick={() => setNamed('new')}>
              <Plus aria-hidden="true" className="size-4" />
            </IconButton>
          )}
        </header>
        {error ? (
          <p role="alert" className="px-2 text-small text-ink2">
            {asProblem(error).message}{' '}
            <Button size="small" onClick={() => void refetch()}>
              {t('again')}
            </Button>
          </p>
        ) : (
          !isLoading && boards.length === 0 && <p className="px-2 text-small text-ink3">{t('boards.none')}</p>
        )}
        <ul>
          {boards.map((board) => (
            <Place
              key={board.id}
              icon={<LayoutGrid className="size-4" />}
              isHere={search.board === board.id}
              count={board.pictures}
              to={{ ...NOWHERE, board: board.id }}
              onGo={onGo}
              onDropped={may ? (ids) => void putOn(hand, board, ids) : undefined}
              menu={
                may && (
                  <Menu
                    trigger={
                      <IconButton label={t('boards.more', { name: board.name })} className="size-7 max-tablet:size-11">
                        <MoreHorizontal aria-hidden="true" className="size-4" />
                      </IconButton>
                    }
                  >
                    <MenuItem icon={<Pencil aria-hidden="true" className="size-4" />} onSelect={() => setNamed(board)}>
                      {t('boards.rename')}
                    </MenuItem>
                    <MenuItem icon={<Trash2 aria-hidden="true" className="size-4" />} onSelect={() => void drop(board)}>
                      {t('boards.remove')}
                    </MenuItem>
                  </Menu>
                )
              }
            >
              {board.name}
            </Place>
          ))}
        </ul>
      </section>
      <ul>
        <Place
          icon={<Trash2 className="size-4" />}
          isHere={search.trash === true}
          count={trash.data?.pictures}
          to={{ ...NOWHERE, trash: true }}
          onGo={onGo}
          onDropped={may && !search.trash ? (ids) => void discard(hand, ids) : undefined}
        >
          {t('trash.title')}
        </Place>
      </ul>
      {named && (
        <BoardNameDialog
          board={named === 'new' ? null : named}
          onClose={() => setNamed(null)}
          onNamed={(board) => named === 'new' && change({ ...NOWHERE, board: board.id })}
        />
      )}
    </nav>
  );
}

interface PlaceProps {
  icon: ReactNode;
  isHere: boolean;
  count?: number | undefined;
  to: Partial<LibrarySearch>;
  onGo?: (() => void) | undefined;
  onDropped?: ((ids: string[]) => void) | undefined;
  menu?: ReactNode;
  children: ReactNode;
}

function Place({ icon, isHere, count, to, onGo, onDropped, menu, children }: PlaceProps) {
  const { t } = useTranslation('library');
  const [isOver, setOver] = useState(false);
  return (
    <li className={cx('flex items-center rounded-control', isHere && 'bg-hover', isOver && 'outline-2 outline-signal')}>
      <Link
        to="/library"
        search={(before) => ({ ...before, ...to })}
        onClick={onGo}
        aria-current={isHere ? 'page' : undefined}
        className="flex h-8 min-w-0 grow items-center gap-2 rounded-control px-2 text-control text-ink hover:bg-hover max-tablet:h-11"
        onDragOver={(event) => {
        if (!onDropped || !carriesPictures(event)) return;
        event.preventDefault();
        event.dataTransfer.dropEffect = 'copy';
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        setOver(false);
        if (!onDropped || !carriesPictures(event)) return;
        event.preventDefault();
        const ids = carried(event);
        if (ids.length > 0) onDropped(ids);
      }}
      >
        <span aria-hidden="true" className="shrink-0 text-ink2">
          {icon}
        </span>
        <span className="truncate">{children}</span>
        {count !== undefined && count > 0 && (
          <span className="ml-auto font-mono text-small text-ink3">
            <span aria-hidden="true">{formatNumber(count)}</span>
            <span className="sr-only">{t('count', { count, number: formatNumber(count) })}</span>
          </span>
        )}
      </Link>
      {menu}
    </li>
  );
}
