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
  plugins: [react(), tailwind(), packages(), offline(), squeeze()],
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
      output: { entryFileNames: (chunk) => (chunk.name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js') },
    },
  },
  server: { proxy: { '/api': server, '/v1': server, '/health': server, '/docs': server, '/openapi.json': server } },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.{ts,tsx}'],
    restoreMocks: true,
  },
});
