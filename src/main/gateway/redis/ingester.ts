import { randomBytes, randomInt } from 'node:crypto';
import { ByteWriter } from '../../../shared/bytes.ts';
import type { ChannelId } from '../../../shared/gateway/channelIds.ts';
import type { MarketId } from '../../../shared/market.ts';
import { parseInstrumentId } from '../../../shared/market.ts';
import type { HostLogEntry } from '../../engine/host.ts';
import type { GatewayClock } from '../gatewayClock.ts';
import type { MarketFeed, Publication } from '../hub/marketFeed.ts';
import { askTopic, answerTopic, emptyPage, parseQuestion, writeAnswer } from './candleQuestions.ts';
import type { CandleQuestion } from './candleQuestions.ts';
import { channelEpoch, marketOfChannel } from './channelEpochs.ts';
import { leadingSource, parseIngesterRecord, writeIngesterRecord } from './ingesterRecord.ts';
import type { IngesterRecord } from './ingesterRecord.ts';
import { LeaseKeeper } from './leaseKeeper.ts';
import { versionOf, writeMarketList } from './marketList.ts';
import { encodePublications } from './publicationCodec.ts';
import { Publisher } from './publisher.ts';
import type { ClusterView, RedisPort } from './redisPort.ts';
import { RedisAwayError } from './redisPort.ts';
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
const marketsKeepMs = 60_000;
const healthMs = 1_000;

class RedisIngester implements Ingester {
  readonly id = `i${randomBytes(6).toString('hex')}`;
  readonly #options: IngesterOptions;
  readonly #keeper: LeaseKeeper;
  readonly #publisher: Publisher;
  readonly #wanted = new WantedChannels();
  readonly #takes = new Map<ChannelId, number>();
  readonly #unlisten: readonly (() => void)[];
  /** Records of gaps have ids of their engine: this part makes them different over all processes. */
  readonly #gapSpace = randomInt(2 ** 20) * idRange;
  readonly #startedTime: number;
  #channels: ReadonlySet<ChannelId> = new Set();
  #wantsVersion = '';
  #isFeedUp = true;
  #sentMarkets = { version: '', dueMs: 0 };
  #health: Publication | null = null;
  #healthDueMs = 0;
  #isBeating = false;
  #isBeatDue = false;
  #questions = 0;
  #foreignSource = '';
  #cancelBeat: (() => void) | null = null;
  #isClosed = false;

