import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { ChevronLeft, ChevronRight, Contrast, Expand, PanelRight, X } from 'lucide-react';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { asProblem, type AssetRead, readAssetOptions } from '@/api';
import { activate, discard, promptOf, restore, useDetail, useHand, useJudging, useShelf } from '@/features/library';
import { useActions } from '@/lib/actions';
import { cx } from '@/lib/cx';
import { formatNumber } from '@/lib/format';
import { IconButton } from '@/ui/button';
import { ErrorState, Loading } from '@/ui/state';

import { FIT, type Look, type Size, stepped, trueZoom, zoomedTo } from '../model/look';
import { MAT_LOOK, nextMat, toggleInspector, useMat } from '../model/mat';
import { Filmstrip } from './filmstrip';
import { Inspector } from './inspector';
import { JudgeBar, TrashButton } from './judge-bar';
import { Stage } from './stage';

const route = getRouteApi('/library/i/$assetId');

/** One picture, over the grid that stays where it was. */
export function ViewerPage() {
  const { assetId } = route.useParams();
  const { t } = useTranslation('viewer');
  const shelf = useShelf();
  const index = shelf?.roll.indexOf(assetId) ?? -1;
  const { go, close, goOn } = useGoing(assetId, index);
  const asset = useQuery(readAssetOptions({ path: { asset_id: assetId } }));
  // What the strip knows already is there at once, and is looked at again while its preview is being made.
  const shown = useDetail(assetId) ?? asset.data;
  const room = useRef<HTMLElement>(null);
  const { mat, hasInspector } = useMat();
  const inTrash = Boolean(shown?.trashed_at);
  const aim = useCallback(() => [assetId], [assetId]);
  useJudging({ place: 'viewer', group: 'viewer:title', aim, isOff: !shown || shown.removed_at !== null, inTrash, onGone: goOn });
  const hand = useHand();
  const move = () => {
    goOn();
    void (inTrash ? restore(hand, [assetId]) : discard(hand, [assetId]));
  };
  const full = () => void (document.fullscreenElement ? document.exitFullscreen() : room.current?.requestFullscreen());

  useEffect(() => {
    activate(assetId);
  }, [assetId]);
  useEffect(() => {
    // After the shell has given the keyboard to the screen as a whole.
    const frame = requestAnimationFrame(() => room.current?.focus({ preventScroll: true }));
    return () => cancelAnimationFrame(frame);
  }, []);

  return (
    <section ref={room} tabIndex={-1} aria-label={t('title')} className="absolute inset-0 z-20 flex animate-[appear_180ms] flex-col bg-surface outline-none">
      <title>{`${t('title')} · Imageloom`}</title>
      <header className="flex min-h-12 shrink-0 items-center gap-1 px-3">
        <IconButton label={t('close')} onClick={close}>
          <X aria-hidden="true" className="size-[18px]" />
        </IconButton>
        <h1 className="sr-only">{promptOf(shown) ?? t('title')}</h1>
        <p className="whitespace-nowrap px-2 font-mono text-small text-ink3">
          {shelf && index >= 0 && t('place', { place: formatNumber(index + 1), number: formatNumber(shelf.roll.count) })}
        </p>
        {shown && <JudgeBar asset={shown} className="mx-auto max-tablet:hidden" />}
        <div className="ml-auto flex items-center gap-1">
          {shown && <TrashButton asset={shown} onMove={move} />}
          <IconButton label={t('before')} disabled={index <= 0} onClick={() => go(index - 1)}>
            <ChevronLeft aria-hidden="true" className="size-[18px]" />
          </IconButton>
          <IconButton label={t('next')} disabled={index < 0 || index >= (shelf?.roll.count ?? 0) - 1} onClick={() => go(index + 1)}>
            <ChevronRight aria-hidden="true" className="size-[18px]" />
          </IconButton>
          <IconButton label={t('mat', { mat: t(`mats.${mat}`) })} onClick={nextMat} className="max-tablet:hidden">
            <Contrast aria-hidden="true" className="size-[18px]" />
          </IconButton>
          <IconButton label={t('fullScreen')} onClick={full}>
            <Expand aria-hidden="true" className="size-[18px]" />
          </IconButton>
          <IconButton label={t('inspector')} aria-pressed={hasInspector} onClick={toggleInspector} className={hasInspector ? 'bg-hover text-ink!' : undefined}>
            <PanelRight aria-hidden="true" className="size-[18px]" />
          </IconButton>
        </div>
      </header>
      {shown ? (
        <Room key={assetId} asset={shown} onSwipe={(step) => go(index + step)} onFull={full} />
      ) : asset.error ? (
        <ErrorState problem={asProblem(asset.error)} onRetry={() => void asset.refetch()} />
      ) : (
        <div className={cx('grow', MAT_LOOK[mat])}>
          <Loading />
        </div>
      )}
      {shelf && index >= 0 && shelf.roll.count > 1 && <Filmstrip roll={shelf.roll} index={index} onGo={go} />}
    </section>
  );
}

