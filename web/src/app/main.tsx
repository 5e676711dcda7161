import './csp';
import '@/ui/tokens.css';

import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { makeQueryClient, setUpClient } from '@/api';
import { followPreferences } from '@/lib/preferences';

import { registerGoing } from './going';
import { listenToKeys } from './hotkeys';
import { learnSayings, startLanguages } from './i18n';
import { keepForOffline } from './offline';
import { Providers } from './providers';
import { fetchScreen } from './router';

/** A screen that comes in this time after the words is drawn at once; for a slower one the shell is drawn first. */
const FIRST_SCREEN_MILLISECONDS = 500;

const within = (milliseconds: number, wish: Promise<unknown>) => Promise.race([wish, new Promise((resolve) => setTimeout(resolve, milliseconds))]);

async function start(root: HTMLElement): Promise<void> {
  const queries = makeQueryClient();
  setUpClient();
  const words = startLanguages();
  const screen = fetchScreen(queries, words);
  followPreferences();
  await words;
  await within(FIRST_SCREEN_MILLISECONDS, screen);
  registerGoing();
  listenToKeys();
  keepForOffline();
  createRoot(root).render(
    <StrictMode>
      <Providers queries={queries} />
    </StrictMode>,
  );
  void learnSayings();
}

const root = document.getElementById('root');
if (root) void start(root);