  constructor(options: IngesterOptions) {
    const { port, clock, feed } = options;
    this.#options = options;
    this.#startedTime = clock.wallMs();
    this.#keeper = new LeaseKeeper(port, clock, this.id);
    this.#publisher = new Publisher({
      port,
      clock,
      self: this.id,
      onRefused: (markets) => {
        this.#keeper.lose(markets);
        this.#soon();
      },
      onFailed: (error) => {
        this.#log('warning', `Redis did not take what is published: ${error.message}`);
        this.#soon();
      },
    });
    feed.listen({
      onPublished: (publications) => this.#publish(publications),
      onLost: ({ channels }) => this.#take(channels ?? [...this.#channels]),
      onLink: (isUp) => {
        this.#isFeedUp = isUp;
        this.#soon();
      },
      onSource: () => this.#take([...this.#channels]),
    });
    this.#unlisten = [
      port.onLink((isUp) => {
        if (!isUp) this.#publisher.setRun(null);
        this.#soon();
      }),
      port.listen('beat', () => this.#soon()),
      port.listen(askTopic(this.id), (bytes) => void this.#answer(bytes)),
    ];
    this.#soon();
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
    this.#cancelBeat?.();
    this.#publisher.close();
    for (const unlisten of this.#unlisten) unlisten();
    try {
      await this.#keeper.releaseAll();
      await this.#options.port.leave('ingester', this.id);
    } catch (error) {
      if (!(error instanceof RedisAwayError)) throw error;
      this.#log('info', 'Redis is away: what this process published is free when its leases end');
    }
  }

  #soon(): void {
    if (this.#isClosed) return;
    if (this.#isBeating) {
      this.#isBeatDue = true;
      return;
    }
    this.#schedule(earlyBeatMs);
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
      this.#publisher.setRun(null);
      if (!(error instanceof RedisAwayError)) {
        this.#log('error', `Redis: ${error instanceof Error ? error.message : String(error)}`);
      }
    } finally {
      this.#isBeating = false;
      // Leases end by our own clock as well, whether or not Redis could be asked.
      this.#publisher.setLeases(this.#keeper.fences());
    }
    if (!this.#isClosed) this.#schedule(this.#isBeatDue ? earlyBeatMs : scaleOutLimits.beatMs);
  }

  async #beatOnce(): Promise<void> {
    const { port, feed, clock, version } = this.#options;
    const status = feed.status();
    if (status === null) return;
    const markets = feed.markets();
    const marketsVersion = versionOf(markets);
    await this.#putMarkets(markets, marketsVersion);
    const { source } = status;
    const own = { source, startedTime: this.#startedTime, version, marketsVersion, status };
    const view = await port.beat({
      role: 'ingester',
      id: this.id,
      record: writeIngesterRecord(own),
      keepMs: scaleOutLimits.leaseMs,
      wantsVersion: this.#wantsVersion,
    });
    this.#wantsVersion = view.wantsVersion;
    if (view.wants !== null) this.#wanted.set(view.wants, clock.monotonicMs());
    const peers = this.#peersOf(view, own);
    if (peers === null || !this.#isFeedUp) await this.#keeper.releaseAll();
    else await this.#share(markets, peers);
    this.#publisher.setLeases(this.#keeper.fences());
    this.#publisher.setRun(view.run);
    await this.#putHealth();
  }

  /** Null: others publish another source, and this process waits until they are gone. */
  #peersOf(view: ClusterView, own: IngesterRecord): readonly string[] | null {
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
    return [...records].filter(([, record]) => record.source === leading).map(([id]) => id);
  }

  async #share(markets: readonly MarketId[], peers: readonly string[]): Promise<void> {
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
      if (!channels.has(channel) && market !== null) this.#publisher.forget(market, channel);
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
        this.#health = publication;
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

  async #putMarkets(markets: readonly MarketId[], version: string): Promise<void> {
    const { port, clock } = this.#options;
    const now = clock.monotonicMs();
    if (version === this.#sentMarkets.version && now < this.#sentMarkets.dueMs) return;
    await port.put(`markets:${this.id}`, writeMarketList(markets), marketsKeepMs);
    this.#sentMarkets = { version, dueMs: now + marketsKeepMs / 3 };
  }

  async #putHealth(): Promise<void> {
    const { port, clock } = this.#options;
    const health = this.#health;
    if (health === null || !this.#wanted.has('health')) return;
    if (clock.monotonicMs() < this.#healthDueMs) return;
    this.#healthDueMs = clock.monotonicMs() + healthMs;
    const bytes = encodePublications(new ByteWriter(), 1, [health]);
    await port.put(`health:${this.id}`, bytes, scaleOutLimits.wantMs);
  }

  async #answer(bytes: Uint8Array): Promise<void> {
    const question = parseQuestion(bytes);
    if (question === null || this.#questions >= scaleOutLimits.maxCandleRequests) return;
    this.#questions += 1;
    try {
      const page = await this.#candlesOf(question);
      await this.#options.port.notify(
        answerTopic(question.gateway),
        writeAnswer(question.id, page),
      );
    } catch (error) {
      // Who asked is answered by its own time limit.
      const reason = error instanceof Error ? error.message : String(error);
      this.#log('debug', `an answer did not reach its gateway: ${reason}`);
    } finally {
      this.#questions -= 1;
    }
  }

  async #candlesOf({ market, venue, interval, before, limit }: CandleQuestion) {
    const request = { market, venue, interval, before, limit };
    try {
      return await this.#options.feed.candles(request);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#log('warning', `candles of ${market} could not be had: ${reason}`);
      return emptyPage(request, 'The candles could not be had. Try again in a moment.');
    }
  }

  #log(level: HostLogEntry['level'], text: string): void {
    this.#options.log({ level, scope: 'ingest', text });
  }
}
