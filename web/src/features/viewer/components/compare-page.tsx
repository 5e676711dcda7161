import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { EyeOff, X } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { type AssetRead, asProblem, listAssetsOptions } from '@/api';
import { promptOf } from '@/features/library';
import { useActions } from '@/lib/actions';
import { cx } from '@/lib/cx';
import { Button, IconButton } from '@/ui/button';
import { Empty, ErrorState, Loading } from '@/ui/state';

import { factsOf } from '../model/facts';
import { FIT, type Look } from '../model/look';
import { MAT_LOOK, nextMat, useMat } from '../model/mat';
import { surveyLook } from '../model/survey';
import { BlindVote } from './blind-vote';
import { Differences } from './differences';
import { Stage } from './stage';

const route = getRouteApi('/library/compare');
const MOST = 9;
const BLINK_MILLISECONDS = 900;
const MODES = ['side', 'slider', 'blink'] as const;
type Mode = (typeof MODES)[number] | 'survey';

/** Two pictures beside, over or after each other, looked at alike; up to nine to survey. */
export function ComparePage() {
  const { t } = useTranslation('viewer');
  const { ids: asked = '', mode: wished } = route.useSearch();
  const navigate = useNavigate();
  const ids = useMemo(() => [...new Set(asked.split(',').filter(Boolean))].slice(0, MOST), [asked]);
  const found = useQuery({ ...listAssetsOptions({ query: { ids, limit: MOST } }), enabled: ids.length > 0 });
  const assets = ids.map((id) => found.data?.items.find((asset) => asset.id === id)).filter((asset) => asset !== undefined);
  const mode: Mode = assets.length > 2 ? 'survey' : wished === 'survey' || wished === undefined ? 'side' : wished;
  const room = useRef<HTMLElement>(null);
  const [isBlind, setBlind] = useState(false);

  const actions = useMemo(() => {
    const group = 'viewer:compare.title';
    const close = () => void navigate({ to: '/library', search: ({ q, model, batch, sort, size }) => ({ q, model, batch, sort, size }) });
    const to = (next: Mode) => () => void navigate({ to: '/library/compare', search: (before) => ({ ...before, mode: next }), replace: true });
    return [
      { id: 'compare.close', label: 'viewer:close', group, keys: 'Escape', run: close },
      { id: 'compare.side', label: 'viewer:compare.modes.side', group, keys: '1', run: to('side') },
      { id: 'compare.slider', label: 'viewer:compare.modes.slider', group, keys: '2', run: to('slider') },
      { id: 'compare.blink', label: 'viewer:compare.modes.blink', group, keys: '3', run: to('blink') },
      { id: 'compare.mat', label: 'viewer:actions.mat', group, keys: 'l', run: nextMat },
    ];
  }, [navigate]);
  useActions(actions);
  useEffect(() => {
    const frame = requestAnimationFrame(() => room.current?.focus({ preventScroll: true }));
    return () => cancelAnimationFrame(frame);
  }, []);

  return (
    <section ref={room} tabIndex={-1} aria-label={t('compare.title')} className="absolute inset-0 z-20 flex animate-[appear_180ms] flex-col bg-surface outline-none">
      <title>{`${t('compare.title')} · Imageloom`}</title>
      <header className="flex min-h-12 shrink-0 flex-wrap items-center gap-2 px-3 py-1">
        <IconButton label={t('close')} onClick={actions[0]?.run}>
          <X aria-hidden="true" className="size-[18px]" />
        </IconButton>
        <h1 className="text-lead font-semibold">{t('compare.title')}</h1>
        {assets.length > 1 && (
          <Button size="small" className="ml-auto" aria-pressed={isBlind} icon={<EyeOff aria-hidden="true" className="size-3.5" />} onClick={() => setBlind(!isBlind)}>
            {t('compare.blind.open')}
          </Button>
        )}
        {assets.length === 2 && !isBlind && (
          <div role="radiogroup" aria-label={t('compare.mode')} className="flex rounded-control border border-line p-0.5">
            {MODES.map((name) => (
              <button
                key={name}
                type="button"
                role="radio"
                aria-checked={mode === name}
                onClick={() => void navigate({ to: '/library/compare', search: (before) => ({ ...before, mode: name }), replace: true })}
                className={cx('h-7 rounded-[4px] px-3 text-control max-tablet:h-10', mode === name ? 'bg-ink text-app' : 'text-ink2 hover:bg-hover')}
              >
                {t(`compare.modes.${name}`)}
              </button>
            ))}
          </div>
        )}
      </header>
      {isBlind && assets.length > 1 ? (
        <BlindVote assets={assets} onEnd={() => setBlind(false)} />
      ) : (
        <Content assets={assets} mode={mode} isLoading={found.isLoading} error={found.error} onRetry={() => void found.refetch()} />
      )}
    </section>
  );
}

