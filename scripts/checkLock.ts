import { readFileSync } from 'node:fs';
import { isRecord } from './json.ts';

/**
 * A registry that lags behind makes `npm install` drop other platforms' binary packages from the
 * lock without a word, and the next `npm ci` fails; a `resolved` address ties the lock to one registry.
 */
export function findLockFaults(lockText: string): readonly string[] {
  const lock: unknown = JSON.parse(lockText);
  const packages = isRecord(lock) ? lock['packages'] : undefined;
  if (!isRecord(packages)) return ['package-lock.json has no "packages".'];
  const faults: string[] = [];
  for (const [path, entry] of Object.entries(packages)) {
    if (!isRecord(entry)) continue;
    const name = path === '' ? 'the root package' : path;
    if (entry['resolved'] !== undefined) faults.push(`${name} has a "resolved" address.`);
    const optional = entry['optionalDependencies'];
    for (const dependency of isRecord(optional) ? Object.keys(optional) : []) {
      if (!isLocked(packages, path, dependency)) {
        faults.push(`${name} needs ${dependency} on some platform, and the lock lacks it.`);
      }
    }
  }
  return faults;
}

/** Looks where Node would: in the package's own node_modules, then in each folder above it. */
function isLocked(
  packages: Readonly<Record<string, unknown>>,
  path: string,
  name: string,
): boolean {
  let folder = path;
  for (;;) {
    const candidate = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (packages[candidate] !== undefined) return true;
    if (folder === '') return false;
    folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')));
  }
}

if (import.meta.main) {
  const faults = findLockFaults(
    readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'),
  );
  for (const fault of faults) process.stderr.write(`package-lock.json: ${fault}\n`);
  if (faults.length > 0) process.exitCode = 1;
}
