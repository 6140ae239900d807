import { join, resolve } from 'node:path';
import { findInstallation } from '../installation.ts';
import { CommandFailure, usageFailure } from './commandFailure.ts';
import type { CommandIo, CommandRecord } from './commandIo.ts';
import { helpText, parseFlags } from './flags.ts';
import type { FlagTable } from './flags.ts';
import { reasonOf } from './hostFlags.ts';
import { profileFolder } from './profile.ts';
import { parseRecordingFlags, recordingFlags } from './recordingFlags.ts';
import { untilStopped } from './untilStopped.ts';

const flagTable = {
  profile: { value: 'FOLDER', help: 'profile folder whose recordings they join' },
  name: { value: 'TEXT', help: 'what the session is called (default: as the files)' },
  ...recordingFlags,
} as const satisfies FlagTable;

const summary = `Makes one session of files: segments of Truetape, the folder of a session, or lines of
receive time, space, frame as received (plain, gzip or zstd). Several files are one recording.`;

export const importCommand: CommandRecord = {
  name: 'import',
  summary: 'brings recorded files into the recordings of a profile',
  run: (args, io) => runImport(args, io, untilStopped),
};

export async function runImport(
  args: readonly string[],
  io: CommandIo,
  untilStop: () => Promise<string>,
): Promise<number> {
  const flags = parseFlags('import', args, flagTable, { positionals: true });
  if (flags.has('help')) {
    io.stdout(helpText('truetape import FILE... [flags]', summary, flagTable));
    return 0;
  }
  if (flags.positionals.length === 0) {
    throw usageFailure('import needs a file: truetape import FILE...');
  }
  const how = parseRecordingFlags(flags);
  const folder = join(profileFolder(flags.one('profile')), 'recordings');
  const paths = flags.positionals.map((path) => resolve(path));
  const { importFiles } = await import('../engine/replay/replayCommand.ts');
  const stopping = new AbortController();
  void untilStop().then(() => stopping.abort());
  try {
    const { version: appVersion } = findInstallation();
    const more = { appVersion, name: flags.one('name'), signal: stopping.signal };
    await importFiles(paths, folder, { ...how, ...more }, io.stdout);
  } catch (error) {
    throw new CommandFailure(reasonOf(error));
  }
  return 0;
}
