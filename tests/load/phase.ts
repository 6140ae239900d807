import { loadavg } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import type { CrowdFigures, CrowdOptions, KeptRoom } from './crowd.ts';
import { CrowdProcesses } from './crowdProcess.ts';
import type { Desk } from './desk.ts';
import type { Percentiles } from './percentiles.ts';
import { percentilesOf, rounded } from './percentiles.ts';
import { readProcess } from './processFigures.ts';
import type { ProcessFigures } from './processFigures.ts';
import { readMetrics } from './programs.ts';
import type { Program } from './programs.ts';

/** One crowd on the gateways for some seconds; what cannot be known is null. */
export interface PhaseFigures {
  readonly name: string;
  readonly loadAverage: number;
  readonly gateways: number;
  readonly clients: number;
  readonly opened: number;
  readonly openedInMs: number;
  readonly notOpened: Readonly<Record<string, number>>;
  readonly ended: Readonly<Record<string, number>>;
  readonly seconds: number;
  readonly messagesPerSec: number;
  /** As the gateways count them. */
  readonly recordsPerSec: number;
  readonly wireBytesPerSec: number;
  /** Payload of messages, of the clients that are read in full. */
  readonly bytesPerRecord: number | null;
  readonly bytesPerMessage: number | null;
  readonly wireBytesPerMessage: number;
  /** Publication to arrival: the judged one. Nothing holds an event back but the turns in which they are gathered. */
  readonly eventMs: Percentiles;
  /** Writing to arrival: in it lies the client's own pace, because a state that waits for it may have been written before. */
  readonly stateMs: Percentiles;
  /** Given to the socket to arrived. */
  readonly sentMs: Percentiles;
  /** Age of a price when it arrives, and of the price that a client has, on average. */
  readonly ageMs: Percentiles;
  readonly meanShownAgeMs: number | null;
  readonly requests: number;
  readonly gatewayCpuShare: number | null;
  /** Of the time: they were ready to run and other programs had the cores. */
  readonly gatewayWaitShare: number | null;
  readonly clientsWaitShare: number;
  readonly cpuUsPerRecord: number | null;
  readonly cpuUsPerMessage: number | null;
  readonly gatewayRssMib: number | null;
  readonly gatewayPeakRssMib: number | null;
  readonly gatewayLoopDelayP99Ms: number | null;
  readonly otherCpuShares: Readonly<Record<string, number>>;
  readonly clientsCpuShare: number;
  readonly clientsLoopDelayP99Ms: number;
  readonly conflated: number;
  readonly evicted: number;
  readonly sampledClients: number;
  readonly sampledEvents: number;
  readonly eventsLost: number;
  readonly eventsDoubled: number;
  readonly stateBackwards: number;
  readonly resyncs: number;
  readonly unread: number;
  readonly spread: number;
  readonly messageTypes: Readonly<Record<string, number>>;
}

interface Reading {
  /** Of all gateways together. */
  readonly metrics: ReadonlyMap<string, number>;
  readonly loopDelayP99Ms: number | null;
  readonly processes: readonly (ProcessFigures | null)[];
  readonly others: readonly (ProcessFigures | null)[];
}

/** Of what is measured, how long it runs before: clients have had their first state, and the machine its caches. */
const settleMs = 2_000;

export class Phase {
  readonly crowd = new CrowdProcesses();
  readonly #name: string;
  readonly #desk: Desk;
  readonly #options: CrowdOptions;
  readonly #loadAverage = loadavg()[0] ?? 0;
  #openedInMs = 0;
  #before: Reading | null = null;
  kept: readonly KeptRoom[] = [];

  constructor(name: string, desk: Desk, options: Omit<CrowdOptions, 'targets'>) {
    this.#name = name;
    this.#desk = desk;
    this.#options = { ...options, targets: desk.gateways };
  }

  async open(): Promise<void> {
    const sinceMs = performance.now();
    await this.crowd.open({
      ...this.#options,
      targets: this.#options.targets.map(({ origin, key }) => ({ origin, key })),
    });
    this.#openedInMs = performance.now() - sinceMs;
    await pause(settleMs);
  }

  async begin(): Promise<void> {
    this.#before = await read(this.#desk);
    await this.crowd.begin();
  }

  async measure(seconds: number): Promise<PhaseFigures> {
    await this.begin();
    await pause(seconds * 1_000);
    return this.end();
  }

