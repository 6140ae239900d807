import type { BatchRecord } from '../../../shared/batch.ts';
import type { TopicSubscription } from '../../../shared/bridge.ts';
import type { GapRecord, FeedHealth } from '../../../shared/feedHealth.ts';
import type { Channel, ChannelId } from '../../../shared/gateway/channelIds.ts';
import type { WireStatus } from '../../../shared/gateway/wire.ts';
import { candleIntervalMs } from '../../../shared/market.ts';
import type { CandleUpdate, HostStatus, TickerValue, TradeValue } from '../../../shared/values.ts';
import { topicOf } from './channelTopic.ts';
import { KnownEvents } from './knownEvents.ts';
import type { ChannelValue, Publication } from './marketFeed.ts';

/** Where a publisher puts what it makes of the engine's records. */
export interface PublisherOutput {
  publish(part: Pick<Publication, 'channel' | 'type' | 'seq' | 'value' | 'isPast'>): void;
  /** `isOld`: while nobody wanted the channel. */
  lost(channel: ChannelId, missing: number | null, isOld: boolean): void;
  /** Of the trades that a candle rests on. */
  candleStatus(channel: Channel): WireStatus;
  readonly hostStatus: HostStatus | null;
}

/** What has to last of a channel that is let go, so that it can go on: small, for there may be very many. */
export interface PublishedSoFar {
  readonly eventSeq: number;
  readonly stateSeq: number;
  readonly lastGap: number;
  readonly lastClosed: CandleUpdate | null;
}

/** One channel: the engine's records of its topic become publications under its two sequences. */
export class ChannelPublisher {
  readonly id: ChannelId;
  readonly subscription: TopicSubscription;
  readonly channel: Channel;
  private readonly output: PublisherOutput;
  private readonly known = new KnownEvents();
  private readonly tickers = new Map<string, TickerValue>();
  /** Of a topic that starts over in this batch; null: it does not. */
  private trades: TradeValue[] | null = null;
  private gaps: GapRecord[] | null = null;
  private hasTickers = false;
  private lastClosed: CandleUpdate | null = null;
  private open: { readonly update: CandleUpdate; readonly status: WireStatus } | null = null;
  private health: FeedHealth | null = null;
  private newest: ChannelValue | null = null;
  /** Its first rows have come. */
  private hasStarted = false;
  /** Nobody wanted it until now, and its rows have not come yet. */
  private isWantedAgain = false;
  private lastGap = 0;
  private eventSeq = 0;
  private stateSeq = 0;

  constructor(id: ChannelId, channel: Channel, subscription: number, output: PublisherOutput) {
    this.id = id;
    this.channel = channel;
    this.output = output;
    this.subscription = { id: subscription, request: topicOf(channel) };
  }

  /** Null: nobody has heard anything of it. */
  get soFar(): PublishedSoFar | null {
    const { eventSeq, stateSeq, lastGap, lastClosed } = this;
    if (eventSeq === 0 && stateSeq === 0) return null;
    return { eventSeq, stateSeq, lastGap, lastClosed };
  }

  /** What went by meanwhile is missed by those only who come back. */
  goOn({ eventSeq, stateSeq, lastGap, lastClosed }: PublishedSoFar): void {
    this.eventSeq = eventSeq;
    this.stateSeq = stateSeq;
    this.lastGap = lastGap;
    this.lastClosed = lastClosed;
    this.hasStarted = true;
    this.isWantedAgain = true;
  }

  take({ reset, update }: BatchRecord): void {
    if (reset) this.startOver();
    if (update === null) return;
    switch (update.topic) {
      case 'price':
        this.state({ kind: 'price', price: update.value });
        break;
      case 'book':
        this.state({ kind: 'orderbook', book: update.value });
        break;
      case 'ticker':
        this.tickers.set(update.value.instrument, update.value);
        this.hasTickers = true;
        break;
      case 'trades':
        if (update.value.type === 'tradesDropped')
          this.output.lost(this.id, update.value.count, false);
        else if (this.trades === null) this.trade(update.value);
        else this.trades.push(update.value);
        break;
      case 'candle':
        this.candle(update.value);
        break;
      case 'gaps':
        if (this.gaps === null) this.gap(update.value);
        else this.gaps.push(update.value);
        break;
      case 'health':
        this.health = update.value;
        this.publishHealth();
        break;
      default:
    }
  }

  /** After the last record of a batch. */
  endBatch(): void {
    if (this.hasTickers) {
      this.hasTickers = false;
      const { market } = this.channel;
      this.state({ kind: 'ticker', market, tickers: [...this.tickers.values()] });
    }
    const { trades, gaps } = this;
    this.trades = null;
    this.gaps = null;
    if (trades !== null) this.startTrades(trades);
    if (gaps !== null) this.startGaps(gaps);
  }

