import { randomBytes, randomInt } from 'node:crypto';
import type { ChannelId } from '../../../shared/gateway/channelIds.ts';
import type { MarketId } from '../../../shared/market.ts';
import { parseInstrumentId } from '../../../shared/market.ts';
import type { HostLogEntry } from '../../engine/host.ts';
import type { GatewayClock } from '../gatewayClock.ts';
import type { MarketFeed, Publication } from '../hub/marketFeed.ts';
import { BeatLoop } from './beatLoop.ts';
import { CandleAnswers } from './candleAnswers.ts';
import { channelEpoch, marketOfChannel } from './channelEpochs.ts';
import { IngesterLists } from './ingesterLists.ts';
import { leadingSource, parseIngesterRecord, writeIngesterRecord } from './ingesterRecord.ts';
import type { IngesterRecord } from './ingesterRecord.ts';
import { KnownPeers } from './knownPeers.ts';
import type { PeersNow } from './knownPeers.ts';
import { LastingProblem } from './lastingProblem.ts';
import { LeaseKeeper } from './leaseKeeper.ts';
import { Publisher } from './publisher.ts';
import type { ClusterView, RedisPort } from './redisPort.ts';
import { RedisAwayError, RedisRefusedError } from './redisPort.ts';
import { scaleOutLimits } from './scaleOutLimits.ts';
import { WantedChannels } from './wantedChannels.ts';

export interface IngesterOptions {
  readonly port: RedisPort;
  /** Of the engine in this process; the ingester is its listener. */
  readonly feed: MarketFeed;
  readonly clock: GatewayClock;
  readonly version: string;
  readonly log: (entry: HostLogEntry) => void;
}

export interface IngesterCounts {
  readonly markets: number;
  readonly batches: number;
  readonly events: number;
  readonly states: number;
  readonly bytes: number;
  readonly dropped: number;
}

export interface Ingester {
  readonly id: string;
  /** Markets that it publishes now. */
  markets(): readonly MarketId[];
  counts(): IngesterCounts;
  /** Gives its markets away at once. */
  close(): Promise<void>;
}

/** Publishes this process' share of what all gateways want. */
export function openIngester(options: IngesterOptions): Ingester {
  return new RedisIngester(options);
}

const idRange = 2 ** 32;
const earlyBeatMs = 50;
/** Until Redis has told the time, which all processes share, this one came last. */
const notStarted = Number.MAX_SAFE_INTEGER;

class RedisIngester implements Ingester {
  readonly id = `i${randomBytes(6).toString('hex')}`;
  readonly #options: IngesterOptions;
  readonly #keeper: LeaseKeeper;
  readonly #publisher: Publisher;
  readonly #loop: BeatLoop;
  readonly #lists: IngesterLists;
  readonly #answers: CandleAnswers;
  readonly #problem: LastingProblem;
  readonly #publishProblem: LastingProblem;
  readonly #peers = new KnownPeers();
  readonly #wanted = new WantedChannels();
  readonly #takes = new Map<ChannelId, number>();
  readonly #unlisten: readonly (() => void)[];
  /** Records of gaps have ids of their engine: this part makes them different over all processes. */
  readonly #gapSpace = randomInt(2 ** 20) * idRange;
  #startedTime = notStarted;
  #run = '';
  #channels: ReadonlySet<ChannelId> = new Set();
  #wantsVersion = '';
  #isFeedUp = true;
  #foreignSource = '';
  #isClosed = false;

