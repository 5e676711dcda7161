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

  // The build puts in what each screen and each language needs: all is asked for at once, and not one after another.
  var needs = '__FILES_OF_SCREENS__';
  if (!needs.screens) return;
  var parts = location.pathname.split('/');
  var first = parts[1] || 'create';
  var shown = [first === 'batches' && parts.length === 3 ? 'batches/batch' : first + '/' + first];
  if (first === 'library' && parts[2] === 'i') shown.push('viewer/viewer');
  var language = kept.locale;
  navigator.languages.forEach(function (tag) {
    var found = { zh: 'zh-TW', ja: 'ja', en: 'en' }[tag.toLowerCase().split('-')[0]];
    language = language || found;
  });
  var files = [needs.words[language || 'en']];
  shown.forEach(function (screen) {
    files = files.concat(needs.screens[screen] || []);
  });
  files.forEach(function (file, place) {
    if (files.indexOf(file) < place) return;
    var link = document.createElement('link');
    link.rel = 'modulepreload';
    link.crossOrigin = '';
    link.href = file;
    document.head.append(link);
  });
})();
