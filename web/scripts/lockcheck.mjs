// Registries may lag with the binaries of other platforms, and npm then leaves them out of the lock without a word:
// `npm ci` would fail on those platforms. Every optional package that a package names must stand in the lock. Nor may
// the lock name the registry that it was written behind.
import { readFileSync } from 'node:fs';

const lock = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'));
const names = new Set(Object.keys(lock.packages).map((path) => path.split('node_modules/').at(-1)));
let seen = 0;
const missing = [];
const hosts = [];
for (const [path, entry] of Object.entries(lock.packages)) {
  if (entry.resolved) hosts.push(path);
  for (const optional of Object.keys(entry.optionalDependencies ?? {})) {
    seen += 1;
    if (!names.has(optional)) missing.push(`${path} wants ${optional}`);
  }
}
if (seen === 0) throw new Error('No optional package was found: this check saw nothing.');
for (const line of missing) console.log(`MISSING  ${line}`);
for (const path of hosts) console.log(`HOST  ${path} names a registry`);
console.log(`${names.size} packages, ${seen} optional ones, ${missing.length} missing, ${hosts.length} with a host.`);
process.exitCode = missing.length + hosts.length > 0 ? 1 : 0;
