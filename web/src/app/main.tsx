import './csp';
import '@/ui/tokens.css';

import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { makeQueryClient, setUpClient } from '@/api';
import { followPreferences } from '@/lib/preferences';

import { registerGoing } from './going';
import { listenToKeys } from './hotkeys';
import { startLanguages } from './i18n';
import { keepForOffline } from './offline';
import { Providers } from './providers';
import { fetchScreen } from './router';

async function start(root: HTMLElement): Promise<void> {
  const queries = makeQueryClient();
  setUpClient();
  fetchScreen(queries);
  followPreferences();
  await startLanguages();
  registerGoing();
  listenToKeys();
  keepForOffline();
  createRoot(root).render(
    <StrictMode>
      <Providers queries={queries} />
    </StrictMode>,
  );
}

const root = document.getElementById('root');
if (root) void start(root);
