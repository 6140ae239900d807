import { join } from 'node:path';
import type { OpenedRecording } from '../engine/replay/replayCommand.ts';
import { CommandFailure, usageFailure } from './commandFailure.ts';
import type { CommandIo, CommandRecord } from './commandIo.ts';
import { helpText, parseFlags, printable } from './flags.ts';
import type { FlagTable, ParsedFlags } from './flags.ts';
import { reasonOf } from './hostFlags.ts';
import { parseHost } from './portFlag.ts';
import { profileFolder } from './profile.ts';
import { parseRecordingFlags, recordingFlags } from './recordingFlags.ts';
import type { ServePorts } from './serveWorkstation.ts';
import { addressFlags, checkServing, pageFlags, serveWorkstation } from './serveWorkstation.ts';
import { parseTime } from './timeFlag.ts';
import { systemPorts } from './systemPorts.ts';

const flagTable = {
  speed: { value: 'TIMES', help: 'from 0.1 to 1000, or max (default 1)' },
  at: { value: 'TIME', help: 'where it begins: 2026-11-21T14:40:00Z, or +90s, +5m, +1h' },
  'as-venues': {
    help: "serve it on its venues' own WebSocket and REST protocols too, for bots and libraries",
  },
  verify: { help: 'show nothing: play it and compare its state with the live run' },
  rounds: { value: 'COUNT', help: 'how often --verify plays it (default 3)' },
  profile: { value: 'FOLDER', help: 'profile folder whose recordings are meant' },
  ...recordingFlags,
  ...addressFlags,
  ...pageFlags,
} as const satisfies FlagTable;

const summary = `Without a name: lists the recorded sessions. SESSION is an id of that list or a session's folder,
FILE what truetape import takes. It is shown in the workstation, apart from the live market.`;

export function createReplayCommand(createHost: ServePorts['createHost']): CommandRecord {
  return {
    name: 'replay',
    summary: 'shows a recorded session or files, or proves that they play again exactly',
    run: (args, io) => runReplay(args, io, systemPorts(createHost)),
  };
}

export async function runReplay(
  args: readonly string[],
  io: CommandIo,
  ports: ServePorts,
): Promise<number> {
  const flags = parseFlags('replay', args, flagTable, { positionals: true });
  if (flags.has('help')) {
    io.stdout(helpText('truetape replay [SESSION | FILE...] [flags]', summary, flagTable));
    return 0;
  }
  const choices = parseChoices(flags);
  const profile = profileFolder(flags.one('profile'));
  const folder = join(profile, 'recordings');
  const engine = await import('../engine/replay/replayCommand.ts');
  const [first, ...others] = flags.positionals;
  if (first === undefined) {
    await engine.listSessions(folder, io.stdout);
    return 0;
  }
  if (!choices.isVerified) {
    parseHost(flags.one('host'));
    checkServing({ flags, ports });
  }
  let opened: OpenedRecording;
  try {
    const how = { ...parseRecordingFlags(flags), appVersion: ports.installation.version };
    opened = await engine.openRecording(folder, [first, ...others], how);
  } catch (error) {
    throw asFailure(error);
  }
  try {
    const { session } = opened;
    if (choices.isVerified) return await engine.verifyRecording(session, choices.rounds, io.stdout);
    const from = choices.timeIn(session.startTime);
    const asVenues = flags.has('as-venues') ? { from, speed: choices.speed } : null;
    return await serveWorkstation(
      { flags, io, ports, browserProfile: profile, asVenues },
      {
        // Shown in memory: what the live market's profile holds is not touched.
        ...{ profile: null, market: null, endpoints: {}, replay: null, startSimulatedMarket: null },
        replaySession: session.folder,
        // What a person exports stays, also of files that go when the page closes.
        exportFolder: join(profile, 'exports'),
        replayStart: { at: from, speed: choices.speed },
      },
    );
  } catch (error) {
    throw asFailure(error);
  } finally {
    await opened.close();
  }
}

function asFailure(error: unknown): CommandFailure {
  return error instanceof CommandFailure ? error : new CommandFailure(reasonOf(error));
}

interface Choices {
  readonly isVerified: boolean;
  readonly rounds: number;
  /** Null: as fast as possible. */
  readonly speed: number | null;
  timeIn(startTime: number): number | null;
}

function parseChoices(flags: ParsedFlags): Choices {
  const isVerified = flags.has('verify');
  const rounds = parseRounds(flags.one('rounds'));
  if (flags.has('rounds') && !isVerified) throw usageFailure('--rounds belongs to --verify.');
  if (isVerified && flags.positionals.length === 0) {
    throw usageFailure('--verify needs a session: truetape replay --verify SESSION');
  }
  return {
    isVerified,
    rounds,
    speed: parseSpeed(flags.one('speed')),
    timeIn: parseTime('--at', flags.one('at')),
  };
}

function parseRounds(text: string | null): number {
  if (text === null) return 3;
  if (!/^[1-9]\d?$/.test(text)) throw usageFailure('--rounds takes a number from 1 to 99.');
  return Number(text);
}

function parseSpeed(text: string | null): number | null {
  if (text === null) return 1;
  if (text === 'max') return null;
  const speed = /^\d{1,4}(\.\d{1,3})?x?$/.test(text) ? Number.parseFloat(text) : 0;
  if (speed >= 0.1 && speed <= 1_000) return speed;
  throw usageFailure(`--speed is a number from 0.1 to 1000, or max, not "${printable(text)}".`);
}
