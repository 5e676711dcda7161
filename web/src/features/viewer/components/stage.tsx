import { type PointerEvent, useEffect, useLayoutEffect, useRef, useState } from 'react';

import type { AssetRead } from '@/api';
import { cx } from '@/lib/cx';

import { type Look, panned, placed, type Size, toggled, trueZoom, zoomedTo } from '../model/look';

const WHEEL = 0.0022;
const SWIPE_PIXELS = 60;

export interface StageProps {
  asset: AssetRead;
  look: Look;
  onLook: (look: Look, stage: Size) => void;
  onSize?: (size: Size) => void;
  /** A finger that wipes over a picture that is whole: 1 for the next, -1 for the one before. */
  onSwipe?: (step: number) => void;
  label: string;
  className?: string;
  /** Cut off from the right, in percent, for the slider of a comparison. */
  cut?: number;
}

/** One picture on its mat. Nothing lies on it; wheel, pinch, drag and double click look nearer. */
export function Stage({ asset, look, onLook, onSize, onSwipe, label, className, cut }: StageProps) {
  const [node, setNode] = useState<HTMLDivElement | null>(null);
  const [stage, setStage] = useState<Size>({ width: 0, height: 0 });
  const now = useRef({ look, stage, onLook, onSize });
  useLayoutEffect(() => {
    now.current = { look, stage, onLook, onSize };
  });
  const picture = { width: asset.width, height: asset.height };
  const fingers = useFingers(picture, now, onSwipe);

  useLayoutEffect(() => {
    if (!node) return;
    const measure = () => {
      const size = { width: node.clientWidth, height: node.clientHeight };
      setStage(size);
      now.current.onSize?.(size);
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(node);
    return () => observer.disconnect();
  }, [node]);

  const { width, height } = asset;
  useEffect(() => {
    if (!node) return;
    // React listens to the wheel passively, and the page must not scroll meanwhile.
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      const box = node.getBoundingClientRect();
      const at = { x: event.clientX - box.left, y: event.clientY - box.top };
      const { look: from, stage: on, onLook: tell } = now.current;
      const turned = event.deltaY * (event.deltaMode === 1 ? 18 : 1) * (event.ctrlKey ? 4 : 1);
      tell(zoomedTo(from, from.zoom * Math.exp(-turned * WHEEL), at, on, { width, height }), on);
    };
    node.addEventListener('wheel', onWheel, { passive: false });
    return () => node.removeEventListener('wheel', onWheel);
  }, [node, width, height]);

  const box = placed(look, stage, picture);
  const isBlocky = look.zoom / trueZoom(stage, picture) >= 3;
  const place = { left: box.x, top: box.y, width: box.width, height: box.height };
  const isMovable = look.zoom > 1.001;
  return (
    // Keys do all that the pointer does: they are registered by whoever shows the stage.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <div
      ref={setNode}
      role="img"
      aria-label={label}
      className={cx('relative min-h-0 min-w-0 touch-none overflow-hidden select-none', isMovable && 'cursor-grab active:cursor-grabbing', className)}
      style={cut === undefined ? undefined : { clipPath: `inset(0 0 0 ${cut}%)` }}
      onDoubleClick={(event) => {
        const edge = event.currentTarget.getBoundingClientRect();
        onLook(toggled(look, { x: event.clientX - edge.left, y: event.clientY - edge.top }, stage, picture), stage);
      }}
      {...fingers}
    >
      {stage.width > 0 && (
        <>
          {asset.previews === 'done' && <img src={`/api/assets/${asset.id}/preview?size=512`} alt="" draggable={false} fetchPriority="high" className="absolute max-w-none" style={place} />}
          {asset.trouble === null && (
            <img key={asset.id} src={`/api/assets/${asset.id}/file`} alt="" draggable={false} fetchPriority="high" className={cx('absolute max-w-none', isBlocky && '[image-rendering:pixelated]')} style={place} />
          )}
        </>
      )}
    </div>
  );
}

interface Now {
  look: Look;
  stage: Size;
  onLook: (look: Look, stage: Size) => void;
}

/** One finger or the mouse moves the picture, two make it larger; one that wipes over a whole picture turns to another. */
function useFingers(picture: Size, now: React.RefObject<Now>, onSwipe?: (step: number) => void) {
  const down = useRef(new Map<number, { x: number; y: number }>());
  const start = useRef({ x: 0, y: 0 });

  const onPointerDown = (event: PointerEvent<HTMLElement>) => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    down.current.set(event.pointerId, { x: event.clientX, y: event.clientY });
    start.current = { x: event.clientX, y: event.clientY };
  };

  const onPointerMove = (event: PointerEvent<HTMLElement>) => {
    const before = down.current.get(event.pointerId);
    if (!before) return;
    const { look, stage, onLook } = now.current;
    const here = { x: event.clientX, y: event.clientY };
    const other = [...down.current.entries()].find(([id]) => id !== event.pointerId)?.[1];
    down.current.set(event.pointerId, here);
    if (!other) return onLook(panned(look, here.x - before.x, here.y - before.y, stage, picture), stage);
    const apart = (point: { x: number; y: number }) => Math.max(Math.hypot(point.x - other.x, point.y - other.y), 1);
    const edge = event.currentTarget.getBoundingClientRect();
    const middle = { x: (here.x + other.x) / 2 - edge.left, y: (here.y + other.y) / 2 - edge.top };
    onLook(zoomedTo(look, (look.zoom * apart(here)) / apart(before), middle, stage, picture), stage);
  };

  const onPointerUp = (event: PointerEvent<HTMLElement>) => {
    const wasAlone = down.current.size === 1;
    if (!down.current.delete(event.pointerId)) return;
    const [dx, dy] = [event.clientX - start.current.x, event.clientY - start.current.y];
    const isWhole = now.current.look.zoom <= 1.001;
    if (event.pointerType === 'touch' && wasAlone && isWhole && Math.abs(dx) > SWIPE_PIXELS && Math.abs(dx) > Math.abs(dy) * 1.5) {
      onSwipe?.(dx < 0 ? 1 : -1);
    }
  };
  const onPointerCancel = (event: PointerEvent<HTMLElement>) => void down.current.delete(event.pointerId);
  return { onPointerDown, onPointerMove, onPointerUp, onPointerCancel };
}
