// What a visitor loads before the page is there, and what each place adds: both have a limit, in kilobytes of gzip.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const PAGE = process.env.PAGE_OUT ?? join(import.meta.dirname, '../../src/imageloom/page');
const LIMITS = { 'initial js': 170, 'initial css': 15, route: 120 };

const manifest = JSON.parse(readFileSync(join(PAGE, '.vite/manifest.json'), 'utf8'));
const weigh = (file) => gzipSync(readFileSync(join(PAGE, file)), { level: 9 }).length / 1024;

function closure(name, seen = new Set()) {
  if (seen.has(name)) return seen;
  seen.add(name);
  for (const next of manifest[name].imports ?? []) closure(next, seen);
  return seen;
}

const sum = (files) => [...new Set(files)].reduce((total, file) => total + weigh(file), 0);
const entry = 'index.html';
const initial = closure(entry);
const scripts = [...initial].map((name) => manifest[name].file);
const styles = [...initial].flatMap((name) => manifest[name].css ?? []);

const found = [
  ['initial js', 'initial js', sum(scripts)],
  ['initial css', 'initial css', sum(styles)],
];
for (const name of Object.keys(manifest)) {
  if (!/src\/features\/.*-page\.tsx$/.test(name)) continue;
  const own = [...closure(name)].filter((part) => !initial.has(part)).map((part) => manifest[part].file);
  found.push([name.replace(/^.*features\//, ''), 'route', sum(own)]);
}
if (found.length < 3) throw new Error('No place of the page was found: this check saw nothing.');

let isOver = false;
for (const [name, kind, size] of found) {
  const over = size > LIMITS[kind];
  isOver ||= over;
  console.log(`${over ? 'OVER ' : '     '}${size.toFixed(1).padStart(7)} of ${LIMITS[kind]} KB  ${name}`);
}
console.log(`${found.length} parts weighed, initial ${found[0][2].toFixed(1)} KB js and ${found[1][2].toFixed(1)} KB css.`);
process.exitCode = isOver ? 1 : 0;
