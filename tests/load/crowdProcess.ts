import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { CrowdFigures, CrowdOptions } from './crowd.ts';
import type { CrowdOrder } from './crowdMessages.ts';
import { parseCrowdAnswer } from './crowdMessages.ts';
import { addSample, emptySample } from './sampledReader.ts';

const childModule = fileURLToPath(new URL('./crowdChild.ts', import.meta.url));
const clientsPerProcess = 1_000;

/** Clients spread over as many processes as they need. */
export class CrowdProcesses {
  readonly #children: ChildProcess[] = [];

  async open(options: CrowdOptions): Promise<void> {
    const processes = Math.max(1, Math.ceil(options.clients / clientsPerProcess));
    const orders: Promise<unknown>[] = [];
    let first = 0;
    for (let left = processes; left > 0; left -= 1) {
      const clients = Math.ceil((options.clients - first) / left);
      const child = fork(childModule, [], { serialization: 'advanced', execArgv: [] });
      this.#children.push(child);
      const firstAddress = options.firstAddress === null ? null : options.firstAddress + first;
      const keepsPayloads = options.keepsPayloads && first === 0;
      const own = { ...options, clients, firstAddress, keepsPayloads };
      orders.push(ask(child, { type: 'open', options: own }));
      first += clients;
    }
    await Promise.all(orders);
  }

  async begin(): Promise<void> {
    await this.#askAll({ type: 'begin' });
  }

  async setReading(isReading: boolean): Promise<void> {
    await this.#askAll({ type: 'setReading', isReading });
  }

  async figures(): Promise<CrowdFigures> {
    return sumOf(await this.#askAll({ type: 'read' }));
  }

  async close(): Promise<void> {
    await Promise.all(
      this.#children.splice(0).map(async (child) => {
        const exited = new Promise((resolve) => child.once('exit', resolve));
        if (child.exitCode === null && child.connected) {
          child.send({ type: 'close' } satisfies CrowdOrder);
          await exited;
        }
      }),
    );
  }

  async #askAll(order: CrowdOrder): Promise<readonly CrowdFigures[]> {
    const answers = await Promise.all(this.#children.map((child) => ask(child, order)));
    return answers.flatMap((figures) => figures ?? []);
  }
}

function ask(child: ChildProcess, order: CrowdOrder): Promise<CrowdFigures | null> {
  return new Promise((resolve, reject) => {
    const onExit = (): void => reject(new Error('the process of the clients ended'));
    child.once('exit', onExit);
    child.once('message', (message) => {
      child.off('exit', onExit);
      const answer = parseCrowdAnswer(message);
      resolve(answer.type === 'figures' ? answer.figures : null);
    });
    child.send(order);
  });
}

function sumOf(parts: readonly CrowdFigures[]): CrowdFigures {
  const sample = emptySample();
  for (const part of parts) addSample(sample, part.sample);
  const sum = (read: (part: CrowdFigures) => number): number =>
    parts.reduce((total, part) => total + read(part), 0);
  const most = (read: (part: CrowdFigures) => number): number =>
    Math.max(0, ...parts.map((part) => read(part)));
  return {
    opened: sum(({ opened }) => opened),
    isOpenNow: sum(({ isOpenNow }) => isOpenNow),
    notOpened: joined(parts.map(({ notOpened }) => notOpened)),
    ended: joined(parts.map(({ ended }) => ended)),
    seconds: most(({ seconds }) => seconds),
    messages: sum(({ messages }) => messages),
    requests: sum(({ requests }) => requests),
    wireBytes: sum(({ wireBytes }) => wireBytes),
    sampledClients: sum(({ sampledClients }) => sampledClients),
    sample,
    spread: most(({ spread }) => spread),
    kept: parts.flatMap(({ kept }) => kept),
    cpuMs: sum(({ cpuMs }) => cpuMs),
    waitedMs: sum(({ waitedMs }) => waitedMs),
    loopDelayP99Ms: most(({ loopDelayP99Ms }) => loopDelayP99Ms),
  };
}

function joined(counts: readonly ReadonlyMap<string, number>[]): ReadonlyMap<string, number> {
  const total = new Map<string, number>();
  for (const own of counts) {
    for (const [key, count] of own) total.set(key, (total.get(key) ?? 0) + count);
  }
  return total;
}
