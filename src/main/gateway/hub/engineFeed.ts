import { randomBytes } from 'node:crypto';
import type { MarketBatch } from '../../../shared/batch.ts';
import type { HostEvent } from '../../../shared/bridge.ts';
import type { FeedHealth } from '../../../shared/feedHealth.ts';
import type { Channel, ChannelId } from '../../../shared/gateway/channelIds.ts';
import { parseChannelId } from '../../../shared/gateway/channelIds.ts';
import { GatewayRefusal } from '../../../shared/gateway/errors.ts';
import type { WireStatus } from '../../../shared/gateway/wire.ts';
import type { EpochMs, MarketId } from '../../../shared/market.ts';
import type { CandlePage, DataSource, HostStatus } from '../../../shared/values.ts';
import type { EngineHost } from '../../engine/host.ts';
import type { GatewayClock } from '../gatewayClock.ts';
import type { PublishedSoFar, PublisherOutput } from './channelPublisher.ts';
import { ChannelPublisher } from './channelPublisher.ts';
import { EngineLink } from './engineLink.ts';
import { ListedMarkets } from './listedMarkets.ts';
import type {
  CandleRequest,
  FeedListener,
  FeedLoss,
  MarketFeed,
  Publication,
} from './marketFeed.ts';
import { tradeStatus } from './tradeStatus.ts';

export interface EngineFeedOptions {
  readonly host: EngineHost;
  readonly clock: GatewayClock;
}

export function openEngineFeed(options: EngineFeedOptions): MarketFeed {
  return new EngineFeed(options);
}

/** A channel that nobody wants any more stays subscribed for a while: most come back, or another client asks. */
const graceMs = 10_000;
/** What a session of the engine takes, with room for those that every feed has. */
const maxTopics = 1_990;
const statusTopic = 1;
const healthTopic = 2;
const firstChannelTopic = 10;
const firstRetryMs = 250;
const lastRetryMs = 5_000;
/** Beyond so many that nobody wants, the events of the longest unwanted are not remembered. */
const maxIdle = 200;
/** Beyond so many more only their numbers are. */
const maxRemembered = 2_000;

interface FeedChannel {
  readonly publisher: ChannelPublisher;
  isWanted: boolean;
  /** Part of what the engine is asked for. */
  isSubscribed: boolean;
  unwantedMs: number;
}

const quietListener: FeedListener = {
  onPublished: () => undefined,
  onLost: () => undefined,
  onLink: () => undefined,
  onSource: () => undefined,
};

/** The engine of this process as a feed: one session for all that any client wants. */
class EngineFeed implements MarketFeed, PublisherOutput {
  private readonly options: EngineFeedOptions;
  private readonly clock: GatewayClock;
  private readonly channelById = new Map<ChannelId, FeedChannel>();
  private readonly channelByTopic = new Map<number, FeedChannel>();
  private readonly letGo = new Map<ChannelId, PublishedSoFar>();
  private readonly listed: ListedMarkets;
  private readonly run = randomBytes(4).toString('hex');
  private listener: FeedListener = quietListener;
  private link: EngineLink | null = null;
  private newestStatus: HostStatus | null = null;
  private health: FeedHealth | null = null;
  private source: DataSource | null = null;
  private epochs = 0;
  private topics = firstChannelTopic;
  private hostTime: { readonly time: EpochMs; readonly atMs: number } | null = null;
  private made: Publication[] = [];
  private sentTopics = '';
  private retryMs = firstRetryMs;
  private isLinkTold = true;
  private cancelRetry: () => void = () => undefined;
  private cancelGrace: (() => void) | null = null;
  private isClosed = false;

  constructor(options: EngineFeedOptions) {
    this.options = options;
    this.clock = options.clock;
    this.listed = new ListedMarkets(options.host, options.clock, (status) => {
      if (this.link === null) this.newestStatus = status;
    });
  }

  get hostStatus(): HostStatus | null {
    return this.newestStatus;
  }

  listen(listener: FeedListener): void {
    this.listener = listener;
  }

  want(channels: ReadonlySet<ChannelId>): void {
    const nowMs = this.clock.monotonicMs();
    for (const [id, channel] of this.channelById) {
      if (!channel.isWanted || channels.has(id)) continue;
      channel.isWanted = false;
      channel.unwantedMs = nowMs;
    }
    for (const id of channels) this.wantOne(id);
    this.endUnwanted();
    this.deliver();
    if (channels.size > 0) this.attach();
    this.subscribe();
  }

  markets(): readonly MarketId[] {
    return this.listed.markets;
  }

