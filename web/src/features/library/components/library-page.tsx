import { getRouteApi, Outlet, useChildMatches, useNavigate } from '@tanstack/react-router';
import { LayoutGrid } from 'lucide-react';
import { useCallback, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { type BoardRead, useMay } from '@/api';
import { TakeAway } from '@/features/taking';
import { formatNumber } from '@/lib/format';
import { Button, buttonLook, Spinner } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Notice } from '@/ui/notice';
import { Empty, ErrorState } from '@/ui/state';

import { moveBefore, useBoards } from '../model/boards';
import { isFiltered, type LibrarySearch, orderOf, UNFILTERED } from '../model/filters';
import { activate, clearSelection } from '../model/grid-state';
import { useHand } from '../model/hand';
import { load, type Shelf, useOpenShelf } from '../model/shelf';
import { AddToBoardDialog } from './board-dialogs';
import { FilterBar } from './filter-bar';
import { Grid } from './grid';
import { SelectionBar } from './selection-bar';
import { Side } from './side';
import type { TileMenuProps } from './tile-menu';
import { TrashBar } from './trash-bar';
import { useBoardActions } from './use-board-actions';
import { aimed, passOn, useGridActions } from './use-grid-actions';
import { useJudging } from './use-judging';
import { useSearchChange } from './use-search-change';
import { useTileMenu } from './use-tile-menu';
import { Waiting } from './waiting';

const route = getRouteApi('/library');

/** The grid, and over it whatever looks at single pictures: the grid stays where it was. */
export function LibraryPage() {
  const isCovered = useChildMatches().length > 0;
  return (
    <div className="relative flex min-h-0 grow flex-col">
      <div className="flex min-h-0 grow" inert={isCovered}>
        <Sheet isCovered={isCovered} />
      </div>
      <Outlet />
    </div>
  );
}

function Sheet({ isCovered }: { isCovered: boolean }) {
  const { t } = useTranslation('library');
  const search = route.useSearch();
  const shelf = useOpenShelf(search);
  const navigate = useNavigate();
  const open = useCallback(
    (id: string) => {
      activate(id);
      void navigate({ to: '/library/i/$assetId', params: { assetId: id }, search: (before) => before });
    },
    [navigate],
  );
  const { boards, isSuccess } = useBoards();
  const board = boards.find((one) => one.id === search.board) ?? null;
  const inTrash = search.trash === true;
  const [boarded, setBoarded] = useState<readonly string[] | null>(null);
  const [taken, setTaken] = useState<readonly string[] | null>(null);
  const [isGoing, setGoing] = useState(false);
  const menu = useTileMenu({ inTrash, board, onBoard: setBoarded, onTake: setTaken });
  useGridActions(open, isCovered);
  useJudging({ place: 'library', group: 'library:title', aim: aimed, isOff: isCovered, inTrash, onGone: passOn });
  useBoardActions({ isOff: isCovered || inTrash, board: orderOf(search) === 'board' ? board : null, onBoard: setBoarded });
  const title = inTrash ? t('trash.title') : (board?.name ?? t('title'));
  // Whoever looks for something else has not chosen what is no longer shown.
  const key = shelf?.key;
  useEffect(() => {
    if (key !== undefined) clearSelection();
  }, [key]);
  return (
    <>
      <div className="w-52 shrink-0 overflow-y-auto border-r border-line pt-3 max-tablet:hidden">
        <Side search={search} />
      </div>
      <div className="flex min-h-0 min-w-0 grow flex-col">
      {!isCovered && <title>{`${title} · Imageloom`}</title>}
      <header className="flex min-h-14 shrink-0 flex-wrap items-center gap-x-3 px-6 pt-3 pb-1 max-tablet:px-4">
        {isCovered ? (
          <p className="truncate text-title font-semibold tracking-[-0.01em]">{title}</p>
        ) : (
          <h1 className="truncate text-title font-semibold tracking-[-0.01em]">{title}</h1>
        )}
        {shelf && <Count shelf={shelf} />}
        <Button className="ml-auto tablet:hidden" icon={<LayoutGrid aria-hidden="true" className="size-4" />} onClick={() => setGoing(true)}>
          {t('boards.title')}
        </Button>
      </header>
      <FilterBar search={search} />
      {inTrash && <TrashBar />}
      {search.board && isSuccess && !board && <Notice kind="warn" className="mx-6 mb-2 max-tablet:mx-4">{t('boards.gone')}</Notice>}
      <Body shelf={shelf} search={search} board={board} menu={menu} onOpen={open} />
      {shelf && <SelectionBar roll={shelf.roll} inTrash={inTrash} board={board} onBoard={setBoarded} onTake={setTaken} />}
      </div>
      {boarded && <AddToBoardDialog ids={boarded} onClose={() => setBoarded(null)} />}
      {taken && <TakeAway source={{ ids: taken }} count={taken.length} onClose={() => setTaken(null)} />}
      {isGoing && (
        <Dialog open onOpenChange={setGoing} title={t('places')}>
          <Side search={search} onGo={() => setGoing(false)} />
        </Dialog>
      )}
    </>
  );
}

function Count({ shelf }: { shelf: Shelf }) {
  const { t } = useTranslation('library');
  const count = shelf.roll.count;
  if (count === 0) return null;
  return (
    <p role="status" className="flex items-center gap-2 font-mono text-small text-ink3">
      {t('count', { count, number: formatNumber(count) })}
      {!shelf.isWhole && !shelf.problem && <Spinner className="size-3" />}
    </p>
  );
}

interface BodyProps {
  shelf: Shelf | null;
  search: LibrarySearch;
  board: BoardRead | null;
  menu: TileMenuProps['more'];
  onOpen: (id: string) => void;
}

function Body({ shelf, search, board, menu, onOpen }: BodyProps) {
  const { t } = useTranslation('library');
  const change = useSearchChange();
  const hand = useHand();
  const may = useMay('assets:write') === true;
  const canMove = may && board !== null && orderOf(search) === 'board';
  if (!shelf || (shelf.roll.count === 0 && !shelf.isWhole && !shelf.problem)) return <Waiting size={search.size} />;
  if (shelf.roll.count === 0 && shelf.problem) return <ErrorState problem={shelf.problem} onRetry={() => void load()} />;
  if (shelf.roll.count === 0) {
    return isFiltered(search) ? (
      <Empty title={t('none.title')} action={<Button onClick={() => change(UNFILTERED)}>{t('chips.clear')}</Button>}>
        {t('none.text')}
      </Empty>
    ) : search.trash || search.board ? (
      <Empty title={t(search.trash ? 'trash.none' : 'boards.empty')}>{t(search.trash ? 'trash.noneText' : 'boards.emptyText')}</Empty>
    ) : (
      <Empty
        title={t('empty.title')}
        action={
          <a href="/create" className={buttonLook('ink')}>
            {t('empty.action')}
          </a>
        }
      >
        {t('empty.text')}
      </Empty>
    );
  }
  return (
    <>
      {shelf.problem && (
        <Notice
          kind="warn"
          className="mx-6 mb-2 max-tablet:mx-4"
          action={
            <Button size="small" onClick={() => void load()}>
              {t('again')}
            </Button>
          }
        >
          {t('partly')} {shelf.problem.isUnreachable ? '' : shelf.problem.message}
        </Notice>
      )}
      <Grid key={shelf.key} roll={shelf.roll} version={shelf.version} isWhole={shelf.isWhole} size={search.size} menu={menu} onOpen={onOpen} onMove={canMove ? (ids, before) => void moveBefore(hand, board, ids, before) : undefined} />
    </>
  );
}
