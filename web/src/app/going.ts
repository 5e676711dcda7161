import { register } from '@/lib/actions';
import { prefer, usePreferences } from '@/lib/preferences';

import { router } from './router';
import { show } from './shell/shown';

/** What can be done from every screen. */
export function registerGoing(): void {
  const go = (to: '/create' | '/batches' | '/library' | '/models' | '/settings') => () => void router.navigate({ to });
  register([
    { id: 'palette', label: 'app:actions.palette', group: 'app:groups.everywhere', keys: '$mod+k', whileTyping: true, hidden: true, run: () => show('palette') },
    { id: 'keys', label: 'app:actions.keys', group: 'app:groups.everywhere', keys: 'Shift+?', run: () => show('keys') },
    { id: 'theme', label: 'app:actions.theme', group: 'app:groups.everywhere', keys: 'Shift+T', run: turnTheme },
    { id: 'go.create', label: 'app:actions.goCreate', group: 'app:groups.go', keys: 'g c', run: go('/create') },
    { id: 'go.batches', label: 'app:actions.goBatches', group: 'app:groups.go', keys: 'g b', run: go('/batches') },
    { id: 'go.library', label: 'app:actions.goLibrary', group: 'app:groups.go', keys: 'g l', run: go('/library') },
    { id: 'go.models', label: 'app:actions.goModels', group: 'app:groups.go', keys: 'g m', run: go('/models') },
    { id: 'go.settings', label: 'app:actions.goSettings', group: 'app:groups.go', keys: 'g s', run: go('/settings') },
  ]);
}

function turnTheme(): void {
  const next = { auto: 'light', light: 'dark', dark: 'auto' } as const;
  prefer({ theme: next[usePreferences.getState().theme] });
}
