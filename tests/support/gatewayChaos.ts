import type { GatewayClock } from '../../src/main/gateway/gatewayClock.ts';
import type { HubLimits } from '../../src/main/gateway/hub/hubLimits.ts';
import { Random } from '../shared/randomValues.ts';
import type { ChaosClient, ChaosClientCounts, ChaosWorld } from './gatewayChaosClient.ts';
import { PlainClient, newCounts, rates, retentionMs } from './gatewayChaosClient.ts';
import { ChaosMarkets, eventChannels } from './gatewayChaosFeed.ts';
import { PublishedEvents } from './gatewayChaosLedger.ts';
import type { ChaosGround, GroundCounts } from './gatewayChaosGround.ts';
import { LocalGround, SharedGround } from './gatewayChaosGround.ts';
import { MemoryNet } from './gatewayChaosNet.ts';
import { TruetapeChaosClient } from './gatewayChaosTruetape.ts';
import { VirtualClock } from './virtualClock.ts';

export interface GatewayChaosOptions {
  readonly seed: number;
  readonly events: number;
  readonly clients: number;
  /** Two gateways and two ingesters over Redis instead of one process. */
  readonly isShared?: boolean;
  /** Of virtual time, at least; 1,800 unless given. */
  readonly seconds?: number;
  readonly onProgress?: (line: string) => void;
}

export interface GatewayChaosResult {
  readonly seed: number;
  /** Empty: every invariant held. */
  readonly problems: readonly string[];
  readonly virtualSec: number;
  readonly published: number;
  readonly heard: number;
  readonly lost: number;
  readonly doubled: number;
  readonly resyncs: number;
  readonly ground: GroundCounts;
  readonly staleChecks: number;
  readonly counts: ChaosClientCounts;
  /** Of all that all clients heard, in order: the same for the same seed. */
  readonly digest: string;
}

const startWallMs = 1_790_000_000_000;
const mostProblems = 20;
/** Small, so that a client that is stalled for seconds reaches them. */
const limits: Partial<HubLimits> = {
  retentionMs,
  conflateBytes: 24 * 1024,
  evictBytes: 48 * 1024,
};
/** A run has to be long enough for some cuts of ten minutes. */
const leastSec = 1_800;
const eventMs = 36;
const faultEveryMs = 150_000;
/** By then whoever is connected has been told that the feed is lost. */
const toldMs = 4_500;

export async function runGatewayChaos(options: GatewayChaosOptions): Promise<GatewayChaosResult> {
  const run = new GatewayChaosRun(options);
  try {
    return await run.finish();
  } finally {
    await run.close();
  }
}

class GatewayChaosRun implements ChaosWorld {
  readonly clock: GatewayClock;
  readonly published = new PublishedEvents();
  readonly #options: GatewayChaosOptions;
  readonly #virtual = new VirtualClock();
  readonly #net = new MemoryNet();
  readonly #random: Random;
  readonly #markets: ChaosMarkets;
  readonly #problems: string[] = [];
  readonly #ground: ChaosGround;
  #clients: readonly ChaosClient[] = [];
  #staleChecks = 0;
  #isUnsettled = false;
  /** Then nobody stops reading until it has begun: there would always be somebody who does not read. */
  #isFaultDue = false;

