import { randomBytes } from 'node:crypto';
import type { ChannelId } from '../../../shared/gateway/channelIds.ts';
import type { MarketId } from '../../../shared/market.ts';
import type { CandlePage, DataSource, HostStatus } from '../../../shared/values.ts';
import type { HostLogEntry } from '../../engine/host.ts';
import type { GatewayClock } from '../gatewayClock.ts';
import type { CandleRequest, FeedListener, MarketFeed, Publication } from '../hub/marketFeed.ts';
import { BeatLoop } from './beatLoop.ts';
import { CandleAsker } from './candleAsker.ts';
import { EventReader } from './eventReader.ts';
import { EventTail } from './eventTail.ts';
import { IngesterViews } from './ingesterViews.ts';
import { LastingProblem } from './lastingProblem.ts';
import type { ClusterView, Lease, LeaseStep, RedisPort } from './redisPort.ts';
import { RedisAwayError, RedisRefusedError } from './redisPort.ts';
import { scaleOutLimits } from './scaleOutLimits.ts';
import { StateWatch, marketsOf } from './stateWatch.ts';

export interface RedisFeedOptions {
  readonly port: RedisPort;
  readonly clock: GatewayClock;
  readonly log: (entry: HostLogEntry) => void;
}

export interface RedisFeedCounts {
  readonly ingesters: number;
  readonly gateways: number;
  readonly unreadable: number;
  readonly losses: number;
  readonly interruptions: number;
}

export interface RedisFeed extends MarketFeed {
  counts(): RedisFeedCounts;
  /**
   * All that Redis keeps has been heard, or Redis does not answer: before that a cursor of another gateway would not be
   * understood.
   */
  caughtUp(): Promise<void>;
}

/** What other processes publish over Redis, for the clients of this one. */
export function openRedisFeed(options: RedisFeedOptions): RedisFeed {
  return new SharedFeed(options);
}

const soonMs = 30;
const startMs = 3_000;

class SharedFeed implements RedisFeed {
  readonly #options: RedisFeedOptions;
  readonly #id = `g${randomBytes(6).toString('hex')}`;
  readonly #loop: BeatLoop;
  readonly #reader: EventReader;
  readonly #tail: EventTail;
  readonly #states: StateWatch;
  readonly #ingesters: IngesterViews;
  readonly #asker: CandleAsker;
  readonly #problem: LastingProblem;
  readonly #readProblem: LastingProblem;
  readonly #unlisten: readonly (() => void)[];
  #listener: FeedListener | null = null;
  #wanted: ReadonlySet<ChannelId> = new Set();
  #areWantsSent = false;
  #unread: readonly ChannelId[] = [];
  #source: DataSource | null = null;
  #run = '';
  #startedMs = 0;
  #hasHeard = false;
  #isUp: boolean | null = null;
  #isResyncDue = true;
  #healthSeq = 0;
  #gateways = 0;
  #losses = 0;
  #interruptions = 0;
  #cancelStart: (() => void) | null = null;
  #isClosed = false;

