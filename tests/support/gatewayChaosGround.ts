import type { GatewayClock } from '../../src/main/gateway/gatewayClock.ts';
import type { HubLimits } from '../../src/main/gateway/hub/hubLimits.ts';
import { openIngester } from '../../src/main/gateway/redis/ingester.ts';
import { openRedisFeed } from '../../src/main/gateway/redis/redisFeed.ts';
import type { Random } from '../shared/randomValues.ts';
import type { ChaosClient } from './gatewayChaosClient.ts';
import type { ChaosMarkets } from './gatewayChaosFeed.ts';
import { chaosMarkets, eventChannels, priceChannels } from './gatewayChaosFeed.ts';
import type { MemoryNet, Wire } from './gatewayChaosNet.ts';
import type { ChaosPort } from './gatewayChaosRedis.ts';
import { ChaosRedis } from './gatewayChaosRedis.ts';
import { ChaosGateway } from './gatewayChaosServer.ts';

export interface GroundOptions {
  readonly net: MemoryNet;
  readonly clock: GatewayClock;
  readonly markets: ChaosMarkets;
  readonly random: Random;
  readonly limits: Partial<HubLimits>;
  readonly clients: () => readonly ChaosClient[];
  drawChannel(): string;
  complain(problem: string): void;
}

export interface GroundCounts {
  readonly faults: Readonly<Record<string, number>>;
  readonly evicted: number;
  readonly conflated: number;
  /** Longest time without an owner of a market after an ingester was killed. */
  readonly takenOverMs: number;
}

/** What is behind the clients, and what goes wrong with it. */
export interface ChaosGround {
  readonly gateways: number;
  open(): Promise<void>;
  dial(gateway: number): Wire | null;
  /** May something go wrong now? Perhaps it does. */
  fault(isQuiet: boolean): void;
  /** Something is wrong at this moment. */
  readonly isTroubled: boolean;
  /** For so long that nothing may look live; 0: nothing is lost. */
  lostMs(): number;
  /** All is well again. */
  calm(): void;
  counts(): GroundCounts;
  close(): Promise<void>;
}

function countsOf(gateways: readonly ChaosGateway[]) {
  const counts = gateways.map(({ hub }) => hub.counts());
  return {
    evicted: counts.reduce((sum, { evicted }) => sum + evicted, 0),
    conflated: counts.reduce((sum, { conflated }) => sum + conflated, 0),
  };
}

function complainOfLogs(
  gateways: readonly ChaosGateway[],
  complain: (problem: string) => void,
): void {
  for (const { logged } of gateways) {
    for (const text of logged.splice(0)) complain(`a gateway logged: ${text}`);
  }
}

/** One gateway with an engine in its process. */
export class LocalGround implements ChaosGround {
  readonly gateways = 1;
  readonly #options: GroundOptions;
  readonly #faults = { outages: 0, losses: 0, engineRestarts: 0 };
  #gateway: ChaosGateway | null = null;
  #lostSinceMs: number | null = null;

  constructor(options: GroundOptions) {
    this.#options = options;
  }

  async open(): Promise<void> {
    const { net, clock, markets, limits } = this.#options;
    this.#gateway = await ChaosGateway.open(net, clock, markets.replaceFeed(0), limits);
  }

  dial(): Wire | null {
    return this.#gateway?.connect() ?? null;
  }

  get isTroubled(): boolean {
    return this.#lostSinceMs !== null;
  }

  lostMs(): number {
    const { clock } = this.#options;
    return this.#lostSinceMs === null ? 0 : clock.monotonicMs() - this.#lostSinceMs;
  }

  fault(isQuiet: boolean): void {
    const { clock, random, markets } = this.#options;
    if (this.#lostSinceMs !== null) {
      if (this.lostMs() >= 6_000) this.calm();
    } else if (random.chance(0.4)) {
      this.#faults.outages += 1;
      this.#lostSinceMs = clock.monotonicMs();
      markets.link(false);
    } else if (isQuiet) this.#lose();
  }

