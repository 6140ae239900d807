import type { EpochMs, InstrumentId, MarketId } from '../../../shared/market.ts';
import type { StreamStatus } from '../../../shared/feedHealth.ts';
import type {
  ContributorExclusion,
  PriceContributor,
  PriceStatus,
  PriceValue,
} from '../../../shared/values.ts';
import type { VenueId } from '../../../shared/venues.ts';

/** Fresh venues further apart than this do not agree: one is thrown out of three, two are disputed. */
export const maxDeviation = 0.02;

/** A day's high or low this far beyond those of all other venues is that of an outlier print. */
const farBeyond = 0.1;

/** 24 h statistics of one venue as numbers at the edge; null where the venue did not say. */
export interface DayStatistics {
  readonly open: number | null;
  readonly high: number | null;
  readonly low: number | null;
  readonly volumeBase: number | null;
  readonly volumeQuote: number | null;
}

/** What the core knows of one venue that lists the market, at this moment. */
export interface PricePart {
  readonly venue: VenueId;
  readonly instrument: InstrumentId;
  /** Worst of the streams that the price rests on. */
  readonly status: StreamStatus;
  readonly connected: boolean;
  readonly closed: boolean;
  /** Its events arrive seconds after their own time. */
  readonly late: boolean;
  readonly muted: boolean;
  /** Best bid and ask of the venue's own top stream; null where the side is empty or never seen. */
  readonly bid: number | null;
  readonly ask: number | null;
  readonly lastTrade: number | null;
  readonly priceDecimals: number;
  readonly receivedTime: EpochMs | null;
  readonly statistics: DayStatistics | null;
}

export type PriceSource = 'lastTrade' | 'mid';

/**
 * Consolidated price of one exact market from its venues. A venue counts with its last trade clamped into its own best bid
 * and ask (or the middle), weighed by its 24 h quote turnover; what is not fresh and whole weighs nothing, and says why.
 * `previous` gives the last value where no venue is fresh.
 */
export function computePrice(
  market: MarketId,
  parts: readonly PricePart[],
  source: PriceSource,
  previous: PriceValue | null,
): PriceValue {
  const judged = parts.map((part) => judge(part, source));
  excludeOutlier(judged);
  const fresh = judged.filter((entry) => entry.exclusion === null);
  const equalWeights = weigh(fresh);
  const disputed = fresh.length === 2 && spread(fresh) > maxDeviation;
  const price = fresh.length === 0 || disputed ? null : weightedPrice(fresh);
  const status = statusOf(parts.length, fresh.length, disputed, equalWeights, previous);
  const kept = status === 'stale' ? previous : null;
  return {
    market,
    price: kept === null ? price : kept.price,
    priceDecimals: kept === null ? coarsestDecimals(fresh) : kept.priceDecimals,
    status,
    receivedTime: kept === null ? newestTime(fresh) : kept.receivedTime,
    contributors: judged.map(toContributor),
    equalWeights,
    venueSpreadBps: fresh.length < 2 ? null : spread(fresh) * 10_000,
    ...dayFigures(fresh, price),
  };
}

interface JudgedPart {
  readonly part: PricePart;
  readonly price: number | null;
  exclusion: ContributorExclusion | null;
  weight: number;
}

function judge(part: PricePart, source: PriceSource): JudgedPart {
  return { part, price: priceOf(part, source), exclusion: exclusionOf(part, source), weight: 0 };
}

function priceOf(part: PricePart, source: PriceSource): number | null {
  const { bid, ask, lastTrade } = part;
  if (bid === null || ask === null) return lastTrade;
  if (source === 'mid') return (bid + ask) / 2;
  return lastTrade === null ? null : Math.min(Math.max(lastTrade, bid), ask);
}

function exclusionOf(part: PricePart, source: PriceSource): ContributorExclusion | null {
  if (part.muted) return 'muted';
  if (part.closed) return 'closed';
  if (!part.connected) return 'disconnected';
  if (part.status === 'resyncing') return 'resyncing';
  if (part.status === 'stale' || part.status === 'failed') return 'stale';
  if (part.late) return 'late';
  if (part.bid === null || part.ask === null || part.status === 'subscribing') return 'no-top';
  if (source === 'lastTrade' && part.lastTrade === null) return 'no-trade';
  return null;
}

/**
 * Judged against the unweighted median: a weighted one follows the venue that has half of the turnover, and would throw out
 * the others when that one errs.
 */
function excludeOutlier(judged: readonly JudgedPart[]): void {
  const fresh = judged.filter((entry) => entry.exclusion === null);
  if (fresh.length < 3) return;
  const median = medianOf(fresh.map((entry) => entry.price ?? 0));
  for (const entry of fresh) {
    const deviation = Math.abs((entry.price ?? 0) / median - 1);
    if (deviation > maxDeviation) entry.exclusion = 'outlier';
  }
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((first, second) => first - second);
  const upper = sorted[sorted.length >> 1] ?? 0;
  const lower = sorted[(sorted.length - 1) >> 1] ?? 0;
  return (upper + lower) / 2;
}

