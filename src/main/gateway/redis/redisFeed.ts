import { randomBytes } from 'node:crypto';
import { DamagedBytesError } from '../../../shared/bytes.ts';
import type { ChannelId } from '../../../shared/gateway/channelIds.ts';
import type { MarketId } from '../../../shared/market.ts';
import type { CandlePage, DataSource, HostStatus } from '../../../shared/values.ts';
import type { HostLogEntry } from '../../engine/host.ts';
import type { GatewayClock } from '../gatewayClock.ts';
import type { CandleRequest, FeedListener, MarketFeed, Publication } from '../hub/marketFeed.ts';
import { CandleAsker } from './candleAsker.ts';
import { EventTail } from './eventTail.ts';
import { parseIngesterRecord } from './ingesterRecord.ts';
import type { IngesterRecord } from './ingesterRecord.ts';
import { readMarketList } from './marketList.ts';
import { mergeHealth, mergeStatus } from './mergeIngesters.ts';
import type { NamedHealth } from './mergeIngesters.ts';
import { decodePublications } from './publicationCodec.ts';
import type { ClusterView, LeaseStep, RedisPort } from './redisPort.ts';
import { RedisAwayError } from './redisPort.ts';
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
const awayMs = 200;
const oddMs = 1_000;
const startMs = 3_000;

class SharedFeed implements RedisFeed {
  readonly #options: RedisFeedOptions;
  readonly #id = `g${randomBytes(6).toString('hex')}`;
  readonly #tail: EventTail;
  readonly #states: StateWatch;
  readonly #asker: CandleAsker;
  readonly #unlisten: readonly (() => void)[];
  #listener: FeedListener | null = null;
  #wanted: ReadonlySet<ChannelId> = new Set();
  #areWantsSent = false;
  #unread: readonly ChannelId[] = [];
  #records: ReadonlyMap<string, IngesterRecord> = new Map();
  #marketsVersion = '';
  #markets: readonly MarketId[] = [];
  #source: DataSource | null = null;
  #afterId = '0';
  #startedMs = 0;
  #hasHeard = false;
  #isUp: boolean | null = null;
  #isResyncDue = true;
  #healthSeq = 0;
  #gateways = 0;
  #losses = 0;
  #interruptions = 0;
  #isBeating = false;
  #isBeatDue = false;
  #cancelBeat: (() => void) | null = null;
  #cancelStart: (() => void) | null = null;
  #wakeReader: (() => void) | null = null;
  readonly #caughtUp: Promise<void>;
  #nowCaughtUp: () => void = () => undefined;
  #isClosed = false;