  calm(): void {
    if (this.#lostSinceMs !== null) this.#options.markets.link(true);
    this.#lostSinceMs = null;
  }

  counts(): GroundCounts {
    const gateways = this.#gateway === null ? [] : [this.#gateway];
    complainOfLogs(gateways, (problem) => this.#options.complain(problem));
    return { faults: this.#faults, ...countsOf(gateways), takenOverMs: 0 };
  }

  async close(): Promise<void> {
    await this.#gateway?.close();
  }

  /** The feed loses something on its way and says so, or another engine takes over. */
  #lose(): void {
    const { random, markets, clients, drawChannel } = this.#options;
    const missing = 1 + random.below(5);
    const isOther = random.chance(0.5);
    this.#faults[isOther ? 'engineRestarts' : 'losses'] += 1;
    for (const client of clients()) client.owe();
    for (let count = 0; count < missing; count += 1) markets.event(drawChannel(), true);
    for (const feed of markets.feeds) {
      if (isOther) feed.restart();
      feed.lose({ reason: isOther ? 'epoch' : 'upstream', missing: isOther ? null : missing });
    }
  }
}

interface Process {
  readonly port: ChaosPort;
  isAlive: boolean;
}

interface SharedGateway extends Process {
  gateway: ChaosGateway;
}

type Trouble = 'blip' | 'outage' | 'restart' | 'ingester' | 'gateway';
/** How long each lasts: an outage longer than a lease ends it. */
const troubleMs: Readonly<Record<Trouble, number>> = {
  blip: 1_000,
  outage: 10_000,
  restart: 10_000,
  ingester: 12_000,
  gateway: 20_000,
};
const troubles: readonly Trouble[] = ['blip', 'outage', 'restart', 'ingester', 'gateway'];
/** In which leases move; a shorter trouble loses nothing. */
const leasesMoveMs = 5_000;

/** Two gateways and two ingesters of the same markets, over Redis. */
export class SharedGround implements ChaosGround {
  readonly gateways = 2;
  readonly #options: GroundOptions;
  readonly #redis: ChaosRedis;
  readonly #serving: SharedGateway[] = [];
  readonly #gone: ChaosGateway[] = [];
  readonly #ingesters: (Process & { close(): Promise<void> })[] = [];
  readonly #faults = { blip: 0, outage: 0, restart: 0, ingester: 0, gateway: 0 };
  #trouble: { readonly type: Trouble; readonly sinceMs: number } | null = null;
  #restMs = 30_000;
  #takenOverMs = 0;
  #opening: Promise<void> = Promise.resolve();

  constructor(options: GroundOptions) {
    this.#options = options;
    this.#redis = new ChaosRedis(options.clock, options.limits.retentionMs ?? 120_000);
  }

  async open(): Promise<void> {
    for (const index of [0, 1]) this.#startIngester(index);
    for (const index of [0, 1]) await this.#startGateway(index);
  }

  dial(gateway: number): Wire | null {
    const chosen = [this.#serving[gateway], this.#serving[1 - gateway]];
    return chosen.find((each) => each?.isAlive === true)?.gateway.connect() ?? null;
  }

  get isTroubled(): boolean {
    return this.#trouble !== null || this.#options.clock.monotonicMs() < this.#restMs - 20_000;
  }

  lostMs(): number {
    const { type, sinceMs } = this.#trouble ?? { type: 'blip', sinceMs: 0 };
    if (type !== 'outage' && type !== 'restart') return 0;
    return this.#options.clock.monotonicMs() - sinceMs;
  }

  fault(isQuiet: boolean): void {
    const { clock, random } = this.#options;
    const nowMs = clock.monotonicMs();
    if (this.#trouble !== null) {
      this.#follow(nowMs);
      return;
    }
    if (!isQuiet || nowMs < this.#restMs) return;
    const type = random.of(troubles);
    this.#trouble = { type, sinceMs: nowMs };
    this.#faults[type] += 1;
    this.#mayHaveGap(type);
    this.#begin(type);
  }

  calm(): void {
    if (this.#trouble !== null) this.#end(this.#trouble.type);
    this.#trouble = null;
  }

  counts(): GroundCounts {
    const gateways = [...this.#serving.map(({ gateway }) => gateway), ...this.#gone];
    complainOfLogs(gateways, (problem) => this.#options.complain(problem));
    return { faults: this.#faults, ...countsOf(gateways), takenOverMs: this.#takenOverMs };
  }

  async close(): Promise<void> {
    await this.#opening;
    for (const { gateway } of this.#serving) await gateway.close();
    for (const gateway of this.#gone) await gateway.close();
    for (const ingester of this.#ingesters) await ingester.close();
    for (const port of [...this.#redis.ports]) await port.close();
  }

  /** When its markets move, and when those of one that is back move again. */
  #mayHaveGap(type: Trouble): void {
    if (type === 'blip' || type === 'gateway') return;
    for (const client of this.#options.clients()) client.mayHaveGap();
  }

  #begin(type: Trouble): void {
    const { random } = this.#options;
    switch (type) {
      case 'blip':
      case 'outage':
      case 'restart':
        for (const { port, isAlive } of this.#processes()) if (isAlive) port.cut(true);
        if (type === 'restart') this.#redis.forgetAll();
        return;
      case 'ingester':
        this.#killIngester(random.below(2));
        return;
      case 'gateway':
        this.#killGateway(random.below(2));
        return;
    }
  }

  #end(type: Trouble): void {
    this.#mayHaveGap(type);
    this.#restMs = this.#options.clock.monotonicMs() + 40_000;
    switch (type) {
      case 'blip':
      case 'outage':
      case 'restart':
        for (const { port, isAlive } of this.#processes()) if (isAlive) port.cut(false);
        return;
      case 'ingester':
        for (const [index, { isAlive }] of this.#ingesters.entries()) {
          if (!isAlive) this.#startIngester(index);
        }
        return;
      case 'gateway':
        for (const [index, { isAlive }] of this.#serving.entries()) {
          if (!isAlive) this.#opening = this.#startGateway(index);
        }
        return;
    }
  }

  #follow(nowMs: number): void {
    if (this.#trouble === null) return;
    const { type, sinceMs } = this.#trouble;
    if (type === 'ingester') this.#watchLeases(nowMs - sinceMs);
    if (nowMs - sinceMs < troubleMs[type]) return;
    this.#trouble = null;
    this.#end(type);
  }

  #watchLeases(sinceMs: number): void {
    const dead = this.#ingesters.findIndex(({ isAlive }) => !isAlive);
    const owners = new Set(chaosMarkets.map((market) => this.#redis.ownerOf(market)));
    const isTaken = !owners.has(null) && owners.size === 1;
    if (dead < 0 || isTaken) return;
    this.#takenOverMs = Math.max(this.#takenOverMs, sinceMs);
    if (sinceMs > leasesMoveMs) {
      this.#options.complain(`markets are without an owner after ${sinceMs} ms`);
    }
  }

  #processes(): readonly Process[] {
    return [...this.#serving, ...this.#ingesters];
  }

  #startIngester(index: number): void {
    const { clock, markets } = this.#options;
    const port = this.#redis.port();
    const feed = markets.replaceFeed(index);
    const log = () => undefined;
    const ingester = openIngester({ port, feed, clock, version: '1.2.3', log });
    this.#ingesters[index] = { port, isAlive: true, close: () => ingester.close() };
  }

  /** It says nothing any more, and hears nothing. */
  #killIngester(index: number): void {
    const ingester = this.#ingesters[index];
    if (ingester === undefined) return;
    ingester.isAlive = false;
    ingester.port.cut(true);
    this.#options.markets.kill(index);
  }

  async #startGateway(index: number): Promise<void> {
    const { net, clock, limits } = this.#options;
    const port = this.#redis.port();
    const feed = openRedisFeed({ port, clock, log: () => undefined });
    const gateway = await ChaosGateway.open(net, clock, feed, limits);
    gateway.isUp = false;
    const serving = { port, gateway, isAlive: false };
    this.#serving[index] = serving;
    void feed.caughtUp().then(() => {
      serving.isAlive = true;
      gateway.isUp = true;
    });
    listenToAll(gateway, clock);
  }

  #killGateway(index: number): void {
    const serving = this.#serving[index];
    if (serving === undefined) return;
    serving.isAlive = false;
    serving.gateway.cutAll();
    serving.port.cut(true);
    this.#gone.push(serving.gateway);
  }
}

/** Somebody wants each channel at all times: what nobody wants is not published, and is no loss. */
function listenToAll({ hub }: ChaosGateway, clock: GatewayClock): void {
  const opened = hub.open({
    transport: 'websocket',
    principal: { user: 'witness', family: null, expiresTime: null },
    address: 'witness',
    sink: {
      bufferedBytes: () => 0,
      sendUpdates: () => undefined,
      sendMessage: () => undefined,
      end: () => undefined,
    },
  });
  if ('code' in opened) throw new Error(opened.message);
  const want = (): void => {
    const channels = [...eventChannels, ...priceChannels];
    const { rejected } = opened.subscribe({ type: 'subscribe', channels });
    if (rejected.length > 0) clock.after(50, want);
  };
  want();
}
