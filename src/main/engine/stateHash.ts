import { createHash } from 'node:crypto';
import type { VenueId } from '../../shared/venues.ts';
import { hashBook } from './book/levelHash.ts';
import type { CoreContext } from './coreContext.ts';
import type { GapLog } from './feed/gapLog.ts';
import type { IncidentLog } from './health/incidentLog.ts';
import type { VenueFeed } from './feed/venueFeed.ts';
import type { InstrumentState } from './market/instrumentState.ts';
import type { MarketBoard } from './market/marketBoard.ts';

/**
 * SHA-256 of one JSON text: per connection its status and counters, per instrument (by id) the whole book, the tape's sums,
 * quote, ticker and bars, per market (by name) the consolidated price, then gaps, incidents and errors. Nothing in it depends on how
 * fast the core ran or on who reads it.
 */
export function hashState(
  context: CoreContext,
  feeds: ReadonlyMap<VenueId, VenueFeed>,
  board: MarketBoard,
  gaps: GapLog,
  incidents: IncidentLog,
): string {
  const connections = [...feeds.values()].flatMap((feed) =>
    feed.connections.map(({ name, status, reason, attempt, meter }) => ({
      ...{ name, status, reason, attempt },
      ...meter.counters,
    })),
  );
  const instruments = [...board.instruments.values()].sort(byId).map(describe);
  const prices = [...board.markets.values()]
    .sort((a, b) => (a.market < b.market ? -1 : 1))
    .map((market) => market.price());
  const errors = context.errors.list().length;
  const text = JSON.stringify({
    ...{ sequence: context.sequence, connections, instruments, prices, errors },
    gaps: gaps.list(),
    incidents: incidents.list(),
  });
  return createHash('sha256').update(text).digest('hex');
}

function byId(a: InstrumentState, b: InstrumentState): number {
  return a.id < b.id ? -1 : 1;
}

function describe(state: InstrumentState): unknown {
  const book = state.book?.state;
  const tape = state.trades?.tape;
  return {
    id: state.id,
    book:
      book === undefined
        ? null
        : {
            status: book.status,
            sequence: book.sequence,
            held: book.heldDeltas,
            counters: book.counters,
            levels: hashBook(book.book),
          },
    tape:
      tape === undefined
        ? null
        : {
            count: tape.count,
            lastId: tape.lastId,
            size: tape.sumSize(),
            notional: tape.sumNotional(),
            holes: tape.holes,
          },
    quote: state.quote.save(),
    ticker: state.ticker.save(),
    candles: state.candles.intervals.map((interval) => [
      interval,
      state.candles.exactCandles(interval),
    ]),
    streams: [...state.streams.values()].map((stream) => [stream.definition.id, stream.status]),
  };
}
