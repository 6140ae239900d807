import type { EngineHostOptions } from '../engine/host.ts';
import { openScaleOut } from '../gateway/redis/openScaleOut.ts';
import { createLog } from '../log.ts';
import { startSimulator } from '../startSimulator.ts';
import { usageFailure } from './commandFailure.ts';
import type { CommandIo, CommandRecord } from './commandIo.ts';
import { helpText, parseFlags } from './flags.ts';
import type { FlagTable } from './flags.ts';
import { hostFlags, parseHostFlags } from './hostFlags.ts';
import { parseRedisFlags, redisFlags } from './redisFlags.ts';
import type { ServePorts } from './serveWorkstation.ts';
import { systemPorts } from './systemPorts.ts';
import { finishesWithin } from './untilStopped.ts';

const flagTable = {
  ...redisFlags,
  ...hostFlags,
  verbose: { help: 'log every connection and stream' },
} as const satisfies FlagTable;

const summary = `Publishes market data to gateways over Redis, and serves nobody itself. Several of them share the markets.
docs/operations.md tells how to run it.`;

const closeLimitMs = 4_500;

export type IngestPorts = Pick<
  ServePorts,
  'createHost' | 'untilStopped' | 'installation' | 'watchStalls'
>;

export function createIngestCommand(createHost: ServePorts['createHost']): CommandRecord {
  return {
    name: 'ingest',
    summary: 'market data for gateways over Redis, without a server',
    run: (args, io) => runIngest(args, io, systemPorts(createHost)),
  };
}

export async function runIngest(
  args: readonly string[],
  io: CommandIo,
  { createHost, untilStopped: stop, installation, watchStalls }: IngestPorts,
): Promise<number> {
  const flags = parseFlags('ingest', args, flagTable);
  if (flags.has('help')) {
    io.stdout(helpText('truetape ingest --redis URL [flags]', summary, flagTable));
    return 0;
  }
  const redis = parseRedisFlags(flags, process.env);
  if (redis === null) {
    throw usageFailure(
      'ingest publishes over Redis: give its address, e.g. --redis redis://127.0.0.1:6379.',
    );
  }
  const { simulatorArgs, ...choices } = parseHostFlags(flags);
  const log = createLog(io.stderr, { verbose: flags.has('verbose') });
  const stopped = stop();
  watchStalls?.({ thread: installation.stallThread, profile: choices.profile, log });
  const options: EngineHostOptions = {
    ...choices,
    hostKind: 'gateway',
    appVersion: installation.version,
    startSimulatedMarket: () => startSimulator(installation.simulatorModule, simulatorArgs),
    log,
  };
  const host = await createHost(options);
  const scaleOut = openScaleOut({ ...redis, version: installation.version, log });
  scaleOut.ingest(host);
  io.stdout(`Truetape publishes over ${redis.address.shown}. Ctrl+C ends it.\n`);
  log({ level: 'info', scope: 'ingest', text: `stopping: ${await stopped}` });
  // Its markets are given away before its engine stops.
  const closing = scaleOut.close().then(() => host.close());
  if (await finishesWithin(closing, closeLimitMs)) return 0;
  log({ level: 'error', scope: 'ingest', text: 'did not close in time' });
  return 1;
}