  constructor(options: RedisFeedOptions) {
    const { port, clock, log } = options;
    this.#options = options;
    this.#problem = new LastingProblem('redis', log);
    this.#readProblem = new LastingProblem('redis', log);
    this.#ingesters = new IngesterViews(port);
    this.#states = new StateWatch(port, (publications) => this.#tell(publications));
    this.#tail = new EventTail({
      onEvents: (publications) => this.#tell(publications),
      onLost: (loss) => {
        this.#losses += loss.isOld === true ? 0 : 1;
        this.#listener?.onLost(loss);
      },
      onOwner: (market, fence) => this.#states.own(market, fence),
      isWanted: (channel) => this.#wanted.has(channel),
    });
    this.#reader = new EventReader({
      ...{ port, clock },
      onEntries: (entries) => {
        this.#readProblem.over();
        this.#tail.take(entries);
      },
      onFailed: (error) => this.#readProblem.is(textOf(error)),
    });
    this.#loop = new BeatLoop({
      ...{ clock, everyMs: scaleOutLimits.beatMs, soonMs },
      beat: () => this.#beat(),
      isHasty: () => this.#isStarting(),
    });
    this.#asker = new CandleAsker(port, clock, this.#id);
    this.#unlisten = [
      port.onLink((isUp) => {
        if (!isUp) this.#away();
        this.#soon();
      }),
      port.onListenGap(() => {
        this.#isResyncDue = true;
        this.#soon();
      }),
    ];
  }

  listen(listener: FeedListener): void {
    this.#listener = listener;
    this.#startedMs = this.#options.clock.monotonicMs();
    this.#cancelStart = this.#options.clock.after(startMs, () => this.#reader.giveUp());
    this.#soon();
    void this.#reader.run();
  }

  want(channels: ReadonlySet<ChannelId>): void {
    this.#wanted = new Set(channels);
    this.#areWantsSent = false;
    this.#unread = [...this.#unread, ...this.#states.want(this.#wanted)];
    this.#soon();
  }

  markets(): readonly MarketId[] {
    return this.#ingesters.markets;
  }

  async candles(request: CandleRequest): Promise<CandlePage> {
    const { ids } = this.#ingesters;
    try {
      const [lease] = await this.#look([request.market]);
      const owner = lease?.owner ?? null;
      const others = ids.filter((ingester) => ingester !== owner);
      return await this.#asker.ask(request, owner === null ? others : [owner, ...others]);
    } catch (error) {
      if (!isOfRedis(error)) throw error;
      return this.#asker.ask(request, []);
    }
  }

  status(): HostStatus | null {
    return this.#ingesters.status();
  }

  counts(): RedisFeedCounts {
    return {
      ingesters: this.#ingesters.ids.length,
      gateways: this.#gateways,
      unreadable: this.#tail.unreadable + this.#states.unreadable,
      losses: this.#losses,
      interruptions: this.#interruptions,
    };
  }

  caughtUp(): Promise<void> {
    return this.#reader.caughtUp;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    void this.#loop.close();
    this.#cancelStart?.();
    this.#reader.close();
    this.#states.close();
    this.#asker.close();
    for (const unlisten of this.#unlisten) unlisten();
    try {
      await this.#options.port.leave('gateway', this.#id);
    } catch (error) {
      if (!isOfRedis(error)) throw error;
      this.#log('info', 'Redis is away: it forgets this gateway by itself');
    }
  }

  #soon(): void {
    if (this.#listener !== null) this.#loop.soon();
  }

  async #beat(): Promise<void> {
    try {
      await this.#beatOnce();
      this.#problem.over();
    } catch (error) {
      if (!(error instanceof RedisAwayError)) this.#problem.is(textOf(error));
      this.#away();
    }
  }

  async #beatOnce(): Promise<void> {
    const { port } = this.#options;
    const view = await port.beat({
      role: 'gateway',
      id: this.#id,
      record: '',
      keepMs: scaleOutLimits.wantMs,
      wantsVersion: '',
    });
    this.#gateways = view.gateways;
    this.#meet(view);
    if (!view.hasWants || !this.#areWantsSent) {
      this.#areWantsSent = true;
      await port.setWants(this.#id, [...this.#wanted].sort(), scaleOutLimits.wantMs * 2);
    }
    await this.#ingesters.meet(view);
    const source = this.status()?.source;
    if (source !== undefined && this.#source === null) this.#setSource(source);
    await this.#lookAtLeases();
    await this.#readStates();
    await this.#readHealth();
    if (this.#isClosed || !port.isUp()) return;
    if (this.#ingesters.ids.length > 0) this.#setUp(true, 'Market data comes again.');
    else if (!this.#isStarting()) this.#setUp(false, 'No process publishes market data.');
  }

  #meet({ run }: ClusterView): void {
    // A log that begins anew may have smaller ids: it is read from its start.
    if (this.#tail.run !== null && this.#tail.run !== run) this.#reader.startOver();
    if (this.#run !== '' && this.#run !== run) {
      this.#states.begin();
      this.#isResyncDue = true;
    }
    this.#run = run;
  }

  #look(markets: readonly MarketId[]): Promise<readonly (Lease | null)[]> {
    const steps = markets.map((market): LeaseStep => ({ type: 'look', market }));
    return this.#options.port.lease(this.#id, steps, scaleOutLimits.leaseMs);
  }

  /** Of an owner that says nothing nobody knows whether it still publishes: what it published is not live meanwhile. */
  async #lookAtLeases(): Promise<void> {
    const markets = [...marketsOf(this.#wanted)];
    const leases = await this.#look(markets);
    const heard = markets.map((market, index) => {
      const lease = leases[index] ?? null;
      const isSilent = lease === null || lease.ageMs > scaleOutLimits.silentMs;
      return [market, isSilent ? null : lease] as const;
    });
    this.#states.look(new Map(heard));
  }

  async #readStates(): Promise<void> {
    const unread = this.#unread;
    this.#unread = [];
    try {
      if (this.#isResyncDue) {
        this.#isResyncDue = false;
        this.#states.doubtAll();
        await this.#states.read();
      } else await this.#states.read(unread);
    } catch (error) {
      this.#isResyncDue = true;
      throw error;
    }
  }

  async #readHealth(): Promise<void> {
    if (!this.#wanted.has('health')) return;
    const health = await this.#ingesters.health();
    const status = this.status();
    if (health === null || status === null) return;
    this.#healthSeq += 1;
    this.#tell([
      {
        channel: 'health',
        type: 'state',
        epoch: this.#id,
        seq: this.#healthSeq,
        source: status.source,
        time: health.time,
        value: { kind: 'health', health, status },
      },
    ]);
  }

  #tell(publications: readonly Publication[]): void {
    const [first] = publications;
    if (first === undefined || this.#isClosed) return;
    this.#hasHeard = true;
    if (first.source !== this.#source) this.#setSource(first.source);
    const at = publications.findIndex(({ source }) => source !== first.source);
    this.#listener?.onPublished(at < 0 ? publications : publications.slice(0, at));
    if (at >= 0) this.#tell(publications.slice(at));
  }

  #setSource(source: DataSource): void {
    this.#source = source;
    this.#listener?.onSource(source);
  }

  #away(): void {
    if (this.#listener === null || this.#isStarting()) return;
    const { text } = this.#problem;
    const isRefused = text !== '' && this.#options.port.isUp();
    this.#setUp(false, isRefused ? text : 'Redis does not answer: no market data until it does.');
  }

  /** The first moments are no outage. */
  #isStarting(): boolean {
    const sinceMs = this.#options.clock.monotonicMs() - this.#startedMs;
    return this.#isUp === null && !this.#hasHeard && sinceMs < startMs;
  }

  #setUp(isUp: boolean, message: string): void {
    if (isUp === this.#isUp || this.#isClosed) return;
    const isFirst = this.#isUp === null;
    this.#isUp = isUp;
    if (isFirst && isUp) return;
    if (!isUp) {
      this.#isResyncDue = true;
      this.#interruptions += isFirst ? 0 : 1;
    }
    this.#log(isUp ? 'info' : 'warning', message);
    this.#listener?.onLink(isUp, message);
  }

  #log(level: HostLogEntry['level'], text: string): void {
    this.#options.log({ level, scope: 'redis', text });
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function isOfRedis(error: unknown): boolean {
  return error instanceof RedisAwayError || error instanceof RedisRefusedError;
}