  constructor(options: IngesterOptions) {
    const { port, clock, feed, log } = options;
    this.#options = options;
    this.#problem = new LastingProblem('ingest', log);
    this.#publishProblem = new LastingProblem('ingest', log);
    this.#keeper = new LeaseKeeper(port, clock, this.id);
    this.#lists = new IngesterLists(port, clock, this.id);
    this.#loop = new BeatLoop({
      ...{ clock, everyMs: scaleOutLimits.beatMs, soonMs: earlyBeatMs },
      beat: () => this.#beat(),
    });
    this.#publisher = new Publisher({
      ...{ port, clock, self: this.id },
      onRefused: (markets) => {
        this.#keeper.lose(markets);
        this.#loop.soon();
      },
      onFailed: (error) => {
        void this.#refused(this.#publishProblem, error);
        this.#loop.soon();
      },
      onTaken: () => this.#publishProblem.over(),
    });
    feed.listen({
      onPublished: (publications) => this.#publish(publications),
      onLost: ({ channels }) => this.#take(channels ?? [...this.#channels]),
      onLink: (isUp) => {
        this.#isFeedUp = isUp;
        this.#loop.soon();
      },
      onSource: () => this.#take([...this.#channels]),
    });
    this.#answers = new CandleAnswers({ port, feed, self: this.id, log });
    this.#unlisten = [
      port.onLink((isUp) => {
        if (!isUp) this.#publisher.setRun(null);
        this.#loop.soon();
      }),
      port.listen('beat', () => this.#loop.soon()),
    ];
  }

  markets(): readonly MarketId[] {
    return [...this.#keeper.fences().keys()];
  }

  counts(): IngesterCounts {
    return { markets: this.#keeper.fences().size, ...this.#publisher.counts() };
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const isIdle = this.#loop.close();
    this.#publisher.close();
    this.#answers.close();
    for (const unlisten of this.#unlisten) unlisten();
    try {
      // A round that goes on would take again what is given away; of a Redis that hangs none is waited for.
      if (this.#options.port.isUp()) await isIdle;
      await this.#keeper.releaseAll();
      await this.#options.port.leave('ingester', this.id);
    } catch (error) {
      if (!isOfRedis(error)) throw error;
      this.#log('info', 'Redis is away: what this process published is free when its leases end');
    }
  }

  async #beat(): Promise<void> {
    try {
      await this.#beatOnce();
      this.#problem.over();
    } catch (error) {
      this.#publisher.setRun(null);
      this.#peers.interrupt();
      if (!(error instanceof RedisAwayError)) await this.#refused(this.#problem, error);
    }
    // Leases end by our own clock as well, whether or not Redis could be asked.
    this.#publisher.setLeases(this.#keeper.fences());
  }

  /** Redis answers, and does not take it. What fills it first are events that are kept for those who come back. */
  async #refused(problem: LastingProblem, error: unknown): Promise<void> {
    problem.is(error instanceof Error ? error.message : String(error));
    if (!(error instanceof RedisRefusedError) || error.code !== 'OOM') return;
    try {
      await this.#options.port.makeRoom();
    } catch (failure) {
      if (!isOfRedis(failure)) throw failure;
      this.#log('debug', `no room could be made in Redis: ${failure.message}`);
    }
  }

  async #beatOnce(): Promise<void> {
    const { port, feed, version } = this.#options;
    const status = feed.status();
    if (status === null) return;
    const markets = feed.markets();
    const versions = await this.#lists.put(markets);
    const { source } = status;
    const own = { source, startedTime: this.#startedTime, version, ...versions, status };
    const view = await port.beat({
      role: 'ingester',
      id: this.id,
      record: writeIngesterRecord(own),
      keepMs: scaleOutLimits.leaseMs,
      wantsVersion: this.#wantsVersion,
    });
    const isFirst = this.#startedTime === notStarted;
    this.#meet(view);
    // Others have to know it before it takes something.
    if (isFirst || this.#isClosed) return;
    const peers = this.#peersOf(view, { ...own, startedTime: this.#startedTime });
    if (peers === null || !this.#isFeedUp) await this.#keeper.releaseAll();
    else await this.#share(markets, peers);
    this.#publisher.setLeases(this.#keeper.fences());
    this.#publisher.setRun(view.run);
    if (this.#wanted.has('health')) await this.#lists.putHealth();
  }

  #meet(view: ClusterView): void {
    if (view.run !== this.#run) {
      // What it had of ours is gone with the run before.
      if (this.#run !== '') this.#lists.forget();
      this.#run = view.run;
      this.#loop.soon();
    }
    if (this.#startedTime === notStarted) this.#startedTime = view.time;
    this.#wantsVersion = view.wantsVersion;
    if (view.wants !== null) this.#wanted.set(view.wants, this.#options.clock.monotonicMs());
  }

  /** Null: others publish another source, and this process waits until they are gone. */
  #peersOf(view: ClusterView, own: IngesterRecord): PeersNow | null {
    const records = new Map<string, IngesterRecord>([[this.id, own]]);
    for (const [id, text] of view.ingesters) {
      const record = id === this.id ? own : parseIngesterRecord(text);
      if (record !== null) records.set(id, record);
    }
    const leading = leadingSource(records.values());
    const isForeign = leading !== null && leading !== own.source;
    if (isForeign && this.#foreignSource !== leading) {
      this.#log(
        'error',
        `other processes publish ${leading}, this one has ${own.source}: it waits`,
      );
    }
    this.#foreignSource = isForeign ? leading : '';
    if (isForeign) return null;
    const present = [...records].filter(([, record]) => record.source === leading);
    const nowMs = this.#options.clock.monotonicMs();
    return this.#peers.note(
      present.map(([id]) => id),
      view.run,
      nowMs,
    );
  }

  async #share(markets: readonly MarketId[], peers: PeersNow): Promise<void> {
    const { clock, feed } = this.#options;
    const known = new Set(markets);
    const wanted = this.#wanted.byMarket(clock.monotonicMs());
    await this.#keeper.keep(
      [...wanted.keys()].filter((market) => known.has(market)),
      peers,
    );
    const channels = new Set<ChannelId>(['gaps', 'health']);
    for (const market of this.#keeper.fences().keys()) {
      for (const channel of wanted.get(market) ?? []) channels.add(channel);
    }
    const begun = [...channels].filter((channel) => !this.#channels.has(channel));
    for (const channel of this.#channels) {
      const market = marketOfChannel(channel);
      if (!channels.has(channel) && market !== null) this.#publisher.end(market, channel);
    }
    this.#take(begun);
    this.#channels = channels;
    this.#publisher.setLeases(this.#keeper.fences());
    feed.want(channels);
  }

  /** From here on these channels do not continue what was published of them before. */
  #take(channels: readonly ChannelId[]): void {
    for (const channel of channels) {
      this.#takes.set(channel, (this.#takes.get(channel) ?? 0) + 1);
    }
  }

  #publish(publications: readonly Publication[]): void {
    const fences = this.#keeper.fences();
    for (const publication of publications) {
      const { value, channel } = publication;
      if (value.kind === 'health') {
        this.#lists.setHealth(publication);
        continue;
      }
      const market =
        value.kind === 'gaps'
          ? (parseInstrumentId(value.gap.instrument)?.market ?? '')
          : (marketOfChannel(channel) ?? '');
      const fence = fences.get(market);
      if (fence === undefined) continue;
      if (value.kind === 'gaps') {
        const id = this.#gapSpace + (value.gap.id % idRange);
        const gap = { ...value.gap, id };
        this.#publisher.offer(market, { ...publication, value: { kind: 'gaps', gap } });
        continue;
      }
      const epoch = channelEpoch(fence, this.#takes.get(channel) ?? 0, publication.epoch);
      this.#publisher.offer(market, { ...publication, epoch });
    }
  }

  #log(level: HostLogEntry['level'], text: string): void {
    this.#options.log({ level, scope: 'ingest', text });
  }
}

function isOfRedis(error: unknown): error is RedisAwayError | RedisRefusedError {
  return error instanceof RedisAwayError || error instanceof RedisRefusedError;
}