  constructor(options: GatewayChaosOptions) {
    this.#options = options;
    const virtual = this.#virtual;
    this.clock = {
      monotonicMs: () => virtual.monotonicMs(),
      wallMs: () => startWallMs + virtual.monotonicMs(),
      after: (delayMs, run) => virtual.after(delayMs, run),
    };
    this.#random = new Random(options.seed);
    this.#markets = new ChaosMarkets(this.clock, this.published);
    const ground = {
      ...{ net: this.#net, clock: this.clock, markets: this.#markets, random: this.#random },
      ...{ limits, clients: () => this.#clients, drawChannel: () => this.#drawChannel() },
      complain: (problem: string) => this.complain(problem),
    };
    this.#ground = options.isShared === true ? new SharedGround(ground) : new LocalGround(ground);
  }

  get prices(): ReadonlyMap<string, number> {
    return this.#markets.prices;
  }

  get mayStall(): boolean {
    return !this.#isFaultDue;
  }

  get gateways(): number {
    return this.#ground.gateways;
  }

  dial(gateway: number) {
    return this.#ground.dial(gateway);
  }

  complain(problem: string): void {
    const atSec = Math.round(this.#virtual.monotonicMs() / 1_000);
    if (this.#problems.length < mostProblems) this.#problems.push(`${atSec} s: ${problem}`);
  }

  async finish(): Promise<GatewayChaosResult> {
    const { events, clients, seed } = this.#options;
    await this.#ground.open();
    for (let passed = 0; passed < 5_000; passed += rates.stepMs) await this.#pass(rates.stepMs);
    this.#clients = Array.from({ length: clients }, (_, at) => {
      const random = new Random(seed * 1_000 + at);
      return at % 3 === 0
        ? new TruetapeChaosClient(`t${at}`, this, random)
        : new PlainClient(`p${at}`, this, random);
    });
    const steps = Math.ceil(
      Math.max((this.#options.seconds ?? leastSec) * 1_000, events * eventMs) / rates.stepMs,
    );
    for (let step = 0; step < steps && this.#problems.length < mostProblems; step += 1) {
      await this.#step(Math.floor(((step + 1) * events) / steps) - this.published.total);
      if (step % 2_000 === 1_999) this.#options.onProgress?.(this.#progress(step, steps));
    }
    await this.#calm();
    for (const client of this.#clients) client.finish();
    return this.#result();
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.close();
    const closed = { isSo: false };
    const closing = this.#ground.close().then(() => {
      closed.isSo = true;
    });
    for (let turn = 0; turn < 100 && !closed.isSo; turn += 1) await this.#pass(rates.stepMs);
    await closing;
  }

  async #step(events: number): Promise<void> {
    const random = this.#random;
    this.#fault();
    if (this.#markets.feeds.every(({ isLinked }) => isLinked)) {
      for (let count = 0; count < events; count += 1) this.#markets.event(this.#drawChannel());
      if (random.chance(0.5)) this.#markets.price(random);
    }
    for (const client of this.#clients) client.step();
    await this.#pass(rates.stepMs);
  }

  /** Gap records say nothing of another owner of their market: there are none while it changes. */
  #drawChannel(): string {
    const { length } = eventChannels;
    const drawn = eventChannels[this.#random.below(this.#random.chance(0.8) ? 4 : length)] ?? '';
    return drawn === 'gaps' && this.#ground.isTroubled ? 'trades.BTC-USDT' : drawn;
  }

  readonly isUnsettled = (): boolean => this.#isUnsettled;

  #fault(): void {
    const ground = this.#ground;
    const wasUnsettled = this.#isUnsettled;
    this.#isUnsettled = ground.gateways > 1 && ground.isTroubled;
    if (wasUnsettled && !this.#isUnsettled)
      for (const { ledger } of this.#clients) ledger.settled();
    if (ground.lostMs() >= toldMs) {
      this.#staleChecks += 1;
      for (const client of this.#clients) client.checkStale();
    }
    // One that does not read is told later, perhaps of two at once.
    const isQuiet = !this.#clients.some(({ isStalled }) => isStalled);
    this.#isFaultDue ||= this.#random.chance(rates.stepMs / faultEveryMs);
    if (!ground.isTroubled && !(this.#isFaultDue && isQuiet)) return;
    this.#isFaultDue = false;
    ground.fault(isQuiet);
  }

  async #calm(): Promise<void> {
    this.#ground.calm();
    for (const client of this.#clients) client.calm();
    for (let passed = 0; passed < 60_000; passed += rates.stepMs) {
      for (const client of this.#clients) client.step();
      await this.#pass(rates.stepMs);
    }
  }

  async #pass(ms: number): Promise<void> {
    await this.#net.settle();
    this.#virtual.advance(ms);
    await this.#net.settle();
  }

  #progress(step: number, steps: number): string {
    const heard = this.#clients.reduce((sum, { ledger }) => sum + ledger.counts.events, 0);
    return `${step + 1} of ${steps} steps, ${this.published.total} events, ${heard} heard`;
  }

  #result(): GatewayChaosResult {
    const counts = newCounts();
    const sum = { events: 0, lost: 0, doubled: 0, resyncs: 0 };
    let digest = 0;
    for (const { ledger, counts: own } of this.#clients) {
      counts.cuts += own.cuts;
      counts.longCuts += own.longCuts;
      counts.stalls += own.stalls;
      counts.changes += own.changes;
      counts.renewals += own.renewals;
      counts.moves += own.moves;
      counts.marked += own.marked;
      sum.events += ledger.counts.events;
      sum.lost += ledger.counts.lost;
      sum.doubled += ledger.counts.doubled;
      sum.resyncs += ledger.counts.resyncs;
      digest = (Math.imul(digest, 31) + ledger.digest) >>> 0;
    }
    const ground = this.#ground.counts();
    return {
      seed: this.#options.seed,
      problems: this.#problems,
      virtualSec: Math.round(this.#virtual.monotonicMs() / 1_000),
      ...{ published: this.published.total, heard: sum.events, lost: sum.lost },
      ...{ doubled: sum.doubled, resyncs: sum.resyncs, counts },
      ...{ ground, staleChecks: this.#staleChecks },
      digest: digest.toString(16),
    };
  }
}