  constructor(options: RedisFeedOptions) {
    const { port, clock } = options;
    this.#options = options;
    this.#states = new StateWatch(port, (publications) => this.#tell(publications));
    this.#tail = new EventTail({
      onEvents: (publications) => this.#tell(publications),
      onLost: (loss) => {
        this.#losses += 1;
        this.#listener?.onLost(loss);
      },
      onOwner: (market, fence) => this.#states.own(market, fence),
    });
    this.#asker = new CandleAsker(port, clock, this.#id);
    this.#caughtUp = new Promise((resolve) => {
      this.#nowCaughtUp = resolve;
    });
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
    this.#cancelStart = this.#options.clock.after(startMs, () => this.#nowCaughtUp());
    this.#soon();
    void this.#follow();
  }

  want(channels: ReadonlySet<ChannelId>): void {
    this.#wanted = new Set(channels);
    this.#areWantsSent = false;
    this.#unread = [...this.#unread, ...this.#states.want(this.#wanted)];
    this.#soon();
  }

  markets(): readonly MarketId[] {
    return this.#markets;
  }

  async candles(request: CandleRequest): Promise<CandlePage> {
    const all = [...this.#records.keys()];
    try {
      const step: LeaseStep = { type: 'look', market: request.market };
      const [lease] = await this.#options.port.lease(this.#id, [step], scaleOutLimits.leaseMs);
      const owner = lease?.owner ?? null;
      const others = all.filter((ingester) => ingester !== owner);
      return await this.#asker.ask(request, owner === null ? others : [owner, ...others]);
    } catch (error) {
      if (!(error instanceof RedisAwayError)) throw error;
      return this.#asker.ask(request, []);
    }
  }

  status(): HostStatus | null {
    return mergeStatus([...this.#records.values()]);
  }

  counts(): RedisFeedCounts {
    return {
      ingesters: this.#records.size,
      gateways: this.#gateways,
      unreadable: this.#tail.unreadable + this.#states.unreadable,
      losses: this.#losses,
      interruptions: this.#interruptions,
    };
  }

  caughtUp(): Promise<void> {
    return this.#caughtUp;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cancelBeat?.();
    this.#cancelStart?.();
    this.#nowCaughtUp();
    this.#wakeReader?.();
    this.#states.close();
    this.#asker.close();
    for (const unlisten of this.#unlisten) unlisten();
    try {
      await this.#options.port.leave('gateway', this.#id);
    } catch (error) {
      if (!(error instanceof RedisAwayError)) throw error;
      this.#log('info', 'Redis is away: it forgets this gateway by itself');
    }
  }

  #soon(): void {
    if (this.#isClosed || this.#listener === null) return;
    if (this.#isBeating) this.#isBeatDue = true;
    else this.#schedule(soonMs);
  }

  #schedule(delayMs: number): void {
    this.#cancelBeat?.();
    this.#cancelBeat = this.#options.clock.after(delayMs, () => {
      this.#cancelBeat = null;
      void this.#beat();
    });
  }

  async #beat(): Promise<void> {
    this.#isBeating = true;
    this.#isBeatDue = false;
    try {
      await this.#beatOnce();
    } catch (error) {
      this.#away();
      if (!(error instanceof RedisAwayError)) this.#complain(error);
    } finally {
      this.#isBeating = false;
    }
    const isSoon = this.#isBeatDue || this.#isStarting();
    if (!this.#isClosed) this.#schedule(isSoon ? soonMs : scaleOutLimits.beatMs);
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
    if (!view.hasWants || !this.#areWantsSent) {
      this.#areWantsSent = true;
      await port.setWants(this.#id, [...this.#wanted].sort(), scaleOutLimits.wantMs * 2);
    }
    // A log that begins anew may have smaller ids: it is read from its start.
    if (this.#tail.run !== null && this.#tail.run !== view.run) this.#afterId = '0';
    await this.#meet(view);
    await this.#lookAtLeases();
    await this.#readStates();
    await this.#readHealth();
    if (this.#isClosed || !port.isUp()) return;
    if (this.#records.size > 0) this.#setUp(true, 'Market data comes again.');
    else if (!this.#isStarting()) this.#setUp(false, 'No process publishes market data.');
  }

  async #meet(view: ClusterView): Promise<void> {
    const records = new Map<string, IngesterRecord>();
    for (const [id, text] of view.ingesters) {
      const record = parseIngesterRecord(text);
      if (record !== null && /^[\w-]{1,40}$/.test(id)) records.set(id, record);
    }
    this.#records = records;
    const source = this.status()?.source;
    if (source !== undefined && this.#source === null) this.#setSource(source);
    const version = [...records].map(([id, each]) => `${id} ${each.marketsVersion}`).join(',');
    if (version === this.#marketsVersion) return;
    const ids = [...records.keys()];
    const lists = await this.#options.port.get(ids.map((id) => `markets:${id}`));
    // All of them are kept while none is there to say otherwise: what a client asks for stays a market.
    if (ids.length > 0) this.#markets = [...new Set(lists.flatMap(readMarketList))].sort();
    if (lists.every((list) => list !== null)) this.#marketsVersion = version;
  }

  async #lookAtLeases(): Promise<void> {
    const markets = [...marketsOf(this.#wanted)];
    const steps = markets.map((market): LeaseStep => ({ type: 'look', market }));
    const leases = await this.#options.port.lease(this.#id, steps, scaleOutLimits.leaseMs);
    this.#states.look(new Map(markets.map((market, index) => [market, leases[index] ?? null])));
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
    const ids = [...this.#records.keys()];
    const blobs = await this.#options.port.get(ids.map((id) => `health:${id}`));
    const parts: NamedHealth[] = [];
    for (const [index, name] of ids.entries()) {
      const health = healthOf(blobs[index] ?? null);
      if (health !== null) parts.push({ name, health });
    }
    const health = mergeHealth(parts);
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

  /** Waits in Redis for events, and goes on after whatever happens to it. */
  async #follow(): Promise<void> {
    while (!this.#isClosed) {
      try {
        const entries = await this.#options.port.readEvents(this.#afterId);
        if (this.#isClosed) return;
        this.#tail.take(entries);
        if (entries.length < scaleOutLimits.readCount) this.#nowCaughtUp();
        const last = entries.at(-1);
        if (last !== undefined) this.#afterId = last.id;
      } catch (error) {
        if (this.#isClosed) return;
        if (!(error instanceof RedisAwayError)) this.#complain(error);
        await this.#pause(error instanceof RedisAwayError ? awayMs : oddMs);
      }
    }
  }

  #pause(forMs: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(forMs, resolve);
      this.#wakeReader = () => {
        cancel();
        resolve();
      };
    });
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
    if (this.#listener !== null && !this.#isStarting())
      this.#setUp(false, 'Redis does not answer: no market data until it does.');
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

  #complain(error: unknown): void {
    this.#log('error', `Redis: ${error instanceof Error ? error.message : String(error)}`);
  }

  #log(level: HostLogEntry['level'], text: string): void {
    this.#options.log({ level, scope: 'redis', text });
  }
}

function healthOf(bytes: Uint8Array | null) {
  if (bytes === null || bytes.length > scaleOutLimits.maxValueBytes) return null;
  try {
    const value = decodePublications(bytes).publications[0]?.value;
    return value?.kind === 'health' ? value.health : null;
  } catch (error) {
    if (error instanceof DamagedBytesError) return null;
    throw error;
  }
}
