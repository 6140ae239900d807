import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { CrowdOptions, KeptRoom } from './crowd.ts';
import { CrowdProcesses } from './crowdProcess.ts';
import type { FloorStart } from './floorMessages.ts';
import type { Percentiles } from './percentiles.ts';
import { percentilesOf, rounded } from './percentiles.ts';
import { readProcess } from './processFigures.ts';

const floorModule = fileURLToPath(new URL('./floorChild.ts', import.meta.url));

export interface FloorFigures {
  readonly opened: number;
  readonly messagesPerSec: number;
  readonly bytesPerMessage: number | null;
  readonly sentMs: Percentiles;
  readonly cpuShare: number | null;
  readonly cpuUsPerMessage: number | null;
  readonly rssMib: number | null;
}

/** A plain `ws` broadcast of messages that a client of the gateway got, to as many clients. */
export async function measureFloor(
  kept: readonly KeptRoom[],
  cycleMs: number,
  options: Omit<CrowdOptions, 'targets'>,
  seconds: number,
): Promise<FloorFigures> {
  const child = fork(floorModule, [], { serialization: 'advanced', execArgv: [] });
  const crowd = new CrowdProcesses();
  try {
    const origin = await listening(child, {
      kept,
      cycleMs,
      isBinary: options.encoding === 'msgpack',
    });
    await crowd.open({ ...options, transport: 'plain', targets: [{ origin, key: '' }] });
    await pause(2_000);
    const before = readProcess(child.pid ?? 0);
    await crowd.begin();
    await pause(seconds * 1_000);
    const figures = await crowd.figures();
    const after = readProcess(child.pid ?? 0);
    const cpuMs = before === null || after === null ? null : after.cpuMs - before.cpuMs;
    const { sample } = figures;
    return {
      opened: figures.opened,
      messagesPerSec: Math.round(figures.messages / figures.seconds),
      bytesPerMessage:
        sample.messages === 0 ? null : rounded(sample.payloadBytes / sample.messages),
      sentMs: percentilesOf(sample.messageMs),
      cpuShare: cpuMs === null ? null : rounded(cpuMs / figures.seconds / 1_000, 3),
      cpuUsPerMessage: cpuMs === null ? null : rounded((cpuMs * 1_000) / figures.messages),
      rssMib: after === null ? null : rounded(after.rssMib, 1),
    };
  } finally {
    await crowd.close();
    child.kill();
  }
}

function listening(child: ChildProcess, start: FloorStart): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error('the floor ended')));
    child.once('message', (message) => {
      const port: unknown =
        typeof message === 'object' && message !== null ? Reflect.get(message, 'port') : null;
      resolve(`http://127.0.0.1:${String(port)}`);
    });
    child.send(start);
  });
}
