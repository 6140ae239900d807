import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ProfileInUseError, StorageError } from './storageErrors.ts';

export interface ProfileLock {
  /** Safe to call twice. */
  release(): void;
}

/**
 * Keeps a second desktop or gateway off the profile. The lock is SQLite's own on an otherwise empty file, so the operating
 * system gives it back however the process ends. Throws `ProfileInUseError` or `StorageError`.
 */
export function lockProfile(profile: string): ProfileLock {
  let database: DatabaseSync | null = null;
  try {
    createFolder(resolve(profile));
    database = new DatabaseSync(join(profile, 'lock.sqlite'));
    database.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE');
  } catch (error) {
    database?.close();
    if (error instanceof Error && /database is locked/.test(error.message)) {
      throw new ProfileInUseError(profile);
    }
    throw new StorageError(
      `The profile folder ${profile} cannot be written. Choose another with --profile.`,
      error,
    );
  }
  return {
    release() {
      database?.close();
      database = null;
    },
  };
}

/** Level by level: the recursive form of Node never returns on file systems that deny without an error it knows. */
function createFolder(folder: string): void {
  if (existsSync(folder)) return;
  createFolder(dirname(folder));
  mkdirSync(folder);
}
