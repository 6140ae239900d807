import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStorage } from '../../../../src/main/engine/storage/storage.ts';
import { ProfileInUseError } from '../../../../src/main/engine/storage/storageErrors.ts';
import { defaultSettings } from '../../../../src/shared/settings.ts';

let profile = '';
beforeEach(() => {
  profile = mkdtempSync(join(tmpdir(), 'truetape-storage-'));
});
afterEach(() => {
  rmSync(profile, { recursive: true, force: true });
});

test('settings, layouts and links outlive a run', () => {
  const first = openStorage(profile);
  first.changeSettings({ theme: 'light', takerFeeBps: { binance: 7.5 } });
  first.saveWorkspace('main', '{"grid":1}');
  first.saveLink({ group: 2, market: 'ETH-USDT', interval: '5m' });
  first.close();
  const second = openStorage(profile);
  expect(second.loadSettings()).toMatchObject({ theme: 'light', takerFeeBps: { binance: 7.5 } });
  expect(second.loadWorkspace('main')).toBe('{"grid":1}');
  expect(second.loadWorkspace('other')).toBeNull();
  expect(second.loadLinks()).toEqual([{ group: 2, market: 'ETH-USDT', interval: '5m' }]);
  second.close();
  second.close();
});

test('a second instance is refused while the first runs, and let in afterwards', () => {
  const first = openStorage(profile);
  expect(() => openStorage(profile)).toThrow(ProfileInUseError);
  first.close();
  openStorage(profile).close();
});

test('unknown names and unusable values change nothing', () => {
  const storage = openStorage(null);
  const hostile = JSON.parse(
    '{"__proto__":{"theme":"light"},"nope":1,"theme":"pink","scalePct":1e9}',
  );
  expect(storage.changeSettings(hostile)).toEqual(defaultSettings());
  expect(storage.changeSettings({ scalePct: 150 }).scalePct).toBe(150);
  storage.close();
});

test.each([
  ['empty', (path: string) => truncateSync(path, 0), false],
  ['cut short', (path: string) => truncateSync(path, 5_000), true],
  ['not a database', (path: string) => writeFileSync(path, 'x'.repeat(9_000)), true],
])('starts with defaults when the file is %s, and loses nothing', (_name, damage, isSetAside) => {
  const first = openStorage(profile);
  first.saveWorkspace('main', 'x'.repeat(20_000));
  first.close();
  damage(join(profile, 'truetape.sqlite'));
  const second = openStorage(profile);
  expect(second.loadSettings()).toEqual(defaultSettings());
  second.saveWorkspace('main', 'new');
  second.close();
  const aside = readdirSync(profile).filter((name) => name.includes('damaged'));
  expect(aside.length > 0).toBe(isSetAside);
  expect(second.notices).toHaveLength(isSetAside ? 1 : 0);
});

test('a file of a newer version is set aside untouched', () => {
  openStorage(profile).close();
  const database = new DatabaseSync(join(profile, 'truetape.sqlite'));
  database.exec('PRAGMA user_version = 99');
  database.close();
  const storage = openStorage(profile);
  expect(storage.notices[0]).toContain('newer version');
  storage.close();
  expect(readdirSync(profile)).toContain('truetape.sqlite.version-99-1');
});

test('one damaged value falls back to its default, the others stay', () => {
  const first = openStorage(profile);
  first.changeSettings({ theme: 'light', density: 'comfortable' });
  first.close();
  const database = new DatabaseSync(join(profile, 'truetape.sqlite'));
  database.exec(`UPDATE setting SET value = '{' WHERE name = 'theme'`);
  database.close();
  const second = openStorage(profile);
  expect(second.loadSettings()).toMatchObject({ theme: 'dark', density: 'comfortable' });
  second.close();
});

test.runIf(process.platform === 'linux')('a folder that cannot be made is one clear line', () => {
  expect(() => openStorage('/proc/nope/deeper')).toThrow('cannot be written');
});
