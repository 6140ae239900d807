import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { EngineHost, EngineHostOptions } from '../engine/host.ts';
import { AccountsFileError } from '../gateway/accounts/accountsFile.ts';
import { NoAccountsError, PortInUseError, startGateway } from '../gateway/startGateway.ts';
import type { Gateway, GatewayOptions } from '../gateway/startGateway.ts';
import { openScaleOut } from '../gateway/redis/openScaleOut.ts';
import type { ScaleOut } from '../gateway/redis/openScaleOut.ts';
import type { Installation } from '../installation.ts';
import { createLog } from '../log.ts';
import type { Log } from '../log.ts';
import type { watchForStalls } from '../stall/watchForStalls.ts';
import { CommandFailure } from './commandFailure.ts';
import type { CommandIo } from './commandIo.ts';
import type { FlagTable, ParsedFlags } from './flags.ts';
import { reasonOf } from './hostFlags.ts';
import { checkMachine } from './machineChecks.ts';
import { openPage } from './openPage.ts';
import type { OpenedPage } from './openPage.ts';
import { parseHost, parsePort } from './portFlag.ts';
import type { RedisChoice } from './redisFlags.ts';
import { finishesWithin } from './untilStopped.ts';

/** Flags of every command that serves the page. */
export const addressFlags = {
  port: { value: 'PORT', help: 'port to listen on (default 7411; 0 takes any free one)' },
  host: { value: 'ADDRESS', help: 'address of this machine to listen on: 127.0.0.1 or ::1' },
} as const satisfies FlagTable;

export const pageFlags = {
  'no-open': { help: 'print the address only, open no window' },
  verbose: { help: 'log every connection and stream' },
} as const satisfies FlagTable;

/** Below the five seconds in which a stop signal has to end the process. */
const closeLimitMs = 4_500;

const devCorsBanner =
  '*** --dev-cors: pages of ANY origin may use this gateway with a token. Never where others can reach it. ***';

export interface ServePorts {
  readonly createHost: (options: EngineHostOptions) => Promise<EngineHost>;
  readonly untilStopped: () => Promise<string>;
  readonly installation: Installation;
  /** Begins to watch whether this process stands still; absent: nobody does. */
  readonly watchStalls?: typeof watchForStalls;
}

export type ServedHost = Omit<
  EngineHostOptions,
  'hostKind' | 'appVersion' | 'exportWorker' | 'log' | 'checkMachine'
>;

export interface Serving {
  readonly flags: ParsedFlags;
  readonly io: CommandIo;
  readonly ports: ServePorts;
  /** Of the browser window. */
  readonly browserProfile: string;
  /** The recording that the host shows is served on its venues' own protocols too. */
  readonly asVenues?: Parameters<Gateway['serveAsVenues']>[0] | null;
}

/** What can be wrong with the flags, before anything is begun. */
export function checkServing({ flags, ports }: Pick<Serving, 'flags' | 'ports'>): void {
  parsePort(flags.one('port'));
  if (!existsSync(join(ports.installation.rendererFolder, 'index.html'))) {
    throw new CommandFailure('The pages are not built. Run: npm run build');
  }
}

/** What a command says of its server; absent: this machine alone, without accounts. */
export type ServedGateway = Omit<
  GatewayOptions,
  'host' | 'rendererFolder' | 'port' | 'appVersion' | 'log'
>;

/** A market that several processes share. */
export interface SharedMarket extends RedisChoice {
  /** Publishes a share of it from its own engine. */
  readonly ingests: boolean;
}

