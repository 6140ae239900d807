import type { CoreView } from '../../src/main/engine/coreView.ts';
import type { GapRecord, StreamStatus } from '../../src/shared/feedHealth.ts';
import type { VenueId } from '../../src/shared/venues.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { updateIdNow } from './oracleChecks.ts';

export const chaosVenues = ['binance', 'bybit', 'okx'] as const;

const freshStatuses: readonly StreamStatus[] = ['live', 'quiet'];
const unhealthyBooks: readonly string[] = ['gap', 'resyncing'];
const largestDeviation = 0.02;

/** Null: whoever weighs something is whole, none of three or more is far out, and the value lies among those who weigh. */
export function priceProblem(view: CoreView, market: string): string | null {
  const value = view.priceOf(market);
  const counted = value.contributors.filter(({ weight }) => weight > 0);
  for (const part of counted) {
    if (part.exclusion !== null || !freshStatuses.includes(part.status)) {
      return `${market}: ${part.venue} weighs ${part.weight}, ${part.exclusion} ${part.status}`;
    }
    const [book] = view.bookView(singleBook(market, part.venue)).parts;
    if (book !== undefined && unhealthyBooks.includes(book.status)) {
      return `${market}: ${part.venue} weighs ${part.weight}, its book is in ${book.status}`;
    }
  }
  if (counted.length === 0 || value.price === null) return null;
  const prices = counted.map(({ price }) => price ?? Number.NaN).sort((a, b) => a - b);
  const [low = Number.NaN, high = Number.NaN] = [prices[0], prices.at(-1)];
  const slack = value.price * 1e-9;
  if (!(value.price >= low - slack && value.price <= high + slack)) {
    return `${market}: ${value.price} lies outside ${prices.join(', ')}`;
  }
  const isWide = (high - low) / low > 2.1 * largestDeviation;
  return counted.length > 1 && isWide ? `${market}: ${prices.join(', ')} were merged` : null;
}

/** Null: only whole books count in the consolidated one, and what does not count has no rows. */
export function consolidatedBookProblem(view: CoreView, market: string): string | null {
  const book = view.bookView({ market, venue: null, group: '0', rows: 50, muted: [] });
  for (const [index, part] of book.parts.entries()) {
    const isFresh = freshStatuses.includes(part.streamStatus) && part.status === 'live';
    if (part.counted && !isFresh) {
      return `${market}: ${part.venue} counts, ${part.status} ${part.streamStatus}`;
    }
    const rows = [...book.bids, ...book.asks];
    if (!part.counted && rows.some((row) => (row.sizeUnits[index] ?? 0) !== 0)) {
      return `${market}: ${part.venue} has rows but does not count`;
    }
  }
  return null;
}

/** Null: no trades are marked as missing until further notice on a stream that is live. */
export function openGapProblem(view: CoreView, gaps: Iterable<GapRecord>): string | null {
  const { streams } = view.health();
  for (const gap of gaps) {
    if (gap.channel !== 'trade' || gap.to !== null) continue;
    const stream = streams.find(
      ({ instrument, channel }) => instrument === gap.instrument && channel === 'trade',
    );
    if (stream === undefined || !freshStatuses.includes(stream.status)) continue;
    return `${gap.instrument}: gap ${gap.id} (${gap.cause}) of a ${stream.status} stream has no end`;
  }
  return null;
}

/** Null: every socket, stream, price and book of the markets is live. */
export function whatIsNotWhole(
  view: CoreView,
  simulator: Simulator,
  markets: readonly string[],
): string | null {
  const health = view.health();
  for (const { connection, status, reason } of health.connections) {
    if (status !== 'live') return `${connection} is ${status} ${reason}`;
  }
  for (const { connection, channel, topic, status, note } of health.streams) {
    // Until its first trade nobody can say more of a subscription.
    if (channel === 'trade' && status === 'subscribing') continue;
    if (!freshStatuses.includes(status)) return `${connection} ${topic} is ${status}: ${note}`;
  }
  for (const market of markets) {
    const value = view.priceOf(market);
    const out = value.contributors.find(({ exclusion }) => exclusion !== null);
    if (out !== undefined) return `${market}: ${out.venue} is out: ${out.exclusion}`;
    for (const venue of chaosVenues) {
      const [part] = view.bookView(singleBook(market, venue)).parts;
      if (part?.counted !== true) return `${venue} ${market}: book ${part?.status} ${part?.note}`;
      const behind = updateIdNow(simulator, venue, market) - part.sequence;
      if (Math.abs(behind) > 10_000) return `${venue} ${market}: ${behind} numbers behind`;
    }
  }
  return null;
}

function singleBook(market: string, venue: VenueId) {
  return { market, venue, group: '0', rows: 1, muted: [] };
}
