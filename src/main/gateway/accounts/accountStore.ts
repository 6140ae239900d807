import { createHash, randomBytes } from 'node:crypto';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { EpochMs } from '../../../shared/market.ts';
import type { Revocation } from './access.ts';
import { openAccountsFile } from './accountsFile.ts';

export interface Account {
  readonly id: string;
  readonly name: string;
  /** As `passwords.ts` writes it. */
  readonly password: string;
  readonly createdTime: EpochMs;
  /** Logins are refused until a new password is set. */
  readonly isBlocked: boolean;
  readonly lastLoginTime: EpochMs | null;
}

export interface RefreshGrant {
  readonly account: Account;
  readonly family: string;
  readonly refreshToken: string;
  readonly expiresTime: EpochMs;
}

type RefreshOutcome =
  | { readonly type: 'renewed'; readonly grant: RefreshGrant }
  | { readonly type: 'unknown' | 'expired' | 'ended' }
  /** It had been used before: somebody else has it. All of this login is ended by now. */
  | { readonly type: 'reused'; readonly name: string; readonly family: string };

type FamilyState = 'valid' | 'unknown' | 'ended' | 'foreign';

/** Rows that nobody can need any more go after this. */
const keptMs = 7 * 86_400_000;

/** Users, logins (families of refresh tokens) and revocations, in one file that several processes share. */
export class AccountStore {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(path: string | null) {
    this.#database = openAccountsFile(path);
  }

  account(name: string): Account | null {
    return this.#accountWhere('name', name);
  }

  accountById(id: string): Account | null {
    return this.#accountWhere('id', id);
  }

  accounts(): readonly Account[] {
    return this.#run(`${accountQuery} ORDER BY name`).all().map(parseAccount);
  }

  hasAccounts(): boolean {
    return this.#run('SELECT 1 FROM account LIMIT 1').get() !== undefined;
  }

