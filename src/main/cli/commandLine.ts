import { findInstallation } from '../installation.ts';
import { CommandFailure } from './commandFailure.ts';
import type { CommandIo, CommandRecord } from './commandIo.ts';
import { nearest, printable } from './flags.ts';
import { reasonOf } from './hostFlags.ts';

/** Runs one subcommand; whatever goes wrong ends in one line on standard error and an exit code. */
export async function runCommandLine(
  args: readonly string[],
  io: CommandIo,
  commands: readonly CommandRecord[],
): Promise<number> {
  try {
    return await dispatch(args, io, commands);
  } catch (error) {
    io.stderr(`truetape: ${reasonOf(error)}\n`);
    if (error instanceof CommandFailure) return error.exitCode;
    if (process.env['TRUETAPE_DEBUG'] !== undefined && error instanceof Error) {
      io.stderr(`${error.stack ?? ''}\n`);
    }
    return 1;
  }
}

async function dispatch(
  args: readonly string[],
  io: CommandIo,
  commands: readonly CommandRecord[],
): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    (name === undefined ? io.stderr : io.stdout)(overview(commands));
    return name === undefined ? 2 : 0;
  }
  if (name === '--version' || name === '-v') {
    io.stdout(`${findInstallation().version}\n`);
    return 0;
  }
  const command = commands.find((candidate) => candidate.name === name);
  if (command === undefined) {
    const names = commands.map((candidate) => candidate.name);
    const near = nearest(name, names);
    throw new CommandFailure(
      `there is no command "${printable(name)}". ` +
        (near === null
          ? `Commands: ${names.join(', ')}.`
          : `Did you mean ${near}? Commands: ${names.join(', ')}.`),
      2,
    );
  }
  return command.run(rest, io);
}

function overview(commands: readonly CommandRecord[]): string {
  const rows = commands.map((command) => `  ${command.name.padEnd(11)}${command.summary}`);
  return `truetape COMMAND [flags]\n\n${rows.join('\n')}\n\ntruetape COMMAND --help lists its flags.\n`;
}