  async end(): Promise<PhaseFigures> {
    const figures = await this.crowd.figures();
    const after = await read(this.#desk);
    this.kept = figures.kept;
    return this.#join(figures, this.#before ?? after, after);
  }

  /** Opens, measures, closes. */
  async run(seconds: number): Promise<PhaseFigures> {
    try {
      await this.open();
      return await this.measure(seconds);
    } finally {
      await this.crowd.close();
    }
  }

  #join(figures: CrowdFigures, before: Reading, after: Reading): PhaseFigures {
    const { sample, seconds, messages } = figures;
    const since = (name: string): number =>
      (after.metrics.get(name) ?? 0) - (before.metrics.get(name) ?? 0);
    const records = since('truetape_records_sent_total');
    const cpuMs = between(before.processes, after.processes, (each) => each.cpuMs);
    const waitedMs = between(before.processes, after.processes, (each) => each.waitedMs);
    const per = (count: number): number | null =>
      cpuMs === null || count === 0 ? null : rounded((cpuMs * 1_000) / count);
    return {
      name: this.#name,
      loadAverage: rounded(this.#loadAverage),
      gateways: this.#desk.gateways.length,
      clients: this.#options.clients,
      opened: figures.opened,
      openedInMs: Math.round(this.#openedInMs),
      notOpened: Object.fromEntries(figures.notOpened),
      ended: Object.fromEntries(figures.ended),
      seconds: rounded(seconds),
      messagesPerSec: Math.round(messages / seconds),
      recordsPerSec: Math.round(records / seconds),
      wireBytesPerSec: Math.round(figures.wireBytes / seconds),
      bytesPerRecord: share(sample.payloadBytes, sample.records),
      bytesPerMessage: share(sample.payloadBytes, sample.messages),
      wireBytesPerMessage: Math.round(figures.wireBytes / Math.max(1, messages)),
      eventMs: percentilesOf(sample.eventMs),
      stateMs: percentilesOf(sample.stateMs),
      sentMs: percentilesOf(sample.messageMs),
      ageMs: percentilesOf(sample.ageMs),
      meanShownAgeMs: share(sample.shownAgeMs, sample.shownMs),
      requests: figures.requests,
      gatewayCpuShare: cpuMs === null ? null : rounded(cpuMs / seconds / 1_000, 3),
      gatewayWaitShare: waitedMs === null ? null : rounded(waitedMs / seconds / 1_000, 3),
      clientsWaitShare: rounded(figures.waitedMs / seconds / 1_000, 3),
      cpuUsPerRecord: per(records),
      cpuUsPerMessage: per(messages),
      gatewayRssMib: sumOf(after.processes, ({ rssMib }) => rssMib),
      gatewayPeakRssMib: sumOf(after.processes, ({ peakRssMib }) => peakRssMib),
      gatewayLoopDelayP99Ms: after.loopDelayP99Ms,
      otherCpuShares: this.#otherShares(before, after, seconds),
      clientsCpuShare: rounded(figures.cpuMs / seconds / 1_000, 3),
      clientsLoopDelayP99Ms: rounded(figures.loopDelayP99Ms),
      conflated: since('truetape_conflated_total'),
      evicted: since('truetape_clients_evicted_total'),
      sampledClients: figures.sampledClients,
      sampledEvents: sample.eventMs.length,
      eventsLost: sample.eventsLost,
      eventsDoubled: sample.eventsDoubled,
      stateBackwards: sample.stateBackwards,
      resyncs: sample.resyncs,
      unread: sample.unread,
      spread: figures.spread,
      messageTypes: Object.fromEntries(sample.messageTypes),
    };
  }

  #otherShares(before: Reading, after: Reading, seconds: number): Record<string, number> {
    const shares: Record<string, number> = {};
    for (const [at, { name }] of this.#desk.others.entries()) {
      const [from, to] = [before.others[at] ?? null, after.others[at] ?? null];
      const cpuMs = between([from], [to], (each) => each.cpuMs);
      if (cpuMs !== null) shares[name] = rounded(cpuMs / seconds / 1_000, 3);
    }
    return shares;
  }
}

async function read({ gateways, others }: Desk): Promise<Reading> {
  const metrics = await Promise.all(gateways.map((gateway) => readMetrics(gateway)));
  const total = new Map<string, number>();
  for (const own of metrics) {
    for (const [name, value] of own) total.set(name, (total.get(name) ?? 0) + value);
  }
  const figuresOf = (programs: readonly Program[]) => programs.map(({ pid }) => readProcess(pid));
  return {
    metrics: total,
    loopDelayP99Ms: loopDelay(metrics),
    processes: figuresOf(gateways),
    others: figuresOf(others),
  };
}

function between(
  before: readonly (ProcessFigures | null)[],
  after: readonly (ProcessFigures | null)[],
  pick: (figures: ProcessFigures) => number,
): number | null {
  const from = sumOf(before, pick);
  const to = sumOf(after, pick);
  return from === null || to === null ? null : to - from;
}

function sumOf(
  processes: readonly (ProcessFigures | null)[],
  pick: (figures: ProcessFigures) => number,
): number | null {
  let sum = 0;
  for (const figures of processes) {
    if (figures === null) return null;
    sum += pick(figures);
  }
  return rounded(sum, 1);
}

/** Of the gateway whose loop was the latest. */
function loopDelay(metrics: readonly ReadonlyMap<string, number>[]): number | null {
  const seconds = metrics.flatMap((own) => own.get('truetape_loop_delay_p99_seconds') ?? []);
  return seconds.length === 0 ? null : rounded(Math.max(...seconds) * 1_000);
}

function share(part: number, whole: number): number | null {
  return whole === 0 ? null : rounded(part / whole);
}
