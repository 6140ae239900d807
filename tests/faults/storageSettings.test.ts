import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStorage } from '../../src/main/engine/storage/storage.ts';
import { ProfileInUseError } from '../../src/main/engine/storage/storageErrors.ts';
import { defaultSettings } from '../../src/shared/settings.ts';

const name = 'truetape.sqlite';
let root = '';
let saved = '';
let profiles = 0;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'truetape-settings-'));
  saved = join(root, 'saved');
  const storage = openStorage(saved);
  storage.changeSettings({ theme: 'light', scalePct: 150 });
  storage.saveWorkspace('main', JSON.stringify({ grid: 'x'.repeat(6_000) }));
  storage.saveLink({ group: 2, market: 'ETH-USDT', interval: '5m' });
  storage.close();
});
afterAll(() => rmSync(root, { recursive: true }));

/** A profile of its own with this content; what was in it before the start. */
function profileWith(content: Buffer): string {
  profiles += 1;
  const profile = join(root, `profile-${profiles}`);
  mkdirSync(profile);
  writeFileSync(join(profile, name), content);
  return profile;
}

/** The start succeeds; what it could not use lies beside, to the byte, and a new file works. */
function expectStart(content: Buffer, what: string): 'kept' | 'set aside' {
  const profile = profileWith(content);
  const storage = openStorage(profile);
  const { theme, scalePct } = storage.loadSettings();
  const aside = readdirSync(profile).filter(
    (each) => each.startsWith(`${name}.`) && !/-(wal|shm)$/.test(each),
  );
  if (aside.length > 0) {
    expect(storage.notices, what).toHaveLength(1);
    expect(storage.loadSettings(), what).toEqual(defaultSettings());
    expect(readFileSync(join(profile, aside[0] ?? '')).equals(content), what).toBe(true);
  } else {
    expect(['light', defaultSettings().theme], what).toContain(theme);
    expect([150, defaultSettings().scalePct], what).toContain(scalePct);
  }
  expect(storage.loadWorkspace('main') ?? 'none', what).toMatch(/^(none|\{"grid":"x+"\})$/);
  storage.changeSettings({ density: 'comfortable' });
  storage.saveWorkspace('main', 'new');
  storage.close();
  const again = openStorage(profile);
  expect(again.loadSettings().density, what).toBe('comfortable');
  expect(again.loadWorkspace('main'), what).toBe('new');
  expect(again.notices, what).toEqual([]);
  again.close();
  rmSync(profile, { recursive: true });
  return aside.length > 0 ? 'set aside' : 'kept';
}

test('[S06] cut anywhere, settings and layouts are set aside to the byte and the app starts', () => {
  const content = readFileSync(join(saved, name));
  const verdicts = new Set<string>();
  for (let length = 0; length < content.length; length += 509) {
    verdicts.add(expectStart(content.subarray(0, length), `cut at ${length}`));
  }
  expect(verdicts).toEqual(new Set(['kept', 'set aside']));
  expect(expectStart(content, 'whole')).toBe('kept');
});

test('[S06] a flipped bit anywhere never keeps the app from starting, nor shows a value that was not saved', () => {
  const content = readFileSync(join(saved, name));
  for (let at = 0; at < content.length; at += at < 100 ? 3 : 311) {
    const flipped = Buffer.from(content);
    flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
    const profile = profileWith(flipped);
    const storage = openStorage(profile);
    // A value may have become another valid one: SQLite has no checksums. It is never a broken one.
    expect(Object.keys(storage.loadSettings()), `byte ${at}`).toEqual(
      Object.keys(defaultSettings()),
    );
    expect(() => storage.loadLinks(), `byte ${at}`).not.toThrow();
    storage.close();
    rmSync(profile, { recursive: true });
  }
});

test.each([
  ['empty', Buffer.alloc(0)],
  ['of blanks', Buffer.alloc(5_000, 32)],
  ['JSON', Buffer.from('{"theme":"light"}')],
  ['half a header', Buffer.from('SQLite format 3\u0000')],
])('[S06] a settings file that is %s: the app starts and saves', (_what, content) => {
  expectStart(content, _what);
});

test('[S06] a file of a newer version is left to the newer one, under a name that says so', () => {
  const profile = profileWith(readFileSync(join(saved, name)));
  for (const version of [2, 99]) {
    const database = new DatabaseSync(join(profile, name));
    database.exec(`PRAGMA user_version = ${version}`);
    database.close();
    const storage = openStorage(profile);
    expect(storage.notices[0]).toContain('newer version');
    expect(existsSync(join(profile, `${name}.version-${version}-1`))).toBe(true);
    storage.close();
  }
});

test('[S06] hostile names and values among the settings and layouts are data, or left out', () => {
  const profile = profileWith(readFileSync(join(saved, name)));
  const database = new DatabaseSync(join(profile, name));
  const put = database.prepare('INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)');
  for (const [key, value] of [
    ['__proto__', '{"theme":"light","polluted":true}'],
    ['constructor', '{"prototype":{"polluted":true}}'],
    ['toString', '"x"'],
    ['scalePct', '1e999'],
    ['density', `"${'x'.repeat(100_000)}"`],
    ['takerFeeBps', '{"__proto__":{"polluted":true},"binance":-5}'],
    ['theme', '["light"]'],
  ] as const) {
    put.run(key, value);
  }
  const layout = '{"__proto__":{"polluted":true},"grid":"\u0000<script>"}';
  database
    .prepare('INSERT OR REPLACE INTO workspace (window, layout) VALUES (?, ?)')
    .run('__proto__', layout);
  database
    .prepare('INSERT OR REPLACE INTO link (link_group, market, interval) VALUES (?, ?, ?)')
    .run(3, '../etc', '5m');
  database.close();
  const storage = openStorage(profile);
  const settings = storage.loadSettings();
  expect(settings.theme).toBe(defaultSettings().theme);
  expect(settings.density).toBe(defaultSettings().density);
  expect(Object.keys(settings).sort()).toEqual(Object.keys(defaultSettings()).sort());
  expect('polluted' in {}).toBe(false);
  expect('polluted' in settings).toBe(false);
  expect(storage.loadWorkspace('__proto__')).toBe(layout);
  expect(storage.loadLinks()).toEqual([{ group: 2, market: 'ETH-USDT', interval: '5m' }]);
  storage.close();
});

test('[S07] a second program is kept off a profile that another one has open, and gets it when that one was killed', async () => {
  const profile = join(root, 'shared');
  const child = join(import.meta.dirname, '../support/storageChild.ts');
  const start = async () => {
    const running = spawn(process.execPath, [child, profile], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [text]: unknown[] = await once(running.stdout, 'data');
    return { running, said: String(text).trim() };
  };
  const first = await start();
  expect(first.said).toBe('opened');
  expect(() => openStorage(profile)).toThrow(ProfileInUseError);
  const second = await start();
  expect(second.said).toBe(
    `Another Truetape uses the profile ${profile}. Close it, or start this one with --profile OTHER.`,
  );
  first.running.kill('SIGKILL');
  await once(first.running, 'close');
  const after = openStorage(profile);
  expect(after.loadSettings().theme).toBe('light');
  after.close();
});
