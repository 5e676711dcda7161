// What a visitor loads before the page is there, and what each place adds: both have limits, in kilobytes of gzip and in files.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const PAGE = process.env.PAGE_OUT ?? join(import.meta.dirname, '../../src/imageloom/page');
const LIMITS = { 'initial js': 170, 'initial css': 15, route: 120 };
/** A browser asks a server for six files at a time. */
const FILES = { 'initial js': 3, 'initial css': 1, route: 10 };

const manifest = JSON.parse(readFileSync(join(PAGE, '.vite/manifest.json'), 'utf8'));
const weigh = (file) => gzipSync(readFileSync(join(PAGE, file)), { level: 9 }).length / 1024;

function closure(name, seen = new Set()) {
  if (seen.has(name)) return seen;
  seen.add(name);
  for (const next of manifest[name].imports ?? []) closure(next, seen);
  return seen;
}

const sum = (files) => [...new Set(files)].reduce((total, file) => total + weigh(file), 0);
const part = (name, kind, files) => [name, kind, sum(files), new Set(files).size];
const entry = 'index.html';
const initial = closure(entry);
const scripts = [...initial].map((name) => manifest[name].file);
const styles = [...initial].flatMap((name) => manifest[name].css ?? []);

const found = [
  part('initial js', 'initial js', scripts),
  part('initial css', 'initial css', styles),
];
for (const name of Object.keys(manifest)) {
  if (!/src\/features\/.*-page\.tsx$/.test(name)) continue;
  const own = [...closure(name)].filter((one) => !initial.has(one)).map((one) => manifest[one].file);
  found.push(part(name.replace(/^.*features\//, ''), 'route', own));
}
if (found.length < 3) throw new Error('No place of the page was found: this check saw nothing.');

let isOver = false;
for (const [name, kind, size, files] of found) {
  const over = size > LIMITS[kind] || files > FILES[kind];
  isOver ||= over;
  console.log(`${over ? 'OVER ' : '     '}${size.toFixed(1).padStart(7)} of ${LIMITS[kind]} KB, ${files} of ${FILES[kind]} files  ${name}`);
}

// What boot.js asks for at once.
const boot = readFileSync(join(PAGE, 'boot.js'), 'utf8');
const create = [...closure('src/features/create/components/create-page.tsx')].filter((name) => !initial.has(name)).map((name) => manifest[name].file);
const words = Object.values(manifest).filter((one) => one.name?.startsWith('words-')).map((one) => one.file);
const forgotten = [...create, ...words].filter((file) => !boot.includes(`/${file}`));
if (forgotten.length > 0 || words.length < 3) throw new Error(`boot.js does not ask for ${forgotten.join(', ') || 'words'}.`);
console.log(`${found.length} parts weighed, initial ${found[0][2].toFixed(1)} KB js and ${found[1][2].toFixed(1)} KB css.`);
process.exitCode = isOver ? 1 : 0;
