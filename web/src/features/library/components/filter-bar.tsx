import { ArrowDownUp, Box, ListChecks, Search } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useActions } from '@/lib/actions';
import { Button, IconButton } from '@/ui/button';
import { Menu, MenuChoice } from '@/ui/menu';

import { FIRST_SIZE, isFiltered, type LibrarySearch, orderOf } from '../model/filters';
import { clearSelection, useGrid } from '../model/grid-state';
import { seenModels } from '../model/shelf';
import { Chips } from './chips';
import { JudgedMenu } from './judged-menu';
import { useSearchChange } from './use-search-change';

const TYPING_MILLISECONDS = 300;
const EVERY = '*';

export function FilterBar({ search }: { search: LibrarySearch }) {
  const { t } = useTranslation('library');
  const change = useSearchChange();
  const { isChoosing } = useGrid();
  const models = [...new Set([...seenModels(), ...(search.model ? [search.model] : [])])].sort();
  return (
    <div className="flex flex-wrap items-center gap-2 px-6 pb-2 max-tablet:px-4">
      <SearchBox value={search.q ?? ''} onChange={(q) => change({ q: q.trim() ? q : undefined }, true)} />
      <div className="flex items-center gap-1">
        <Menu
          align="start"
          trigger={
            <Button tone="quiet" icon={<Box aria-hidden="true" className="size-4" />}>
              {t('model')}
            </Button>
          }
        >
          <MenuChoice
            label={t('model')}
            value={search.model ?? EVERY}
            options={[{ value: EVERY, label: t('everyModel') }, ...models.map((value) => ({ value, label: value }))]}
            onChange={(next) => change({ model: next === EVERY ? undefined : next })}
          />
        </Menu>
        <JudgedMenu search={search} />
        <Menu
          align="start"
          trigger={
            <Button tone="quiet" icon={<ArrowDownUp aria-hidden="true" className="size-4" />}>
              {t(`sort.${orderOf(search)}`)}
            </Button>
          }
        >
          <MenuChoice
            label={t('sort.label')}
            value={orderOf(search)}
            options={[
              ...(search.board ? [{ value: 'board' as const, label: t('sort.board') }] : []),
              { value: 'newest', label: t('sort.newest') },
              { value: 'oldest', label: t('sort.oldest') },
            ]}
            onChange={(sort) => change({ sort: sort === (search.board ? 'board' : 'newest') ? undefined : sort })}
          />
        </Menu>
      </div>
      <div className="ml-auto flex items-center gap-2">
        <input
          type="range"
          min={1}
          max={5}
          step={1}
          aria-label={t('size')}
          title={t('size')}
          value={search.size ?? FIRST_SIZE}
          onChange={(event) => change({ size: Number(event.target.value) === FIRST_SIZE ? undefined : Number(event.target.value) }, true)}
          className="h-6 w-24"
        />
        <IconButton
          label={t(isChoosing ? 'choose.end' : 'choose.begin')}
          aria-pressed={isChoosing}
          onClick={() => (isChoosing ? clearSelection() : useGrid.setState({ isChoosing: true }))}
          className={isChoosing ? 'bg-signal-tint text-signal!' : undefined}
        >
          <ListChecks aria-hidden="true" className="size-[18px]" />
        </IconButton>
      </div>
      {isFiltered(search) && <Chips search={search} />}
    </div>
  );
}

function SearchBox({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const { t } = useTranslation('library');
  const [text, setText] = useState(value);
  const input = useRef<HTMLInputElement>(null);
  const isComposing = useRef(false);
  const tell = useRef(onChange);
  useEffect(() => {
    tell.current = onChange;
  });
  useActions(
    useMemo(() => [{ id: 'library.search', label: 'library:actions.search', group: 'library:title', keys: '/', run: () => input.current?.focus() }], []),
  );
  const told = useRef(value);
  // Changed from elsewhere: a chip was removed, or one has gone back.
  useEffect(() => {
    if (value.trim() !== told.current.trim()) setText(value);
    told.current = value;
  }, [value]);
  useEffect(() => {
    if (text.trim() === told.current.trim()) return;
    const timer = setTimeout(() => {
      // Half a character is no word to seek.
      if (isComposing.current) return;
      told.current = text;
      tell.current(text);
    }, TYPING_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <label className="relative flex w-full max-w-80 min-w-44 items-center max-tablet:max-w-none">
      <span className="sr-only">{t('search')}</span>
      <Search aria-hidden="true" className="pointer-events-none absolute left-2.5 size-4 text-ink3" />
      <input
        ref={input}
        type="search"
        maxLength={200}
        value={text}
        placeholder={t('search')}
        onChange={(event) => setText(event.target.value)}
        onCompositionStart={() => {
          isComposing.current = true;
        }}
        onCompositionEnd={(event) => {
          isComposing.current = false;
          told.current = event.currentTarget.value;
          tell.current(told.current);
        }}
        onKeyDown={(event) => {
          if (event.nativeEvent.isComposing) return;
          if (event.key === 'Enter') onChange(text);
          if (event.key === 'Escape' && text) {
            event.stopPropagation();
            setText('');
          }
        }}
        className="h-control w-full rounded-control border border-edge bg-surface pr-3 pl-8 text-control text-ink transition-colors hover:border-ink3 max-tablet:h-11 max-tablet:text-lead [&::-webkit-search-cancel-button]:hidden"
      />
    </label>
  );
}
