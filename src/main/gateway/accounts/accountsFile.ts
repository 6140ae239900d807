import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export const accountsFileName = 'accounts.db';

/** Raised with each change of a table. */
const accountsVersion = 1;
/** `TTac`: another program's file is never taken for ours. */
const applicationId = 0x54_54_61_63;

/** Of the file of accounts; `message` is for a person and says what to do. */
export class AccountsFileError extends Error {
  override readonly name = 'AccountsFileError';
}

// Times are epoch ms. An id of an account is random: one that is added again under its old name is another one.
const schema = `
  CREATE TABLE IF NOT EXISTS account (
    id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, password TEXT NOT NULL,
    created INTEGER NOT NULL, blocked INTEGER NOT NULL DEFAULT 0, last_login INTEGER
  ) STRICT;
  CREATE TABLE IF NOT EXISTS family (
    id TEXT PRIMARY KEY, account TEXT NOT NULL, started INTEGER NOT NULL, expires INTEGER NOT NULL,
    ended INTEGER
  ) STRICT;
  CREATE INDEX IF NOT EXISTS family_account ON family (account);
  CREATE TABLE IF NOT EXISTS refresh (
    digest TEXT PRIMARY KEY, family TEXT NOT NULL, expires INTEGER NOT NULL, used INTEGER
  ) STRICT;
  CREATE INDEX IF NOT EXISTS refresh_family ON refresh (family);
  CREATE TABLE IF NOT EXISTS revocation (
    number INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, family TEXT, time INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS identity (
    one INTEGER PRIMARY KEY CHECK (one = 1), issuer TEXT NOT NULL, private_key TEXT NOT NULL
  ) STRICT;
`;

const tables = ['account', 'family', 'refresh', 'revocation', 'identity'] as const;

/** Null: in memory. The running gateway and `truetape user` have it open at the same time. */
export function openAccountsFile(path: string | null): DatabaseSync {
  if (path === null) return prepare(new DatabaseSync(':memory:'));
  let database: DatabaseSync | null = null;
  try {
    createPrivately(path);
    database = new DatabaseSync(path);
    check(database, path);
    return prepare(database);
  } catch (error) {
    database?.close();
    if (error instanceof AccountsFileError) throw error;
    throw new AccountsFileError(adviceOn(error, path), { cause: error });
  }
}

/** SQLite gives the files beside it the mode of the main one, so it must be right before the first write. */
function createPrivately(path: string): void {
  createFolder(dirname(resolve(path)));
  if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600));
  chmodSync(path, 0o600);
}

/** Level by level: the recursive form of Node never returns on file systems that deny without an error it knows. */
function createFolder(folder: string): void {
  if (existsSync(folder)) return;
  createFolder(dirname(folder));
  mkdirSync(folder, { mode: 0o700 });
}

function check(database: DatabaseSync, path: string): void {
  database.exec('PRAGMA busy_timeout = 3000');
  const version = pragma(database, 'user_version');
  if (version === 0 && pragma(database, 'schema_version') === 0) return;
  if (pragma(database, 'application_id') !== applicationId)
    throw new AccountsFileError(damaged(path));
  if (version > accountsVersion) {
    throw new AccountsFileError(
      `The accounts in ${path} were written by a newer Truetape (format ${version}). ` +
        'Use that version, or another profile: --profile FOLDER.',
    );
  }
  const verdict = database.prepare('PRAGMA quick_check(1)').get()?.['quick_check'];
  if (verdict !== 'ok') throw new AccountsFileError(damaged(path));
  // What the check lets pass may still not be there to read.
  for (const table of tables) database.prepare(`SELECT * FROM ${table} LIMIT 1`).all();
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name] ?? 0);
}

/** A revocation that was answered is on the disk: synchronous = FULL. */
function prepare(database: DatabaseSync): DatabaseSync {
  database.exec('PRAGMA busy_timeout = 3000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  database.exec(`
    BEGIN IMMEDIATE; ${schema}
    PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${accountsVersion}; COMMIT;
  `);
  return database;
}

function damaged(path: string): string {
  return (
    `The accounts in ${path} are damaged. Put a copy of that file back, or move it away and add the users ` +
    'again: truetape user add NAME.'
  );
}

/** SQLite's ERROR, CORRUPT and NOTADB, and a file that ends too early: the content itself is no use. */
function adviceOn(error: unknown, path: string): string {
  const code = error instanceof Error && 'errcode' in error ? error.errcode : null;
  if (typeof code === 'number') {
    if ([1, 11, 26].includes(code & 0xff) || code === 522) return damaged(path);
    if ((code & 0xff) === 5)
      return `The accounts in ${path} are in use by another program; try again.`;
  }
  const reason = error instanceof Error ? error.message : String(error);
  return `The accounts in ${path} cannot be opened (${reason}). Check that the folder can be written.`;
}
