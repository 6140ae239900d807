import { accessSync, constants, existsSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StorageError } from './storageErrors.ts';

/** Raised with each change of a table; older files are brought up step by step. */
export const databaseVersion = 1;

const schema = `
  CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS workspace (window TEXT PRIMARY KEY, layout TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS link (
    link_group INTEGER PRIMARY KEY, market TEXT NOT NULL, interval TEXT NOT NULL
  ) STRICT;
`;

const tables = ['setting', 'workspace', 'link'] as const;

export interface OpenedDatabase {
  readonly database: DatabaseSync;
  /** For a person: a file that could not be used, and where it lies now. */
  readonly notice: string | null;
}

/** `path` null: in memory. A damaged or newer file is set aside under another name and a new one is begun. */
export function openDatabase(path: string | null): OpenedDatabase {
  if (path === null) return { database: prepare(new DatabaseSync(':memory:')), notice: null };
  const problem = existsSync(path) ? problemOf(path) : null;
  if (problem === null) return { database: open(path), notice: null };
  const aside = setAside(path, problem.suffix);
  return {
    database: open(path),
    notice: `Saved settings and layouts ${problem.text}. The file was set aside as ${aside}; Truetape starts with defaults.`,
  };
}

function open(path: string): DatabaseSync {
  try {
    return prepare(new DatabaseSync(path));
  } catch (error) {
    throw new StorageError(`Settings and layouts cannot be stored in ${path}.`, error);
  }
}

function prepare(database: DatabaseSync): DatabaseSync {
  database.exec(
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 1000',
  );
  database.exec(schema);
  database.exec(`PRAGMA user_version = ${databaseVersion}`);
  return database;
}

interface FileProblem {
  readonly suffix: string;
  readonly text: string;
}

function problemOf(path: string): FileProblem | null {
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(path);
    const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
    if (version > databaseVersion) {
      return { suffix: `version-${version}`, text: 'were written by a newer version' };
    }
    const verdict = database.prepare('PRAGMA quick_check(1)').get()?.['quick_check'];
    if (verdict !== 'ok') return { suffix: 'damaged', text: 'are damaged' };
    database.exec(schema);
    // What the check lets pass may still not be there to read. Only then is it written to.
    for (const table of tables) database.prepare(`SELECT * FROM ${table}`).all();
    prepare(database);
    return null;
  } catch (error) {
    // What a disk, a lock or a permission refuses now is whole, and is there again next time.
    if (!isRefusedContent(error, path)) throw new StorageError(unreadable(path), error);
    return { suffix: 'damaged', text: 'are damaged' };
  } finally {
    database?.close();
  }
}

function unreadable(path: string): string {
  return `Saved settings and layouts in ${path} cannot be read now. They were left alone; free the disk or the file, then start again.`;
}

/** SQLite's ERROR, CORRUPT and NOTADB: the content itself is no use. */
const contentCodes: ReadonlySet<number> = new Set([1, 11, 26]);
/** The file ends before a page that it names. */
const shortRead = 522;
const readOnly = 8;

function isRefusedContent(error: unknown, path: string): boolean {
  if (!(error instanceof Error) || !('errcode' in error)) return false;
  const { errcode } = error;
  if (typeof errcode !== 'number') return false;
  // The upper bytes tell the case more closely.
  const primary = errcode & 0xff;
  // A file that we may write, and that forbids it by its own first page.
  if (primary === readOnly) return isWritable(path);
  return contentCodes.has(primary) || errcode === shortRead;
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    accessSync(dirname(path), constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function setAside(path: string, suffix: string): string {
  let count = 1;
  while (existsSync(`${path}.${suffix}-${count}`)) count += 1;
  const aside = `${path}.${suffix}-${count}`;
  try {
    for (const part of ['', '-wal', '-shm']) {
      if (existsSync(path + part)) renameSync(path + part, aside + part);
    }
  } catch (error) {
    throw new StorageError(`The unusable file ${path} cannot be set aside; move it away.`, error);
  }
  return aside;
}