  /** To one who did not hear it. */
  publishAgain(): void {
    if (this.newest !== null) this.state(this.newest);
  }

  publishHealth(): void {
    const { health } = this;
    const status = this.output.hostStatus;
    if (health !== null && status !== null) this.state({ kind: 'health', health, status });
  }

  /** The trades under an open candle may be another status since it was published. */
  judgeCandle(): void {
    if (this.open === null) return;
    const status = this.output.candleStatus(this.channel);
    if (status !== this.open.status) this.openCandle(this.open.update);
  }

  /** What went by while nobody wanted it is missed by those only who come back. */
  wantAgain(): void {
    this.isWantedAgain = true;
  }

  /** Nobody wants it any more: what it knows of events is only needed to tell whether some were lost. */
  forgetKnown(): void {
    this.known.forgetKeys();
  }

  private startOver(): void {
    this.tickers.clear();
    this.newest = null;
    this.open = null;
    const { kind } = this.channel;
    if (kind === 'ticker') this.hasTickers = true;
    if (kind === 'trades') this.trades = [];
    if (kind === 'gaps') this.gaps = [];
  }

  /**
   * The present rows of a topic that starts. The first ever are the past; later those that are not known yet are news, and
   * if none is known, what lay between is lost.
   */
  private startTrades(rows: readonly TradeValue[]): void {
    if (!this.hasStarted || this.eventSeq === 0) {
      for (const row of rows) this.trade(row, !this.hasStarted);
    } else {
      const news = this.known.unknownOf(rows, tradeKey);
      if (news === null) this.output.lost(this.id, null, this.isWantedAgain);
      for (const row of news ?? rows) this.trade(row, news === null);
    }
    this.hasStarted = true;
    this.isWantedAgain = false;
  }

  /** Their ids count up, and a record comes again when it has changed. */
  private startGaps(rows: readonly GapRecord[]): void {
    const oldest = rows.reduce((lowest, { id }) => Math.min(lowest, id), Infinity);
    const isLost = this.hasStarted && oldest !== Infinity && oldest > this.lastGap + 1;
    if (isLost) this.output.lost(this.id, null, this.isWantedAgain);
    for (const row of rows) {
      if (!this.known.has(gapKey(row))) this.gap(row, isLost || !this.hasStarted);
    }
    this.hasStarted = true;
    this.isWantedAgain = false;
  }

  private trade(trade: TradeValue, isPast = false): void {
    this.known.note(tradeKey(trade));
    this.event({ kind: 'trades', market: this.channel.market, trade }, isPast);
  }

  private gap(gap: GapRecord, isPast = false): void {
    this.known.note(gapKey(gap));
    this.lastGap = Math.max(this.lastGap, gap.id);
    this.event({ kind: 'gaps', gap }, isPast);
  }

  private candle(update: CandleUpdate): void {
    if (!update.candle.closed) {
      this.checkClosed(update);
      this.openCandle(update);
      return;
    }
    this.lastClosed = update;
    const status = this.output.candleStatus(this.channel);
    this.event({ kind: 'candles', update, status }, false);
  }

  private openCandle(update: CandleUpdate): void {
    const status = this.output.candleStatus(this.channel);
    this.open = { update, status };
    this.state({ kind: 'candles', update, status });
  }

  /** After a start the open candle tells whether closed ones went by unheard. */
  private checkClosed({ interval, candle }: CandleUpdate): void {
    const last = this.lastClosed;
    if (last === null || this.open !== null) return;
    const between = (candle.openTime - last.candle.openTime) / candleIntervalMs[interval] - 1;
    if (between > 0) this.output.lost(this.id, null, this.isWantedAgain);
    this.isWantedAgain = false;
  }

  private event(value: ChannelValue, isPast: boolean): void {
    this.eventSeq += 1;
    const { id: channel, eventSeq: seq } = this;
    this.output.publish({
      ...{ channel, type: 'event', seq, value },
      ...(isPast ? { isPast: true } : {}),
    });
  }

  private state(value: ChannelValue): void {
    this.newest = value;
    this.stateSeq += 1;
    this.output.publish({ channel: this.id, type: 'state', seq: this.stateSeq, value });
  }
}

function tradeKey({ instrument, id }: TradeValue): string {
  return `${instrument} ${id}`;
}

/** The same record is sent again when it is closed or repaired. */
function gapKey({ id, to, missing, repairedBy, lastId }: GapRecord): string {
  return `${id} ${to ?? ''} ${missing ?? ''} ${repairedBy ?? ''} ${lastId ?? ''}`;
}