/** Serves the page of a host until a signal ends it. Resolves with the exit code. */
export async function serveWorkstation(
  serving: Serving,
  options: ServedHost,
  server?: ServedGateway,
  redis: SharedMarket | null = null,
): Promise<number> {
  const { flags, io, ports } = serving;
  const { installation } = ports;
  const log = createLog(io.stderr, { verbose: flags.has('verbose') });
  const stopped = ports.untilStopped();
  ports.watchStalls?.({ thread: installation.stallThread, profile: options.profile, log });
  const hasEngine = redis === null || redis.ingests;
  const host = hasEngine
    ? await ports.createHost({
        ...options,
        hostKind: 'gateway',
        appVersion: installation.version,
        exportWorker: installation.exportWorker,
        log,
        checkMachine: () => checkMachine({ port: null, profile: options.profile }),
      })
    : null;
  const scaleOut =
    redis === null ? null : openScaleOut({ ...redis, version: installation.version, log });
  if (host !== null) scaleOut?.ingest(host);
  if (server?.origins === '*') {
    log({ level: 'warning', scope: 'gateway', text: devCorsBanner });
  }
  const gateway = await listen(host, scaleOut, {
    ...(server ?? { hostname: parseHost(flags.one('host')) }),
    port: parsePort(flags.one('port')),
    rendererFolder: installation.rendererFolder,
    appVersion: installation.version,
    log,
  });
  const page = announce(io, gateway, flags.has('no-open') ? null : serving.browserProfile);
  await announceVenues(serving, gateway, log);
  log({ level: 'info', scope: 'gateway', text: `stopping: ${await stopped}` });
  page?.close();
  return stop({ host, scaleOut, gateway }, log);
}

async function listen(
  host: EngineHost | null,
  scaleOut: ScaleOut | null,
  options: Omit<Parameters<typeof startGateway>[0], 'host' | 'scaleOut'>,
): Promise<Gateway> {
  try {
    return await startGateway({ host, ...options, ...(scaleOut === null ? {} : { scaleOut }) });
  } catch (error) {
    await scaleOut?.close();
    await host?.close();
    if (error instanceof PortInUseError) {
      throw new CommandFailure(
        `Port ${options.port} on ${options.hostname} is in use. ` +
          'Stop the other program or choose another port: --port 0 takes any free one.',
      );
    }
    if (error instanceof NoAccountsError || error instanceof AccountsFileError) {
      throw new CommandFailure(error.message);
    }
    throw new CommandFailure(
      `The gateway cannot listen on ${options.hostname}:${options.port}: ${reasonOf(error)}`,
    );
  }
}

function announce(io: CommandIo, gateway: Gateway, profile: string | null): OpenedPage | null {
  io.stdout(`Truetape is at ${gateway.address}\n`);
  if (profile === null) return null;
  const page = openPage(gateway.issueOneTimeAddress(), join(profile, 'browser'), process.env);
  io.stdout(
    page === null
      ? 'Open that address in a browser on this machine. Ctrl+C ends Truetape.\n'
      : 'Opening its window. Ctrl+C ends Truetape.\n',
  );
  page?.onClose(() => {
    io.stdout('The window is closed; Truetape goes on at that address. Ctrl+C ends it.\n');
  });
  return page;
}

async function announceVenues(
  { io, asVenues }: Serving,
  gateway: Gateway,
  log: Log,
): Promise<void> {
  if (asVenues === undefined || asVenues === null) return;
  try {
    const venues = await gateway.serveAsVenues(asVenues);
    io.stdout(
      'For programs, in the place of the venues; it begins with the first who wants market data:\n',
    );
    for (const { venue, websocket, rest } of venues) {
      io.stdout(`  ${venue.padEnd(8)} ${websocket}\n  ${''.padEnd(8)} ${rest}\n`);
    }
  } catch (error) {
    log({ level: 'error', scope: 'gateway', text: reasonOf(error) });
  }
}

interface Running {
  readonly host: EngineHost | null;
  readonly scaleOut: ScaleOut | null;
  readonly gateway: Gateway;
}

async function stop({ host, scaleOut, gateway }: Running, log: Log): Promise<number> {
  const closing = Promise.all([host?.close(), gateway.close().then(() => scaleOut?.close())]);
  if (await finishesWithin(closing, closeLimitMs)) return 0;
  log({ level: 'error', scope: 'gateway', text: 'did not close in time' });
  return 1;
}