function useGoing(assetId: string, index: number): { go: (index: number) => void; close: () => void; goOn: () => void } {
  const navigate = useNavigate();
  const shelf = useShelf();
  const going = useMemo(() => {
    const go = (place: number) => {
      const id = shelf?.roll.id(place);
      if (id && id !== assetId) void navigate({ to: '/library/i/$assetId', params: { assetId: id }, search: (before) => before, replace: true });
    };
    const close = () => {
      if (document.fullscreenElement) void document.exitFullscreen();
      void navigate({ to: '/library', search: (before) => before });
    };
    // The picture leaves the row: to the next one, or the one before, or back to the grid.
    const goOn = () => {
      if (index < 0 || (shelf?.roll.count ?? 0) < 2) close();
      else go(index + 1 < (shelf?.roll.count ?? 0) ? index + 1 : index - 1);
    };
    return { go, close, goOn };
  }, [navigate, shelf, assetId, index]);
  const actions = useMemo(() => {
    const group = 'viewer:title';
    return [
      { id: 'viewer.before', label: 'viewer:before', group, keys: 'ArrowLeft', run: () => going.go(index - 1) },
      { id: 'viewer.next', label: 'viewer:next', group, keys: 'ArrowRight', run: () => going.go(index + 1) },
      { id: 'viewer.close', label: 'viewer:close', group, keys: 'Escape', run: going.close },
      { id: 'viewer.mat', label: 'viewer:actions.mat', group, keys: 'l', run: nextMat },
      { id: 'viewer.inspector', label: 'viewer:inspector', group, keys: 'i', run: toggleInspector },
    ];
  }, [going, index]);
  useActions(actions);
  return going;
}

/** The picture and what is known of it. Another picture is another room: it begins whole again. */
function Room({ asset, onSwipe, onFull }: { asset: AssetRead; onSwipe: (step: number) => void; onFull: () => void }) {
  const { t } = useTranslation('viewer');
  const { mat, hasInspector } = useMat();
  const [look, setLook] = useState<Look>(FIT);
  const [stage, setStage] = useState<Size>({ width: 0, height: 0 });
  const full = useRef(onFull);
  useEffect(() => {
    full.current = onFull;
  });
  const { width, height } = asset;
  const actions = useMemo(() => {
    const group = 'viewer:title';
    const picture = { width, height };
    const middle = { x: stage.width / 2, y: stage.height / 2 };
    return [
      { id: 'viewer.nearer', label: 'viewer:actions.nearer', group, keys: '=', run: () => setLook((from) => stepped(from, 1, stage, picture)) },
      { id: 'viewer.farther', label: 'viewer:actions.farther', group, keys: '-', run: () => setLook((from) => stepped(from, -1, stage, picture)) },
      { id: 'viewer.whole', label: 'viewer:actions.whole', group, keys: 'z', run: () => setLook(FIT) },
      { id: 'viewer.pixels', label: 'viewer:actions.pixels', group, keys: 'Shift+Z', run: () => setLook((from) => zoomedTo(from, trueZoom(stage, picture), middle, stage, picture)) },
      { id: 'viewer.full', label: 'viewer:fullScreen', group, keys: 'f', run: () => full.current() },
    ];
  }, [stage, width, height]);
  useActions(actions);
  const percent = stage.width > 0 ? Math.round((look.zoom / trueZoom(stage, { width, height })) * 100) : null;
  return (
    <div className="flex min-h-0 grow max-tablet:flex-col">
      <div className={cx('relative flex min-h-0 min-w-0 grow', MAT_LOOK[mat])}>
        <Stage asset={asset} look={look} onLook={setLook} onSize={setStage} onSwipe={onSwipe} label={promptOf(asset) ?? t('title')} className="m-4 grow max-tablet:m-0" />
        {percent !== null && look.zoom !== 1 && (
          <p role="status" className="pointer-events-none absolute right-3 bottom-3 rounded-control bg-black/75 px-2 py-0.5 font-mono text-small text-white">{`${percent} %`}</p>
        )}
      </div>
      {hasInspector && (
        <aside aria-label={t('inspector')} className="scroll-slim w-80 shrink-0 overflow-y-auto border-l border-line bg-surface max-tablet:h-[45%] max-tablet:w-full max-tablet:border-t max-tablet:border-l-0">
          <Inspector asset={asset} />
        </aside>
      )}
    </div>
  );
}
