/** Lets the page open without a network from the next visit on. Where browsers do not allow it, all else works. */
export function keepForOffline(): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  // After what the visitor waits for.
  if (document.readyState === 'complete') register();
  else addEventListener('load', register);
}

function register(): void {
  // Without a secure context, say over plain HTTP from another machine, a browser refuses.
  navigator.serviceWorker.register('/sw.js').catch(() => undefined);
}