  /** False when the name is taken. */
  addAccount(name: string, password: string, time: EpochMs): boolean {
    const { changes } = this.#run(
      'INSERT OR IGNORE INTO account (id, name, password, created) VALUES (?, ?, ?, ?)',
    ).run(randomBytes(12).toString('base64url'), name, password, time);
    return changes === 1;
  }

  /** Ends all logins, and lets a blocked user in again. False: there is no such user. */
  setPassword(name: string, password: string, time: EpochMs): boolean {
    return this.#inTransaction(() => {
      const { changes } = this.#run(
        'UPDATE account SET password = ?, blocked = 0 WHERE name = ?',
      ).run(password, name);
      return changes === 1 && this.#endAll(name, time) >= 0;
    });
  }

  /** How many logins were ended; null: there is no such user. */
  revokeUser(name: string, time: EpochMs, options: { readonly block: boolean }): number | null {
    return this.#inTransaction(() => {
      const isBlocked = options.block ? 1 : 0;
      const { changes } = this.#run(
        'UPDATE account SET blocked = max(blocked, ?) WHERE name = ?',
      ).run(isBlocked, name);
      return changes === 1 ? this.#endAll(name, time) : null;
    });
  }

  removeAccount(name: string, time: EpochMs): boolean {
    return this.#inTransaction(() => {
      this.#endAll(name, time);
      return this.#run('DELETE FROM account WHERE name = ?').run(name).changes === 1;
    });
  }

  startFamily(account: Account, time: EpochMs, expiresTime: EpochMs): RefreshGrant {
    const family = randomBytes(16).toString('base64url');
    return this.#inTransaction(() => {
      this.#prune(time);
      this.#run('INSERT INTO family (id, account, started, expires) VALUES (?, ?, ?, ?)').run(
        family,
        account.id,
        time,
        expiresTime,
      );
      this.#run('UPDATE account SET last_login = ? WHERE id = ?').run(time, account.id);
      return this.#grant(account, family, expiresTime);
    });
  }

  /** Each refresh token works once; the second use ends its whole family. */
  useRefreshToken(token: string, time: EpochMs, expiresTime: EpochMs): RefreshOutcome {
    const digest = digestOf(token);
    return this.#inTransaction((): RefreshOutcome => {
      const row = this.#run('SELECT family, expires, used FROM refresh WHERE digest = ?').get(
        digest,
      );
      if (row === undefined) return { type: 'unknown' };
      const family = String(row['family']);
      const owner = this.#run('SELECT account, ended FROM family WHERE id = ?').get(family);
      const account = owner === undefined ? null : this.accountById(String(owner['account']));
      if (account === null) return { type: 'ended' };
      if (row['used'] !== null) {
        this.#endFamily(account.name, family, time);
        return { type: 'reused', name: account.name, family };
      }
      if (owner?.['ended'] !== null || account.isBlocked) return { type: 'ended' };
      if (Number(row['expires']) <= time) return { type: 'expired' };
      this.#run('UPDATE refresh SET used = ? WHERE digest = ?').run(time, digest);
      this.#run('UPDATE family SET expires = ? WHERE id = ?').run(expiresTime, family);
      return { type: 'renewed', grant: this.#grant(account, family, expiresTime) };
    });
  }

  /** The login that a refresh token belongs to, used or not. */
  familyOfToken(token: string): Revocation | null {
    const row = this.#run(
      `SELECT account.name, family.id FROM refresh JOIN family ON family.id = refresh.family
       JOIN account ON account.id = family.account WHERE refresh.digest = ?`,
    ).get(digestOf(token));
    return row === undefined ? null : { user: String(row['name']), family: String(row['id']) };
  }

  familyState(family: string, account: Account): FamilyState {
    const row = this.#run('SELECT account, ended FROM family WHERE id = ?').get(family);
    if (row === undefined) return 'unknown';
    if (row['account'] !== account.id) return 'foreign';
    return row['ended'] === null ? 'valid' : 'ended';
  }

  endFamily(name: string, family: string, time: EpochMs): void {
    this.#inTransaction(() => this.#endFamily(name, family, time));
  }

  /** Another gateway has announced it already; logins of after it go on. */
  endWithoutNote({ user, family }: Revocation, time: EpochMs): void {
    this.#run(
      `UPDATE family SET ended = ? WHERE ended IS NULL AND id = coalesce(?, id) AND started <= ?
       AND account = (SELECT id FROM account WHERE name = ?)`,
    ).run(time, family, time, user);
  }

  lastRevocation(): number {
    return Number(this.#run('SELECT max(number) AS last FROM revocation').get()?.['last'] ?? 0);
  }

  /** What was revoked after `number`, by whichever process, in order. */
  revocationsAfter(number: number): readonly (Revocation & {
    readonly number: number;
    readonly time: EpochMs;
  })[] {
    return this.#run(
      'SELECT number, name, family, time FROM revocation WHERE number > ? ORDER BY number',
    )
      .all(number)
      .map((row) => ({
        number: Number(row['number']),
        time: Number(row['time']),
        user: String(row['name']),
        family: row['family'] === null ? null : String(row['family']),
      }));
  }

  /** Of the first process that asks; every later one gets the same. */
  identity(make: () => { readonly issuer: string; readonly privateKey: string }): {
    readonly issuer: string;
    readonly privateKey: string;
  } {
    return this.#inTransaction(() => {
      const query = 'SELECT issuer, private_key FROM identity WHERE one = 1';
      const row = this.#run(query).get();
      if (row !== undefined) {
        return { issuer: String(row['issuer']), privateKey: String(row['private_key']) };
      }
      const made = make();
      this.#run('INSERT INTO identity (one, issuer, private_key) VALUES (1, ?, ?)').run(
        made.issuer,
        made.privateKey,
      );
      return made;
    });
  }

  close(): void {
    this.#statements.clear();
    if (this.#database.isOpen) this.#database.close();
  }

  #accountWhere(column: 'id' | 'name', value: string): Account | null {
    const row = this.#run(`${accountQuery} WHERE ${column} = ?`).get(value);
    return row === undefined ? null : parseAccount(row);
  }

  #grant(account: Account, family: string, expiresTime: EpochMs): RefreshGrant {
    const refreshToken = randomBytes(32).toString('base64url');
    this.#run('INSERT INTO refresh (digest, family, expires) VALUES (?, ?, ?)').run(
      digestOf(refreshToken),
      family,
      expiresTime,
    );
    return { account, family, refreshToken, expiresTime };
  }

  #endAll(name: string, time: EpochMs): number {
    const { changes } = this.#run(
      `UPDATE family SET ended = ? WHERE ended IS NULL AND expires > ?
       AND account = (SELECT id FROM account WHERE name = ?)`,
    ).run(time, time, name);
    this.#noteRevocation(name, null, time);
    return Number(changes);
  }

  #endFamily(name: string, family: string, time: EpochMs): void {
    const { changes } = this.#run('UPDATE family SET ended = ? WHERE id = ? AND ended IS NULL').run(
      time,
      family,
    );
    if (changes === 1) this.#noteRevocation(name, family, time);
  }

  #noteRevocation(name: string, family: string | null, time: EpochMs): void {
    this.#run('INSERT INTO revocation (name, family, time) VALUES (?, ?, ?)').run(
      name,
      family,
      time,
    );
  }

  /** A family outlives its last access token, so that no token is of a login which is unknown. */
  #prune(time: EpochMs): void {
    const oldest = time - keptMs;
    this.#run('DELETE FROM refresh WHERE family IN (SELECT id FROM family WHERE expires < ?)').run(
      oldest,
    );
    this.#run('DELETE FROM family WHERE expires < ?').run(oldest);
    // The newest stays, so that numbers go on.
    this.#run(
      'DELETE FROM revocation WHERE time < ? AND number < (SELECT max(number) FROM revocation)',
    ).run(oldest);
  }

  #inTransaction<T>(run: () => T): T {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const result = run();
      this.#database.exec('COMMIT');
      return result;
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  #run(query: string): StatementSync {
    let statement = this.#statements.get(query);
    if (statement === undefined) {
      statement = this.#database.prepare(query);
      this.#statements.set(query, statement);
    }
    return statement;
  }
}

const accountQuery = 'SELECT id, name, password, created, blocked, last_login FROM account';

function parseAccount(row: Readonly<Record<string, unknown>>): Account {
  const lastLogin = row['last_login'];
  return {
    id: String(row['id']),
    name: String(row['name']),
    password: String(row['password']),
    createdTime: Number(row['created']),
    isBlocked: row['blocked'] === 1,
    lastLoginTime: lastLogin === null ? null : Number(lastLogin),
  };
}

function digestOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