  async candles(request: CandleRequest): Promise<CandlePage> {
    this.attach();
    const answer = (await this.link?.loadCandles({ type: 'loadCandles', ...request })) ?? null;
    if (answer === null) throw new GatewayRefusal({ code: 'NO_FEED', message: noEngine });
    if (answer.ok) return answer.value;
    const { code, message, candidates } = answer;
    if (code !== 'unknown-market') throw new GatewayRefusal({ code: 'NO_FEED', message });
    throw new GatewayRefusal({ code: 'INVALID_SYMBOL', message, candidates });
  }

  status(): HostStatus | null {
    return this.newestStatus;
  }

  close(): Promise<void> {
    this.isClosed = true;
    this.cancelRetry();
    this.cancelGrace?.();
    this.listed.close();
    this.link?.close();
    this.link = null;
    return Promise.resolve();
  }

  publish(part: Parameters<PublisherOutput['publish']>[0]): void {
    const epoch = `${this.run}-${this.epochs}`;
    const source = this.source ?? 'live';
    const doubt = this.isLinkTold ? {} : { isDoubted: true as const };
    this.made.push({ ...part, epoch, source, time: this.time(), ...doubt });
  }

  lost(channel: ChannelId, missing: number | null, isOld: boolean): void {
    this.tellLost({ channels: [channel], reason: 'upstream', missing, isOld });
  }

  candleStatus(channel: Channel): WireStatus {
    return tradeStatus(this.health, channel);
  }

  private time(): EpochMs {
    const { hostTime } = this;
    if (hostTime === null) return this.clock.wallMs();
    return hostTime.time + (this.clock.monotonicMs() - hostTime.atMs);
  }

  private wantOne(id: ChannelId): void {
    const held = this.channelById.get(id);
    if (held?.isWanted === true) return;
    if (held?.isSubscribed === true) {
      held.isWanted = true;
      held.publisher.publishAgain();
      return;
    }
    if (held !== undefined) {
      held.isWanted = true;
      held.isSubscribed = true;
      held.publisher.wantAgain();
      return;
    }
    const channel = parseChannelId(id);
    if (channel === null) return;
    const made = this.addChannel(id, channel);
    made.isWanted = true;
  }

  private addChannel(id: ChannelId, channel: Channel): FeedChannel {
    this.topics += 1;
    const publisher = new ChannelPublisher(id, channel, this.topics, this);
    const soFar = this.letGo.get(id);
    if (soFar !== undefined) publisher.goOn(soFar);
    this.letGo.delete(id);
    const made = { publisher, isWanted: false, isSubscribed: true, unwantedMs: 0 };
    this.channelById.set(id, made);
    this.channelByTopic.set(this.topics, made);
    return made;
  }

  /** Those whose time is over; earlier where the engine has no room for more. */
  private endUnwanted(): void {
    this.cancelGrace?.();
    this.cancelGrace = null;
    const nowMs = this.clock.monotonicMs();
    const unwanted = [...this.channelById.values()]
      .filter(({ isWanted }) => !isWanted)
      .sort((left, right) => left.unwantedMs - right.unwantedMs);
    const subscribed = unwanted.filter(({ isSubscribed }) => isSubscribed);
    const spare = this.channelById.size - (unwanted.length - subscribed.length) - maxTopics;
    for (const [index, channel] of subscribed.entries()) {
      if (index < spare || nowMs - channel.unwantedMs >= graceMs) channel.isSubscribed = false;
    }
    const idle = unwanted.filter(({ isSubscribed }) => !isSubscribed);
    for (const { publisher } of idle.slice(0, -maxIdle)) publisher.forgetKnown();
    for (const { publisher } of idle.slice(0, -maxRemembered)) this.forget(publisher);
    const next = subscribed.find(({ isSubscribed }) => isSubscribed);
    if (next === undefined) return;
    this.cancelGrace = this.clock.after(Math.max(0, next.unwantedMs + graceMs - nowMs), () => {
      this.cancelGrace = null;
      this.endUnwanted();
      this.subscribe();
    });
  }

  private forget({ id, subscription, soFar }: ChannelPublisher): void {
    this.channelById.delete(id);
    this.channelByTopic.delete(subscription.id);
    if (soFar !== null) this.letGo.set(id, soFar);
  }

  /** Not before somebody wants something: a gateway without programs costs the engine nothing. */
  private attach(): void {
    if (this.link !== null || this.isClosed) return;
    this.cancelRetry();
    this.sentTopics = '';
    const link: EngineLink = new EngineLink({
      host: this.options.host,
      onEvent: (event) => this.onEvent(event),
      onBatch: (batch) => this.onBatch(batch),
      onClosed: (reason) => this.onClosed(link, reason),
    });
    this.link = link;
  }

