import { startSimulator } from '../startSimulator.ts';
import { usageFailure } from './commandFailure.ts';
import type { CommandIo, CommandRecord } from './commandIo.ts';
import { helpText, parseFlags } from './flags.ts';
import type { FlagTable } from './flags.ts';
import { hostFlags, parseHostFlags } from './hostFlags.ts';
import { defaultProfile } from './profile.ts';
import { parseRedisFlags, redisFlags } from './redisFlags.ts';
import type { ServePorts } from './serveWorkstation.ts';
import { serverFlags, parseServerFlags } from './serverFlags.ts';
import { addressFlags, checkServing, pageFlags, serveWorkstation } from './serveWorkstation.ts';
import { systemPorts } from './systemPorts.ts';

const flagTable = {
  ...addressFlags,
  host: {
    value: 'ADDRESS',
    help: 'address to listen on (default 127.0.0.1); others need accounts',
  },
  ...hostFlags,
  ...serverFlags,
  ...redisFlags,
  'no-ingest': { help: 'with --redis: serve what other processes publish, without an engine' },
  ...pageFlags,
} as const satisfies FlagTable;

const summary = `Runs the workstation without a desktop: serves its page to browsers and its data to programs.
docs/gateway.md tells of addresses, accounts, streams and limits.`;

export function createGatewayCommand(createHost: ServePorts['createHost']): CommandRecord {
  return {
    name: 'gateway',
    summary: 'the workstation in a browser, and its data for programs',
    run: (args, io) => runGateway(args, io, systemPorts(createHost)),
  };
}

export async function runGateway(
  args: readonly string[],
  io: CommandIo,
  ports: ServePorts,
): Promise<number> {
  const flags = parseFlags('gateway', args, flagTable);
  if (flags.has('help')) {
    io.stdout(helpText('truetape gateway [flags]', summary, flagTable));
    return 0;
  }
  checkServing({ flags, ports });
  const server = parseServerFlags(flags);
  const redis = parseRedisFlags(flags, process.env);
  if (redis === null && flags.has('no-ingest')) {
    throw usageFailure('--no-ingest serves what comes over Redis; add --redis URL.');
  }
  const { simulatorArgs, ...choices } = parseHostFlags(flags);
  const { simulatorModule } = ports.installation;
  return serveWorkstation(
    { flags, io, ports, browserProfile: choices.profile ?? defaultProfile() },
    { ...choices, startSimulatedMarket: () => startSimulator(simulatorModule, simulatorArgs) },
    { ...server, profile: choices.profile },
    redis === null ? null : { ...redis, ingests: !flags.has('no-ingest') },
  );
}
