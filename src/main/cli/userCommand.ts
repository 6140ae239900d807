import { join } from 'node:path';
import { assertNever } from '../../shared/assert.ts';
import type { AccountStore } from '../gateway/accounts/accountStore.ts';
import { askPassword } from './askPassword.ts';
import type { PasswordSource } from './askPassword.ts';
import { CommandFailure, usageFailure } from './commandFailure.ts';
import type { CommandIo, CommandRecord } from './commandIo.ts';
import { helpText, nearest, parseFlags, printable } from './flags.ts';
import type { FlagTable } from './flags.ts';
import { profileFolder } from './profile.ts';

const flagTable = {
  profile: { value: 'FOLDER', help: 'profile of the gateway; it may be running' },
  logins: { help: 'with revoke: end the logins only, the password goes on working' },
} as const satisfies FlagTable;

const usage = 'truetape user add|passwd|revoke|remove NAME, truetape user list';

const summary = `Who may sign in to a gateway. A running gateway follows within a second.

  add NAME     a new user; asks for the password, or takes a line that is piped in
  passwd NAME  a new password; ends all logins of the user, and lets a revoked user in again
  revoke NAME  ends all logins of the user, and takes no new one until a new password is set
  remove NAME  ends all logins and forgets the user
  list         all users, and whether they are revoked`;

const actions = ['add', 'passwd', 'revoke', 'remove', 'list'] as const;
type Action = (typeof actions)[number];

export const userCommand: CommandRecord = {
  name: 'user',
  summary: 'adds, revokes and lists who may sign in to a gateway',
  run: (args, io) => runUser(args, io, process.stdin),
};

export async function runUser(
  args: readonly string[],
  io: CommandIo,
  source: PasswordSource,
): Promise<number> {
  const flags = parseFlags('user', args, flagTable, { positionals: true });
  if (flags.has('help')) {
    io.stdout(helpText(usage, summary, flagTable));
    return 0;
  }
  const [word, name, ...rest] = flags.positionals;
  const action = parseAction(word);
  if (flags.has('logins') && action !== 'revoke') throw usageFailure('--logins goes with revoke.');
  if (rest.length > 0 || (action === 'list' && name !== undefined)) {
    throw usageFailure(`A password is never part of the command line. Usage: ${usage}`);
  }
  if (action !== 'list' && name === undefined) {
    throw usageFailure(`user ${action} needs a name: truetape user ${action} NAME`);
  }
  const { accountsFileName } = await import('../gateway/accounts/accountsFile.ts');
  const { AccountStore } = await import('../gateway/accounts/accountStore.ts');
  const store = new AccountStore(join(profileFolder(flags.one('profile')), accountsFileName));
  try {
    if (action === 'list') list(store, io);
    else await change({ action, name: name ?? '', store, io, source, block: !flags.has('logins') });
    return 0;
  } finally {
    store.close();
  }
}

function parseAction(word: string | undefined): Action {
  const action = actions.find((candidate) => candidate === word);
  if (action !== undefined) return action;
  if (word === undefined) throw usageFailure(`user needs an action. Usage: ${usage}`);
  const near = nearest(word, actions);
  const advice = near === null ? `Usage: ${usage}` : `Did you mean ${near}?`;
  throw usageFailure(`user does not know "${printable(word)}". ${advice}`);
}

interface Change {
  readonly action: Exclude<Action, 'list'>;
  readonly name: string;
  readonly store: AccountStore;
  readonly io: CommandIo;
  readonly source: PasswordSource;
  readonly block: boolean;
}

async function change(request: Change): Promise<void> {
  const { action, name, store, io } = request;
  if (action === 'add') {
    await add(request);
    return;
  }
  if (store.account(name) === null) throw unknown(name, store);
  switch (action) {
    case 'passwd':
      store.setPassword(name, await newPassword(request), Date.now());
      io.stdout(`the password of ${name} is changed, and all logins are ended\n`);
      break;
    case 'revoke':
      revoke(request);
      break;
    case 'remove':
      store.removeAccount(name, Date.now());
      io.stdout(`removed ${name}\n`);
      break;
    default:
      assertNever(action);
  }
}

async function add(request: Change): Promise<void> {
  const { name, store, io } = request;
  const { isUserName, userNameRule } = await import('../gateway/accounts/passwords.ts');
  if (!isUserName(name)) {
    throw usageFailure(`"${printable(name)}" cannot be a user name. ${userNameRule}`);
  }
  const taken = new CommandFailure(
    `there is a user ${name} already. To change the password: truetape user passwd ${name}`,
  );
  if (store.account(name) !== null) throw taken;
  if (!store.addAccount(name, await newPassword(request), Date.now())) throw taken;
  io.stdout(`added ${name}\n`);
}

function revoke({ name, store, io, block }: Change): void {
  const ended = store.revokeUser(name, Date.now(), { block }) ?? 0;
  const next = block
    ? `To let ${name} in again: truetape user passwd ${name}`
    : 'The password goes on working.';
  io.stdout(`ended ${ended} ${ended === 1 ? 'login' : 'logins'} of ${name}. ${next}\n`);
}

/** Its hash. */
async function newPassword({ name, io, source }: Change): Promise<string> {
  const { Passwords, isUsablePassword, passwordRule } =
    await import('../gateway/accounts/passwords.ts');
  const password = await askPassword(name, io, source);
  if (!isUsablePassword(password, name)) {
    throw new CommandFailure(`${passwordRule} Nothing was changed.`);
  }
  return new Passwords().hash(password);
}

function unknown(name: string, store: AccountStore): CommandFailure {
  const names = store.accounts().map((account) => account.name);
  const near = nearest(name, names);
  const advice =
    near === null ? 'See: truetape user list' : `Did you mean ${near}? See: truetape user list`;
  return new CommandFailure(`there is no user "${printable(name)}" in this profile. ${advice}`);
}

function list(store: AccountStore, io: CommandIo): void {
  const accounts = store.accounts();
  if (accounts.length === 0) io.stdout('No users yet. Add one: truetape user add NAME\n');
  for (const { name, isBlocked, createdTime, lastLoginTime } of accounts) {
    const state = isBlocked ? 'revoked' : 'may sign in';
    io.stdout(
      `${name.padEnd(33)}${state.padEnd(13)}added ${dateOf(createdTime)}, last login ${
        lastLoginTime === null ? 'never' : dateOf(lastLoginTime)
      }\n`,
    );
  }
}

function dateOf(time: number): string {
  return `${new Date(time).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
