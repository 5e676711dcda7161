import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import tailwind from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

const SQUEEZED = /\.(?:js|css|svg|html|json|wasm|webmanifest)$/;
const SMALLEST_BYTES = 512;

/** Writes `x.js.br` and `x.js.gz` beside `x.js`, so that the server sends them as they are. */
function squeeze(): Plugin {
  return {
    name: 'squeeze',
    apply: 'build',
    writeBundle(options) {
      for (const path of files(options.dir ?? 'dist')) {
        if (!SQUEEZED.test(path) || statSync(path).size < SMALLEST_BYTES) continue;
        const bytes = readFileSync(path);
        writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
        writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 10 } }));
      }
    },
  };
}

/** What the page is made with, from the lock: `virtual:packages` lists what is delivered, with its licence. */
function packages(): Plugin {
  const lock = fileURLToPath(new URL('./package-lock.json', import.meta.url));
  return {
    name: 'packages',
    resolveId: (id) => (id === 'virtual:packages' ? `\0${id}` : undefined),
    load(id) {
      if (id !== '\0virtual:packages') return undefined;
      const locked = JSON.parse(readFileSync(lock, 'utf8')) as { packages: Record<string, Locked> };
      const shown = Object.entries(locked.packages)
        .filter(([place, entry]) => place !== '' && !entry.dev && !entry.optional && !entry.peer)
        .map(([place, { version, license }]) => ({ name: place.split('node_modules/').at(-1) ?? place, version, licence: license ?? '?' }));
      const once = [...new Map(shown.map((entry) => [entry.name, entry])).values()];
      return `export default ${JSON.stringify(once.toSorted((one, other) => one.name.localeCompare(other.name)))}`;
    },
  };
}

const NAMES_HERE = '__FILES_OF_THE_PAGE__';
/** Fonts of scripts that a visitor may never read come when they are needed. */
const LEFT_OUT = /\.(?:map|txt|html)$|(?:cyrillic|vietnamese|greek|latin-ext|noto).*\.woff2$/;

/** Tells the worker that keeps the page for offline what the page consists of, and which edition of it this is. */
function offline(): Plugin {
  return {
    name: 'offline',
    apply: 'build',
    generateBundle(_options, bundle) {
      const worker = bundle['sw.js'];
      if (worker?.type !== 'chunk') throw new Error('The worker for offline is not there.');
      const built = Object.keys(bundle).filter((name) => name.startsWith('assets/') && !LEFT_OUT.test(name));
      const names = [...built.map((name) => `/${name}`).toSorted(), '/boot.js', '/icon.svg', '/icon-192.png', '/manifest.webmanifest'];
      const edition = createHash('sha256').update(names.join()).update(readFileSync('index.html')).update(readFileSync('public/boot.js')).digest('hex').slice(0, 16);
      worker.code = worker.code.replace(NAMES_HERE, JSON.stringify([edition, ...names]));
    },
  };
}

const SCREENS_HERE = '__FILES_OF_SCREENS__';
/** Screens that are found by their addresses alone. */
const SCREEN = /^src\/features\/([a-z]+)\/components\/(\1|batch)-page\.tsx$/;

interface Built {
  file: string;
  name?: string;
  imports?: string[];
  css?: string[];
}

/** Tells boot.js which files each screen and each language needs, so that they are asked for at once and not one after another. */
function atOnce(): Plugin {
  return {
    name: 'at-once',
    apply: 'build',
    writeBundle(options) {
      const folder = options.dir ?? 'dist';
      const built = JSON.parse(readFileSync(join(folder, '.vite/manifest.json'), 'utf8')) as Record<string, Built>;
      const place = join(folder, 'boot.js');
      writeFileSync(place, readFileSync(place, 'utf8').replace(`'${SCREENS_HERE}'`, JSON.stringify(neededBy(built))));
    },
  };
}

function neededBy(built: Record<string, Built>): { screens: Record<string, string[]>; words: Record<string, string> } {
  const closure = (name: string, seen = new Set<string>()): Set<string> => {
    if (seen.has(name)) return seen;
    seen.add(name);
    for (const next of built[name]?.imports ?? []) closure(next, seen);
    return seen;
  };
  const first = closure('index.html');
  const screens: Record<string, string[]> = {};
  const words: Record<string, string> = {};
  for (const name of Object.keys(built)) {
    const [, feature, screen] = SCREEN.exec(name) ?? [];
    const language = /^words-(.+)$/.exec(built[name]?.name ?? '')?.[1];
    if (screen) screens[`${feature}/${screen}`] = [...closure(name)].filter((part) => !first.has(part)).map((part) => `/${built[part]?.file}`);
    if (language) words[language] = `/${built[name]?.file}`;
  }
  return { screens, words };
}

const WORKER = /src\/workers\/|src\/lib\/kept\.ts/;

/** Few files: a browser asks a server for six at a time, and each costs a way there and back. The worker for offline stands alone. */
const FEW = [
  { name: 'start', tags: ['$initial' as const], test: (id: string) => !WORKER.test(id), priority: 3 },
  { name: (id: string) => `words-${/locales\/([\w-]+)\.json$/.exec(id)?.[1]}`, test: /src\/.*\/locales\/[\w-]+\.json$/, priority: 2 },
  // What most screens draw with: first what needs nothing else, then what lies over the page, which signing in does without.
  { name: 'plain', test: /node_modules\/(?:lucide-react|@tanstack\/(?:react-)?query)|src\/(?:api|lib|ui\/(?:about|badge|button|cx|field|look|mark|notice|page|state|table|toast))\b/, minShareCount: 2, priority: 2 },
  { name: 'kit', test: /node_modules\/@(?:base-ui|floating-ui)\/|src\/ui\//, minShareCount: 2, priority: 1 },
];

interface Locked {
  version: string;
  license?: string;
  dev?: boolean;
  optional?: boolean;
  peer?: boolean;
}

function files(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

const server = process.env.IMAGELOOM_URL ?? 'http://127.0.0.1:5000';

export default defineConfig({
  plugins: [react(), tailwind(), packages(), offline(), atOnce(), squeeze()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    outDir: process.env.PAGE_OUT ?? '../src/imageloom/page',
    emptyOutDir: true,
    target: 'es2022',
    manifest: true,
    // Nothing inline: the page's rules allow no data: address for scripts, styles and fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      input: { main: 'index.html', sw: 'src/workers/offline.ts' },
      // A worker rules over the paths beside its own file.
      output: {
        entryFileNames: (chunk) => (chunk.name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js'),
        codeSplitting: { groups: FEW },
      },
    },
  },
  server: { proxy: { '/api': server, '/v1': server, '/health': server, '/docs': server, '/openapi.json': server } },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.{ts,tsx}'],
    restoreMocks: true,
  },
});
