import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runUser } from '../../../src/main/cli/userCommand.ts';
import type { PasswordSource } from '../../../src/main/cli/askPassword.ts';
import { lockProfile } from '../../../src/main/engine/storage/profileLock.ts';
import { Passwords } from '../../../src/main/gateway/accounts/passwords.ts';
import { AccountStore } from '../../../src/main/gateway/accounts/accountStore.ts';

let profile = '';

beforeEach(() => {
  profile = mkdtempSync(join(tmpdir(), 'truetape-users-'));
});
afterEach(() => rmSync(profile, { recursive: true }));

interface Outcome {
  readonly code: number | string;
  readonly out: string;
  readonly err: string;
}

async function run(
  words: string,
  source: PasswordSource | string = '',
  onErr: (text: string) => void = () => undefined,
): Promise<Outcome> {
  let out = '';
  let err = '';
  const io = {
    stdout: (text: string) => void (out += text),
    stderr: (text: string) => {
      err += text;
      onErr(text);
    },
  };
  const input = typeof source === 'string' ? Readable.from([Buffer.from(source)]) : source;
  const code = await runUser([...words.split(' '), '--profile', profile], io, input).catch(
    (error: unknown) => (error instanceof Error ? error.message : 'no error'),
  );
  return { code, out, err };
}

function file(): string {
  return join(profile, 'accounts.db');
}

test('users are added, listed, revoked, let in again and removed', async () => {
  expect(await run('list')).toMatchObject({
    code: 0,
    out: expect.stringContaining('No users yet'),
  });
  expect(await run('add anna', 'correct horse\n')).toMatchObject({ code: 0, out: 'added anna\n' });
  expect((await run('list')).out).toMatch(/^anna +may sign in +added .* last login never\n$/);
  expect((await run('revoke anna')).out).toMatch(/^ended 0 logins of anna\./);
  expect((await run('list')).out).toMatch(/^anna +revoked/);
  expect((await run('passwd anna', 'another horse')).code).toBe(0);
  expect((await run('list')).out).toMatch(/^anna +may sign in/);
  expect((await run('revoke anna --logins')).out).toContain('The password goes on working.');
  expect((await run('list')).out).toMatch(/^anna +may sign in/);
  expect(await run('remove anna')).toMatchObject({ code: 0, out: 'removed anna\n' });
  expect((await run('list')).out).toMatch(/No users yet/);
});

test('[S1-26] the password is nowhere in the profile, and the file is for its owner only', async () => {
  await run('add anna', 'correct horse\n');
  for (const name of readdirSync(profile)) {
    expect(readFileSync(join(profile, name)).includes('correct horse')).toBe(false);
    expect(statSync(join(profile, name)).mode & 0o777).toBe(0o600);
  }
  const stored = new AccountStore(file());
  const hash = stored.account('anna')?.password ?? '';
  stored.close();
  expect(hash).toMatch(/^\$scrypt\$ln=15,r=8,p=3\$/);
  const passwords = new Passwords();
  expect(await passwords.verify('correct horse', hash)).toBe(true);
  expect(await passwords.verify('correct horse ', hash)).toBe(false);
});

test('what is wrong is said in one line, with what to do', async () => {
  await run('add anna', 'correct horse\n');
  const cases = [
    ['add anna', 'another horse', /already.*passwd anna/],
    ['add Änna', 'correct horse', /cannot be a user name/],
    ['add bob', 'short', /8 to 256 characters.*Nothing was changed/],
    ['add bob', '', /no password came/],
    ['add bob secretword', 'x', /never part of the command line/],
    ['passwd bob', 'correct horse', /no user "bob".*user list/],
    ['revoke ana', '', /Did you mean anna/],
    ['revok anna', '', /Did you mean revoke/],
    ['add', '', /needs a name/],
    ['list --logins', '', /goes with revoke/],
  ] as const;
  for (const [words, input, text] of cases) {
    const { code } = await run(words, input);
    expect(code).toMatch(text);
    expect(code).not.toContain('\n');
  }
  expect((await run('list')).out.split('\n')).toHaveLength(2);
});

test('a damaged, a newer and a strange file are left alone, and it is said what to do', async () => {
  await run('add anna', 'correct horse\n');
  const newer = new DatabaseSync(file());
  newer.exec('PRAGMA user_version = 99');
  newer.close();
  expect((await run('list')).code).toMatch(/newer Truetape \(format 99\)/);
  const strange = new DatabaseSync(file());
  strange.exec('PRAGMA user_version = 1; PRAGMA application_id = 7');
  strange.close();
  expect((await run('list')).code).toMatch(/damaged.*user add NAME/);
  writeFileSync(file(), 'this is no database, and long enough to be read as one'.repeat(40));
  const before = readFileSync(file(), 'utf8');
  expect((await run('add bob', 'correct horse')).code).toMatch(/damaged.*move it away/);
  expect(readFileSync(file(), 'utf8')).toBe(before);
});

test('a terminal is asked twice without echo', async () => {
  const terminal = (): PassThrough & { isTTY: boolean; setRawMode: () => void } =>
    Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined });
  const typeInto = (source: PassThrough, lines: string[]) => (asked: string) => {
    if (asked.endsWith(': ')) setImmediate(() => source.write(`${lines.shift()}\r`));
  };
  const same = terminal();
  const good = await run('add anna', same, typeInto(same, ['correct horse', 'correct horse']));
  expect(good).toMatchObject({ code: 0, out: 'added anna\n' });
  expect(good.err).toBe('Password of anna: \nThe same again: \n');
  const other = terminal();
  const mistyped = typeInto(other, ['correct horse', 'correct hose']);
  expect((await run('add bob', other, mistyped)).code).toMatch(/differ; nothing was changed/);
});

test('a gateway that has the file open does not keep the command out, nor the lock of the profile', async () => {
  const running = new AccountStore(file());
  const lock = lockProfile(profile);
  const program = join(import.meta.dirname, '../../../src/main/cli.ts');
  const child = spawn(process.execPath, [program, 'user', 'add', 'anna', '--profile', profile], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.end('correct horse\n');
  const code = await new Promise((resolve) => child.once('exit', resolve));
  expect(code).toBe(0);
  expect(running.account('anna')?.name).toBe('anna');
  running.close();
  lock.release();
});
