import { usePreferences } from '@/lib/preferences';

export { askDesktop, type Desktop, desktopNow, onDesktop } from './desktop';
export { playTone } from './tone';

/** Goes where a notice leads that was clicked, when the page's worker says so. What is returned stops it. */
export function followClicks(go: (to: string) => void): () => void {
  const worker = navigator.serviceWorker as ServiceWorkerContainer | undefined;
  const hear = ({ data, ports }: MessageEvent<{ to?: string }>) => {
    if (typeof data.to !== 'string') return;
    ports[0]?.postMessage('taken');
    go(data.to);
  };
  worker?.addEventListener('message', hear);
  return () => worker?.removeEventListener('message', hear);
}

/** Tells what becomes of one's batches while that is wished for. Loaded only then. What is returned stops it. */
export function followNews(go: (to: string) => void): () => void {
  let stop: (() => void) | undefined;
  let isOver = false;
  const follow = async () => {
    const { desktop, sound } = usePreferences.getState();
    if (!desktop && !sound) {
      stop?.();
      stop = undefined;
    } else if (!stop) {
      stop = () => undefined;
      const { watch } = await import('./watching');
      const { desktop: still, sound: loud } = usePreferences.getState();
      stop = !isOver && (still || loud) ? watch(go) : undefined;
    }
  };
  const quit = usePreferences.subscribe(() => void follow());
  void follow();
  return () => {
    isOver = true;
    quit();
    stop?.();
  };
}