/** Sets the weights, which sum to 1. True when a turnover was unknown, so that all weigh the same. */
function weigh(fresh: readonly JudgedPart[]): boolean {
  const turnovers = fresh.map((entry) => entry.part.statistics?.volumeQuote ?? null);
  const sum = turnovers.reduce<number>((total, turnover) => total + (turnover ?? 0), 0);
  const isUnknown = turnovers.includes(null) || sum <= 0;
  fresh.forEach((entry, index) => {
    entry.weight = isUnknown ? 1 / fresh.length : (turnovers[index] ?? 0) / sum;
  });
  return isUnknown && fresh.length > 1;
}

function weightedPrice(fresh: readonly JudgedPart[]): number {
  return fresh.reduce((total, entry) => total + entry.weight * (entry.price ?? 0), 0);
}

/** Highest less lowest price over their middle. */
function spread(fresh: readonly JudgedPart[]): number {
  const prices = fresh.map((entry) => entry.price ?? 0);
  const high = Math.max(...prices);
  const low = Math.min(...prices);
  return (high - low) / ((high + low) / 2);
}

function statusOf(
  listed: number,
  fresh: number,
  disputed: boolean,
  equalWeights: boolean,
  previous: PriceValue | null,
): PriceStatus {
  if (fresh === 0) return previous === null || previous.price === null ? 'none' : 'stale';
  if (disputed) return 'disputed';
  if (fresh === 1 && listed > 1) return 'single';
  return fresh < listed || equalWeights ? 'degraded' : 'live';
}

function coarsestDecimals(fresh: readonly JudgedPart[]): number {
  if (fresh.length === 0) return 0;
  return Math.min(...fresh.map((entry) => entry.part.priceDecimals));
}

function newestTime(fresh: readonly JudgedPart[]): EpochMs | null {
  return fresh.reduce<EpochMs | null>((newest, { part }) => {
    if (part.receivedTime === null) return newest;
    return newest === null ? part.receivedTime : Math.max(newest, part.receivedTime);
  }, null);
}

function toContributor({ part, price, exclusion, weight }: JudgedPart): PriceContributor {
  return {
    venue: part.venue,
    instrument: part.instrument,
    price,
    priceDecimals: part.priceDecimals,
    bid: part.bid,
    ask: part.ask,
    lastTrade: part.lastTrade,
    weight: exclusion === null ? weight : 0,
    exclusion,
    status: part.status,
    receivedTime: part.receivedTime,
    volume24hQuote: part.statistics?.volumeQuote ?? null,
  };
}

type DayFigures = Pick<
  PriceValue,
  | 'change24hAbs'
  | 'change24hPct'
  | 'high24h'
  | 'low24h'
  | 'volume24hBase'
  | 'volume24hQuote'
  | 'statsVenues'
>;

/** Figures of the fresh venues that told their turnover: the consolidated price against their weighted opens. */
function dayFigures(fresh: readonly JudgedPart[], price: number | null): DayFigures {
  const told = fresh.flatMap(({ part }) => {
    const statistics = part.statistics;
    const turnover = statistics?.volumeQuote ?? null;
    return statistics === null || turnover === null
      ? []
      : [{ venue: part.venue, statistics, turnover }];
  });
  const opened = told.filter(({ statistics }) => statistics.open !== null);
  const openTurnover = opened.reduce((total, { turnover }) => total + turnover, 0);
  const open =
    openTurnover > 0
      ? opened.reduce((total, each) => total + each.turnover * (each.statistics.open ?? 0), 0) /
        openTurnover
      : null;
  const changed = price !== null && open !== null && open > 0;
  const highs = told.flatMap(({ statistics }) => statistics.high ?? []);
  const lows = told.flatMap(({ statistics }) => statistics.low ?? []);
  const bases = told.map(({ statistics }) => statistics.volumeBase);
  return {
    change24hAbs: changed ? price - open : null,
    change24hPct: changed ? (price / open - 1) * 100 : null,
    high24h: highestOf(highs),
    low24h: lowestOf(lows),
    volume24hBase: told.length === 0 || bases.includes(null) ? null : sumOf(bases),
    volume24hQuote: told.length === 0 ? null : sumOf(told.map(({ turnover }) => turnover)),
    statsVenues: told.map(({ venue }) => venue),
  };
}

/** Of three or more venues, one that saw what no other did does not count: nothing was to be had there. */
function highestOf(highs: readonly number[]): number | null {
  const [first = null, second = 0] = [...highs].sort((a, b) => b - a);
  return first !== null && highs.length > 2 && first > second * (1 + farBeyond) ? second : first;
}

function lowestOf(lows: readonly number[]): number | null {
  const [first = null, second = 0] = [...lows].sort((a, b) => a - b);
  return first !== null && lows.length > 2 && first < second * (1 - farBeyond) ? second : first;
}

function sumOf(values: readonly (number | null)[]): number {
  return values.reduce<number>((total, value) => total + (value ?? 0), 0);
}
