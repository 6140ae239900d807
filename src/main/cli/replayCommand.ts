import { join } from 'node:path';
import { CommandFailure, usageFailure } from './commandFailure.ts';
import type { CommandRecord } from './commandIo.ts';
import { helpText, parseFlags, printable } from './flags.ts';
import type { FlagTable } from './flags.ts';
import { reasonOf } from './hostFlags.ts';
import { profileFolder } from './profile.ts';

const flagTable = {
  profile: { value: 'FOLDER', help: 'profile folder whose recordings are meant' },
  rounds: { value: 'COUNT', help: 'how often it is played (default 3)' },
} as const satisfies FlagTable;

const summary = `Plays a recorded session as fast as possible through the engine and compares the state at its end
with the other replays and with the live run. SESSION is an id or a session's folder; without it
the recorded sessions are listed.`;

export const replayCommand: CommandRecord = {
  name: 'replay',
  summary: 'lists recorded sessions, and proves that one plays again exactly',
  async run(args, io) {
    const flags = parseFlags('replay', args, flagTable, { positionals: true });
    if (flags.has('help')) {
      io.stdout(helpText('truetape replay [flags] [SESSION]', summary, flagTable));
      return 0;
    }
    const [session = null, second] = flags.positionals;
    if (second !== undefined) {
      throw usageFailure(
        `replay does not take "${printable(second)}". See: truetape replay --help`,
      );
    }
    const folder = join(profileFolder(flags.one('profile')), 'recordings');
    const rounds = parseRounds(flags.one('rounds'));
    const { runReplay } = await import('../engine/replay/replayCommand.ts');
    try {
      return await runReplay({ folder, session, rounds }, io.stdout);
    } catch (error) {
      throw new CommandFailure(reasonOf(error));
    }
  },
};

function parseRounds(text: string | null): number {
  if (text === null) return 3;
  if (!/^[1-9]\d?$/.test(text)) throw usageFailure('--rounds takes a number from 1 to 99.');
  return Number(text);
}
