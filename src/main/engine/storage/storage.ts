import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import * as v from 'valibot';
import type { LinkState } from '../../../shared/values.ts';
import { isCandleInterval, parseMarketId } from '../../../shared/market.ts';
import type { Settings } from '../../../shared/settings.ts';
import { settingsSchema } from '../../../shared/settings.ts';
import { openDatabase } from './database.ts';
import { lockProfile } from './profileLock.ts';
import { StorageError } from './storageErrors.ts';

const maxWorkspaces = 200;

/** What outlives a run: settings, layouts of windows, link groups. Every method may throw `StorageError`. */
export interface Storage {
  /** For a person: what could not be used at the start. */
  readonly notices: readonly string[];
  loadSettings(): Settings;
  /** Unknown names and unusable values are left out; returns all settings as they are now. */
  changeSettings(changes: Readonly<Record<string, unknown>>): Settings;
  /** Null: nothing saved. */
  loadWorkspace(window: string): string | null;
  saveWorkspace(window: string, layout: string): void;
  loadLinks(): readonly LinkState[];
  saveLink(link: LinkState): void;
  /** Safe to call twice. */
  close(): void;
}

/** `profile` null: in memory, forgotten at the end. Throws `ProfileInUseError` when another instance has it. */
export function openStorage(profile: string | null): Storage {
  const lock = profile === null ? null : lockProfile(profile);
  try {
    const path = profile === null ? null : join(profile, 'truetape.sqlite');
    const { database, notice } = openDatabase(path);
    return new SqliteStorage(database, notice === null ? [] : [notice], () => lock?.release());
  } catch (error) {
    lock?.release();
    throw error;
  }
}

class SqliteStorage implements Storage {
  readonly notices: readonly string[];
  readonly #database: DatabaseSync;
  readonly #release: () => void;
  #isClosed = false;

  constructor(database: DatabaseSync, notices: readonly string[], release: () => void) {
    this.#database = database;
    this.notices = notices;
    this.#release = release;
  }

  loadSettings(): Settings {
    const rows = this.#read('SELECT name, value FROM setting');
    const stored = rows.flatMap((row) => {
      const value = parseJson(String(row['value']));
      return value === undefined ? [] : [[String(row['name']), value] as const];
    });
    return v.parse(settingsSchema, Object.fromEntries(stored));
  }

  changeSettings(changes: Readonly<Record<string, unknown>>): Settings {
    const names = Object.keys(settingsSchema.entries);
    const before = this.loadSettings();
    const after = v.parse(settingsSchema, { ...before, ...onlyNamed(changes, names) });
    const values = new Map<string, unknown>(Object.entries(after));
    for (const name of names) {
      if (!Object.hasOwn(changes, name)) continue;
      this.#write('INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)', [
        name,
        JSON.stringify(values.get(name)),
      ]);
    }
    return after;
  }

  loadWorkspace(window: string): string | null {
    const [row] = this.#read('SELECT layout FROM workspace WHERE window = ?', [window]);
    return row === undefined ? null : String(row['layout']);
  }

  saveWorkspace(window: string, layout: string): void {
    this.#write('INSERT OR REPLACE INTO workspace (window, layout) VALUES (?, ?)', [
      window,
      layout,
    ]);
    this.#write(
      `DELETE FROM workspace WHERE rowid NOT IN (SELECT rowid FROM workspace ORDER BY rowid DESC LIMIT ${maxWorkspaces})`,
      [],
    );
  }

  loadLinks(): readonly LinkState[] {
    return this.#read('SELECT link_group, market, interval FROM link ORDER BY link_group').flatMap(
      (row) => {
        const group = linkGroups.find((known) => known === row['link_group']);
        const market = String(row['market']);
        const interval = String(row['interval']);
        if (group === undefined || parseMarketId(market) === null) return [];
        return isCandleInterval(interval) ? [{ group, market, interval }] : [];
      },
    );
  }

  saveLink(link: LinkState): void {
    this.#write('INSERT OR REPLACE INTO link (link_group, market, interval) VALUES (?, ?, ?)', [
      link.group,
      link.market,
      link.interval,
    ]);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#database.close();
    this.#release();
  }

  #read(
    sql: string,
    values: readonly (string | number)[] = [],
  ): readonly Record<string, unknown>[] {
    try {
      return this.#database.prepare(sql).all(...values);
    } catch (error) {
      throw new StorageError('Saved settings and layouts cannot be read.', error);
    }
  }

  #write(sql: string, values: readonly (string | number)[]): void {
    try {
      this.#database.prepare(sql).run(...values);
    } catch (error) {
      throw new StorageError(
        'Settings and layouts cannot be saved: is the disk full or read-only?',
        error,
      );
    }
  }
}

const linkGroups = [1, 2, 3, 4] as const;

function onlyNamed(
  changes: Readonly<Record<string, unknown>>,
  names: readonly string[],
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(changes).filter(([name]) => names.includes(name)));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // One damaged value falls back to its default; the others stay.
    return undefined;
  }
}
