import { getRouteApi, Outlet, useChildMatches, useNavigate } from '@tanstack/react-router';
import { useCallback, useEffect, useMemo } from 'react';
import { useTranslation } from 'react-i18next';

import { useActions } from '@/lib/actions';
import { formatNumber } from '@/lib/format';
import { Button, buttonLook, Spinner } from '@/ui/button';
import { Empty, ErrorState } from '@/ui/state';
import { Notice } from '@/ui/notice';

import { isFiltered, type LibrarySearch } from '../model/filters';
import { activate, clearSelection, select, useGrid } from '../model/grid-state';
import { all, inOrder } from '../model/selection';
import { currentShelf, load, type Shelf, useOpenShelf } from '../model/shelf';
import { FilterBar, useSearchChange } from './filter-bar';
import { Grid } from './grid';
import { SelectionBar } from './selection-bar';
import { Waiting } from './waiting';

const route = getRouteApi('/library');

/** The grid, and over it whatever looks at single pictures: the grid stays where it was. */
export function LibraryPage() {
  const isCovered = useChildMatches().length > 0;
  return (
    <div className="relative flex min-h-0 grow flex-col">
      <div className="flex min-h-0 grow flex-col" inert={isCovered}>
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
  useGridActions(open, isCovered);
  // Whoever looks for something else has not chosen what is no longer shown.
  const key = shelf?.key;
  useEffect(() => {
    if (key !== undefined) clearSelection();
  }, [key]);
  return (
    <>
      {!isCovered && <title>{`${t('title')} · Imageloom`}</title>}
      <header className="flex min-h-14 shrink-0 flex-wrap items-center gap-x-3 px-6 pt-3 pb-1 max-tablet:px-4">
        {isCovered ? (
          <p className="text-title font-semibold tracking-[-0.01em]">{t('title')}</p>
        ) : (
          <h1 className="text-title font-semibold tracking-[-0.01em]">{t('title')}</h1>
        )}
        {shelf && <Count shelf={shelf} />}
      </header>
      <FilterBar search={search} />
      <Body shelf={shelf} search={search} onOpen={open} />
      {shelf && <SelectionBar roll={shelf.roll} />}
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

function Body({ shelf, search, onOpen }: { shelf: Shelf | null; search: LibrarySearch; onOpen: (id: string) => void }) {
  const { t } = useTranslation('library');
  const change = useSearchChange();
  if (!shelf || (shelf.roll.count === 0 && !shelf.isWhole && !shelf.problem)) return <Waiting size={search.size} />;
  if (shelf.roll.count === 0 && shelf.problem) return <ErrorState problem={shelf.problem} onRetry={() => void load()} />;
  if (shelf.roll.count === 0) {
    return isFiltered(search) ? (
      <Empty title={t('none.title')} action={<Button onClick={() => change({ q: undefined, model: undefined, batch: undefined })}>{t('chips.clear')}</Button>}>
        {t('none.text')}
      </Empty>
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
      <Grid key={shelf.key} roll={shelf.roll} version={shelf.version} isWhole={shelf.isWhole} size={search.size} onOpen={onOpen} />
    </>
  );
}

/** What keys and the palette can do while the grid is what one looks at. */
function useGridActions(open: (id: string) => void, isCovered: boolean): void {
  const navigate = useNavigate();
  const actions = useMemo(() => {
    if (isCovered) return [];
    const group = 'library:title';
    // A menu that is open has the keys to itself.
    const unlessMenu = (run: () => void) => () => {
      if (!document.querySelector('[role="menu"]')) run();
    };
    return [
      { id: 'library.loupe', label: 'library:actions.open', group, keys: 'e', run: unlessMenu(() => {
        const { active } = useGrid.getState();
        const id = active ?? currentShelf()?.roll.id(0);
        if (id) open(id);
      }) },
      { id: 'library.all', label: 'library:actions.all', group, keys: '$mod+a', run: () => select(all(currentShelf()?.roll.ids ?? [])) },
      { id: 'library.clear', label: 'library:actions.clear', group, keys: 'Escape', run: unlessMenu(clearSelection) },
      { id: 'library.compare', label: 'library:actions.compare', group, keys: 'c', run: unlessMenu(() => {
        const ids = inOrder(useGrid.getState().selection, currentShelf()?.roll.ids ?? []).slice(0, 9);
        if (ids.length > 1) void navigate({ to: '/library/compare', search: (before) => ({ ...before, ids: ids.join(',') }) });
      }) },
    ];
  }, [open, navigate, isCovered]);
  useActions(actions);
}
