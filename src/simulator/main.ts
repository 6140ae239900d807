import { parseArgs } from 'node:util';
import { startSimulatorServers } from './server.ts';
import type { RunningSimulator, SimulatorServerOptions } from './server.ts';

const usage =
  'usage: simulator [--port N] [--binance-port N] [--bybit-port N] [--okx-port N] [--seed N] ' +
  '[--rate MESSAGES_PER_SECOND] [--speed FACTOR] [--start-time EPOCH_MS] [--no-limits] [--parent] [--help]';

const flags = {
  port: { type: 'string' },
  'binance-port': { type: 'string' },
  'bybit-port': { type: 'string' },
  'okx-port': { type: 'string' },
  seed: { type: 'string' },
  rate: { type: 'string' },
  speed: { type: 'string' },
  'start-time': { type: 'string' },
  'no-limits': { type: 'boolean' },
  parent: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

class UsageError extends Error {
  override readonly name = 'UsageError';
}

type FlagValues = Readonly<Record<string, string | boolean | undefined>>;

const help = `${usage}

Binance, Bybit and OKX on their own wire protocols, on this machine, over one made-up market. Prints the addresses as one
line of JSON when it listens, and runs until it is stopped.

  --port N                    control and oracle (default: any free one, as for the venues)
  --binance-port N            of one venue; the same for --bybit-port and --okx-port
  --seed N                    the same market each time
  --rate MESSAGES_PER_SECOND  of all venues together
  --speed FACTOR              of the market's time against real time, 0.1 to 100
  --start-time EPOCH_MS       the market's time at the start
  --no-limits                 without the venues' limits and punishments
  --parent                    end with the process that started it
  --help                      this text
`;

interface Settings {
  readonly server: SimulatorServerOptions;
  /** Whether to end with the process that started this one. */
  readonly followsParent: boolean;
}

/** Null for `--help`. */
function readFlags(args: readonly string[]): Settings | null {
  const values = parseFlags(args);
  if (values['help'] === true) return null;
  const rate = readNumber(values, 'rate', 1, 50_000);
  const seed = readNumber(values, 'seed', 0, Number.MAX_SAFE_INTEGER);
  const speed = readNumber(values, 'speed', 0.1, 100);
  const startTime = readNumber(values, 'start-time', 0, 8.64e15);
  const server: SimulatorServerOptions = {
    controlPort: readPort(values, 'port'),
    ports: {
      binance: readPort(values, 'binance-port'),
      bybit: readPort(values, 'bybit-port'),
      okx: readPort(values, 'okx-port'),
    },
    limits: values['no-limits'] !== true,
    ...(rate === undefined ? {} : { messagesPerSec: rate }),
    ...(seed === undefined ? {} : { seed }),
    ...(speed === undefined ? {} : { speed }),
    ...(startTime === undefined ? {} : { startTime }),
  };
  return { server, followsParent: values['parent'] === true };
}

function parseFlags(args: readonly string[]): FlagValues {
  try {
    return parseArgs({ args: [...args], options: flags, strict: true }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function readNumber(
  values: FlagValues,
  name: string,
  least: number,
  most: number,
): number | undefined {
  const text = values[name];
  if (text === undefined) return undefined;
  const value = typeof text === 'string' && text.trim() !== '' ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new UsageError(`--${name} must be a number from ${least} to ${most}, not "${text}"`);
}

function readPort(values: FlagValues, name: string): number {
  const port = readNumber(values, name, 0, 65_535) ?? 0;
  if (!Number.isInteger(port)) throw new UsageError(`--${name} must be a whole number`);
  return port;
}

function startProblem(error: unknown): string {
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    const port = 'port' in error ? ` ${String(error.port)}` : '';
    return `port${port} is in use: choose another one, or 0 for any`;
  }
  return error instanceof Error ? error.message : String(error);
}

function endWith(running: RunningSimulator, followsParent: boolean): void {
  let ending = false;
  const end = (): void => {
    if (ending) return;
    ending = true;
    void running.close().then(() => process.exit(0));
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  if (!followsParent) return;
  process.on('disconnect', end);
  process.stdin.on('end', end);
  process.stdin.on('close', end);
  process.stdin.resume();
}

async function run(): Promise<void> {
  let settings: Settings | null;
  try {
    settings = readFlags(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`simulator: ${error.message.split('\n')[0] ?? ''} (${usage})\n`);
    process.exitCode = 2;
    return;
  }
  if (settings === null) {
    process.stdout.write(help);
    return;
  }
  try {
    const running = await startSimulatorServers(settings.server);
    endWith(running, settings.followsParent);
    const { control, venues } = running;
    process.stdout.write(`${JSON.stringify({ type: 'listening', control, venues })}\n`);
  } catch (error) {
    process.stderr.write(`simulator: ${startProblem(error)}\n`);
    process.exitCode = 1;
  }
}

await run();
