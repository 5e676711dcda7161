// Runs before the first paint, so that the page never flashes in another theme or language. Keep it in step with lib/preferences.ts.
(function () {
  var kept = {};
  try {
    kept = JSON.parse(localStorage.getItem('imageloom.preferences') || '{}');
  } catch {
    kept = {};
  }
  var dark = kept.theme === 'dark' || (kept.theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  document.documentElement.dataset.density = kept.density === 'compact' ? 'compact' : 'comfortable';
  var meta = document.querySelector('meta[name="theme-color"]');
  if (meta && dark) meta.setAttribute('content', '#111110');
})();