interface ContentProps {
  assets: AssetRead[];
  mode: Mode;
  isLoading: boolean;
  error: unknown;
  onRetry: () => void;
}

function Content({ assets, mode, isLoading, error, onRetry }: ContentProps) {
  const { t } = useTranslation('viewer');
  const { mat } = useMat();
  const [look, setLook] = useState<Look>(FIT);
  if (isLoading) return <Loading />;
  if (error) return <ErrorState problem={asProblem(error)} onRetry={onRetry} />;
  if (assets.length < 2) return <Empty title={t('compare.few.title')}>{t('compare.few.text')}</Empty>;
  return (
    <>
      <div className={cx('relative flex min-h-0 grow', MAT_LOOK[mat])}>
        {mode === 'slider' ? (
          <Slider assets={assets} look={look} onLook={setLook} />
        ) : mode === 'blink' ? (
          <Blink assets={assets} look={look} onLook={setLook} />
        ) : (
          <Beside assets={assets} look={look} onLook={setLook} />
        )}
      </div>
      <Differences assets={assets} />
    </>
  );
}

interface ViewProps {
  assets: readonly AssetRead[];
  look: Look;
  onLook: (look: Look) => void;
}

function nameOf(asset: AssetRead, place: number): string {
  const frame = factsOf(asset).frame;
  return `${String.fromCodePoint(65 + place)}${frame === null ? '' : ` · ${String(frame).padStart(3, '0')}`}`;
}

function Beside({ assets, look, onLook }: ViewProps) {
  return (
    <div className={surveyLook(assets.length)}>
      {assets.map((asset, place) => (
        <figure key={asset.id} className="flex min-h-0 min-w-0 flex-col">
          <Stage asset={asset} look={look} onLook={onLook} label={promptOf(asset) ?? nameOf(asset, place)} className="grow" />
          <figcaption className="self-center rounded-control bg-surface px-2 py-0.5 font-mono text-meta text-ink2">{nameOf(asset, place)}</figcaption>
        </figure>
      ))}
    </div>
  );
}

/** The second lies over the first, and a line uncovers it. */
function Slider({ assets, look, onLook }: ViewProps) {
  const { t } = useTranslation('viewer');
  const [cut, setCut] = useState(50);
  const [first, second] = assets;
  if (!first || !second) return null;
  return (
    <div className="flex min-w-0 grow flex-col">
      <div className="relative min-h-0 grow">
        <Stage asset={first} look={look} onLook={onLook} label={promptOf(first) ?? nameOf(first, 0)} className="absolute! inset-0" />
        <Stage asset={second} look={look} onLook={onLook} label={promptOf(second) ?? nameOf(second, 1)} className="absolute! inset-0" cut={cut} />
        <span aria-hidden="true" className="pointer-events-none absolute inset-y-0 w-0.5 -translate-x-1/2 bg-signal" style={{ left: `${cut}%` }} />
      </div>
      <input
        type="range"
        min={0}
        max={100}
        value={cut}
        aria-label={t('compare.slider', { first: nameOf(first, 0), second: nameOf(second, 1) })}
        onChange={(event) => setCut(Number(event.target.value))}
        className="h-8 w-full bg-surface"
      />
    </div>
  );
}

/** One after the other in the same place. Whoever wants less motion turns by hand. */
function Blink({ assets, look, onLook }: ViewProps) {
  const { t } = useTranslation('viewer');
  const [place, setPlace] = useState(0);
  const [runs, setRuns] = useState(() => !matchMedia('(prefers-reduced-motion: reduce)').matches);
  useEffect(() => {
    if (!runs) return;
    const timer = setInterval(() => setPlace((before) => (before + 1) % assets.length), BLINK_MILLISECONDS);
    return () => clearInterval(timer);
  }, [runs, assets.length]);
  return (
    <div className="flex min-w-0 grow flex-col">
      <div className="relative min-h-0 grow">
        {assets.map((asset, at) => (
          <Stage key={asset.id} asset={asset} look={look} onLook={onLook} label={promptOf(asset) ?? nameOf(asset, at)} className={cx('absolute! inset-0', at !== place && 'invisible')} />
        ))}
      </div>
      <div className="flex items-center justify-center gap-3 bg-surface p-1">
        <span className="font-mono text-small">{assets[place] && nameOf(assets[place], place)}</span>
        <button
          type="button"
          className="h-8 rounded-control px-3 text-control text-ink2 hover:bg-hover max-tablet:h-11"
          onClick={() => {
            setRuns(false);
            setPlace((place + 1) % assets.length);
          }}
        >
          {t('compare.turn')}
        </button>
        <button type="button" aria-pressed={runs} className="h-8 rounded-control px-3 text-control text-ink2 hover:bg-hover max-tablet:h-11" onClick={() => setRuns(!runs)}>
          {t(runs ? 'compare.stop' : 'compare.start')}
        </button>
      </div>
    </div>
  );
}
