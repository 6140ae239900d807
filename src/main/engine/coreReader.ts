import type { BudgetHealth, FeedHealth, GapRecord } from '../../shared/feedHealth.ts';
import type { Incident } from '../../shared/incidents.ts';
import type {
  CandleInterval,
  EpochMs,
  Instrument,
  InstrumentId,
  MarketId,
} from '../../shared/market.ts';
import type {
  BookView,
  CandleUpdate,
  CoverageSpan,
  PriceValue,
  QuoteValue,
  TickerValue,
  TradeValue,
} from '../../shared/values.ts';
import type { VenueId } from '../../shared/venues.ts';
import { buildBookView } from './consolidated/buildBookView.ts';
import { computePrice } from './consolidated/computePrice.ts';
import type { CoreContext } from './coreContext.ts';
import type { BookRequest, CoreListener, CoreView, VenueClock } from './coreView.ts';
import type { GapLog } from './feed/gapLog.ts';
import type { IncidentLog } from './health/incidentLog.ts';
import type { VenueFeed } from './feed/venueFeed.ts';
import { computeCoverage } from './health/computeCoverage.ts';
import { computeFeedHealth } from './health/computeFeedHealth.ts';
import { computeSizes } from './health/computeSizes.ts';
import type { SessionTally } from './health/sessionTally.ts';
import { computeSessionTally } from './health/sessionTally.ts';
import type { InstrumentRegistry } from './instruments.ts';
import type { ListenerHub } from './listenerHub.ts';
import { bookPart } from './market/bookPart.ts';
import type { InstrumentState } from './market/instrumentState.ts';
import type { MarketBoard } from './market/marketBoard.ts';

export interface CoreLogs {
  readonly gaps: GapLog;
  readonly incidents: IncidentLog;
}

/** Plain values of a core for delivery and commands. Nothing here changes its state. */
export class CoreReader implements CoreView {
  private readonly context: CoreContext;
  private readonly registry: InstrumentRegistry;
  private readonly feeds: ReadonlyMap<VenueId, VenueFeed>;
  private readonly board: MarketBoard;
  private readonly logs: CoreLogs;
  private readonly hub: ListenerHub;
  private readonly budgets: (venue: VenueId, connection: string) => readonly BudgetHealth[];

  constructor(
    context: CoreContext,
    registry: InstrumentRegistry,
    feeds: ReadonlyMap<VenueId, VenueFeed>,
    board: MarketBoard,
    logs: CoreLogs,
    hub: ListenerHub,
    budgets: (venue: VenueId, connection: string) => readonly BudgetHealth[],
  ) {
    this.context = context;
    this.registry = registry;
    this.feeds = feeds;
    this.board = board;
    this.logs = logs;
    this.hub = hub;
    this.budgets = budgets;
  }

  get sequence(): number {
    return this.context.sequence;
  }

  get time(): EpochMs {
    return this.context.time;
  }

  listen(listener: CoreListener): () => void {
    return this.hub.add(listener);
  }

  priceOf(market: MarketId): PriceValue {
    return this.board.markets.get(market)?.price() ?? computePrice(market, [], 'lastTrade', null);
  }

  quotesOf(market: MarketId): readonly QuoteValue[] {
    return this.statesOf(market).flatMap(
      (state) => state.quote.value(state.id, state.streamStatus('bbo')) ?? [],
    );
  }

  quoteTimeOf(market: MarketId, venue: VenueId): EpochMs | null {
    return this.stateOf(market, venue)?.quote.venueTime ?? null;
  }

  tickersOf(market: MarketId): readonly TickerValue[] {
    return this.statesOf(market).flatMap(
      (state) => state.ticker.value(state.id, state.streamStatus('ticker')) ?? [],
    );
  }

  bookView(request: BookRequest): BookView {
    const { venue, muted } = request;
    const states = this.statesOf(request.market).filter(
      ({ instrument }) => venue === null || instrument.venue === venue,
    );
    const parts = states.flatMap(
      (state) => bookPart(state, venue === null && muted.includes(state.instrument.venue)) ?? [],
    );
    return buildBookView(request, parts);
  }

  openCandle(
    market: MarketId,
    venue: VenueId | null,
    interval: CandleInterval,
  ): CandleUpdate | null {
    const candle =
      venue === null
        ? this.board.markets.get(market)?.newestCandle(interval)
        : this.stateOf(market, venue)?.candles.newest(interval);
    return candle === undefined || candle === null ? null : { market, venue, interval, candle };
  }

  recentTrades(market: MarketId, limit: number): readonly TradeValue[] {
    const trades = this.statesOf(market).flatMap((state) => state.trades?.tape.recent(limit) ?? []);
    return trades.sort((a, b) => a.receivedTime - b.receivedTime).slice(-limit);
  }

  gaps(): readonly GapRecord[] {
    return this.logs.gaps.list();
  }

  incidents(): readonly Incident[] {
    return this.logs.incidents.list();
  }

  health(): FeedHealth {
    const { gaps, incidents } = this.logs;
    const feeds = [...this.feeds.values()];
    const logs = { gaps: gaps.keptCount, incidents: incidents.keptCount };
    return computeFeedHealth(
      this.context,
      feeds,
      gaps,
      this.budgets,
      (venue) => this.registry.hasVenue(venue),
      computeSizes(this.board, feeds, logs),
    );
  }

  tally(): SessionTally {
    const hasInstruments = (venue: VenueId): boolean => this.registry.hasVenue(venue);
    return computeSessionTally(
      this.context,
      [...this.feeds.values()],
      this.logs.gaps,
      hasInstruments,
    );
  }

  coverageOf(market: MarketId, from: EpochMs): readonly CoverageSpan[] {
    return this.statesOf(market).flatMap((state) => computeCoverage(state, this.logs.gaps, from));
  }

  clockOf(venue: VenueId): VenueClock | null {
    const feed = this.feeds.get(venue);
    return feed === undefined ? null : { time: feed.venueTime, strayMs: feed.clock.strayMs };
  }

  instrumentsOf(market: MarketId): readonly Instrument[] {
    return this.registry.ofMarket(market);
  }

  instrument(id: InstrumentId): Instrument | null {
    return this.registry.get(id);
  }

  markets(): readonly MarketId[] {
    return this.registry.markets();
  }

  private statesOf(market: MarketId): readonly InstrumentState[] {
    return this.board.markets.get(market)?.instruments ?? [];
  }

  private stateOf(market: MarketId, venue: VenueId): InstrumentState | null {
    return this.statesOf(market).find(({ instrument }) => instrument.venue === venue) ?? null;
  }
}
