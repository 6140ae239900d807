import { fork } from 'node:child_process';
import * as v from 'valibot';
import type { SimulatedMarket } from './engine/host.ts';
import { isVenueId } from '../shared/venues.ts';

/** A child that runs the simulator's entry: a Node process at the gateway, a utility process on the desktop. */
export interface SimulatorProcess {
  onOutput(listener: (text: string) => void): void;
  /** Also called when the child could not be started; `detail` is for the log. */
  onExit(listener: (detail: string) => void): void;
  kill(): void;
}

export type SpawnSimulator = (module: string, args: readonly string[]) => SimulatorProcess;

const listeningSchema = v.object({
  type: v.literal('listening'),
  venues: v.record(v.string(), v.object({ ws: v.string(), rest: v.string() })),
});

const startLimitMs = 15_000;
const killGraceMs = 2_000;

/** Starts the embedded market in a process of its own and resolves when its venues listen on loopback. */
export function startSimulator(
  module: string,
  args: readonly string[] = [],
  spawnSimulator: SpawnSimulator = spawnNodeSimulator,
): Promise<SimulatedMarket> {
  const child = spawnSimulator(module, args);
  let exited = false;
  const exit = new Promise<string>((resolve) => {
    child.onExit((detail) => {
      exited = true;
      resolve(detail);
    });
  });
  const close = async (): Promise<void> => {
    if (!exited) child.kill();
    await exit;
  };
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill();
      reject(new Error('The simulated market did not start within 15 s.'));
    }, startLimitMs);
    let pending = '';
    child.onOutput((text) => {
      pending += text;
      const lines = pending.split('\n');
      pending = lines.pop() ?? '';
      for (const line of lines) {
        const endpoints = parseListening(line);
        if (endpoints === null) continue;
        clearTimeout(timer);
        resolve({ endpoints, close });
      }
    });
    void exit.then((detail) => {
      clearTimeout(timer);
      reject(new Error(`The simulated market ended before it listened: ${detail}`));
    });
  });
}

function parseListening(line: string): SimulatedMarket['endpoints'] | null {
  if (!line.startsWith('{')) return null;
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), listeningSchema), line);
  if (!parsed.success) return null;
  return Object.fromEntries(
    Object.entries(parsed.output.venues).filter(([venue]) => isVenueId(venue)),
  );
}

/** With `--parent` the IPC channel is its life line: it breaks when we die, however we die, and the child ends. */
function spawnNodeSimulator(module: string, args: readonly string[]): SimulatorProcess {
  const child = fork(module, ['--parent', ...args], { silent: true, execArgv: [] });
  child.stderr?.resume();
  return {
    onOutput(listener) {
      child.stdout?.setEncoding('utf8').on('data', listener);
    },
    onExit(listener) {
      child.once('error', (error) => {
        listener(error.message);
      });
      child.once('exit', (code, signal) => {
        listener(`exit ${code ?? signal ?? 'unknown'}`);
      });
    },
    kill() {
      child.kill('SIGTERM');
      setTimeout(() => {
        child.kill('SIGKILL');
      }, killGraceMs).unref();
    },
  };
}