  private subscribe(): void {
    if (this.link === null) return;
    const subscribed = [...this.channelById.values()].filter(({ isSubscribed }) => isSubscribed);
    const needsHealth = subscribed.some(({ publisher }) => publisher.channel.kind === 'candles');
    const topics = [
      { id: statusTopic, request: { topic: 'status' as const } },
      ...(needsHealth ? [{ id: healthTopic, request: { topic: 'health' as const } }] : []),
      ...subscribed.slice(0, maxTopics).map(({ publisher }) => publisher.subscription),
    ];
    const text = topics.map(({ id }) => id).join();
    if (text === this.sentTopics) return;
    this.sentTopics = text;
    this.link.subscribe(topics);
  }

  private onEvent(event: HostEvent): void {
    switch (event.type) {
      case 'hello':
        this.listed.prefer(event.settings.watchlist);
        this.begin(event.source);
        this.subscribe();
        break;
      case 'sourceChanged':
        this.begin(event.source);
        break;
      case 'settingsChanged':
        this.listed.prefer(event.settings.watchlist);
        break;
      case 'notice':
      case 'goodbye':
        break;
      default:
    }
  }

  /** Another engine, or the same one anew: nothing that was published continues. */
  private begin(source: DataSource): void {
    this.retryMs = firstRetryMs;
    this.epochs += 1;
    this.health = null;
    this.hostTime = null;
    this.renewPublishers();
    this.listed.look();
    const isOther = this.source !== source;
    const wasFirst = this.source === null;
    this.source = source;
    if (!this.isLinkTold) {
      this.isLinkTold = true;
      this.listener.onLink(true, 'The engine behind this gateway is back.');
    }
    if (isOther) this.listener.onSource(source);
    if (wasFirst) return;
    const loss: FeedLoss = { channels: null, reason: 'epoch', missing: null };
    if (!isOther) this.listener.onLost(loss);
  }

  private renewPublishers(): void {
    const held = [...this.channelById].filter(([, { isSubscribed }]) => isSubscribed);
    const wanted = held.map(([id, { publisher, isWanted, unwantedMs }]) => {
      return { id, isWanted, unwantedMs, subscription: publisher.subscription.id, publisher };
    });
    this.channelById.clear();
    this.channelByTopic.clear();
    this.letGo.clear();
    for (const { id, isWanted, unwantedMs, subscription, publisher } of wanted) {
      const renewed = new ChannelPublisher(id, publisher.channel, subscription, this);
      const channel = { publisher: renewed, isWanted, isSubscribed: true, unwantedMs };
      this.channelById.set(id, channel);
      this.channelByTopic.set(subscription, channel);
    }
  }

  private onBatch(batch: MarketBatch): void {
    this.hostTime = { time: batch.hostTime, atMs: this.clock.monotonicMs() };
    const concerned = new Set<ChannelPublisher>();
    for (const record of batch.records) {
      const { update } = record;
      if (record.subscription === statusTopic) {
        if (update?.topic === 'status') this.onStatus(update.value);
        continue;
      }
      if (update?.topic === 'health') this.onHealth(update.value);
      const channel = this.channelByTopic.get(record.subscription);
      if (channel === undefined) continue;
      channel.publisher.take(record);
      concerned.add(channel.publisher);
    }
    for (const publisher of concerned) publisher.endBatch();
    this.deliver();
  }

  private onStatus(status: HostStatus): void {
    this.newestStatus = status;
    this.channelById.get('health')?.publisher.publishHealth();
  }

  private onHealth(health: FeedHealth): void {
    this.health = health;
    for (const { publisher } of this.channelById.values()) publisher.judgeCandle();
  }

  private deliver(): void {
    const { made } = this;
    if (made.length === 0) return;
    this.made = [];
    this.listener.onPublished(made);
  }

  /** In its place between what was published before and what comes. */
  private tellLost(loss: FeedLoss): void {
    this.deliver();
    this.listener.onLost(loss);
  }

  private onClosed(link: EngineLink, reason: string): void {
    if (this.link !== link) return;
    this.link = null;
    if (this.isClosed) return;
    this.newestStatus = null;
    if (this.isLinkTold) {
      this.isLinkTold = false;
      this.listener.onLink(false, noEngine);
    }
    void reason;
    const waitMs = this.retryMs;
    this.retryMs = Math.min(lastRetryMs, this.retryMs * 2);
    this.cancelRetry = this.clock.after(waitMs, () => this.attach());
  }
}

const noEngine =
  'The engine behind this gateway has stopped. It is looked for; nothing is live until it is back.';
