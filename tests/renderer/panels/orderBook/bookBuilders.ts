import type { FeedHealth } from '../../../../src/shared/feedHealth.ts';
import type { BookPart, BookRow, BookView } from '../../../../src/shared/values.ts';
import type { VenueId } from '../../../../src/shared/venues.ts';

export const now = 1_700_000_000_000;
export const market = 'BTC-USDT';

export function part(venue: VenueId, changes: Partial<BookPart> = {}): BookPart {
  return {
    venue,
    instrument: `${venue}:${market}`,
    status: 'live',
    streamStatus: 'live',
    sequence: 100,
    receivedTime: now - 50,
    counted: true,
    bestBidUnits: null,
    bestAskUnits: null,
    note: null,
    ...changes,
  };
}

export function row(
  priceUnits: number,
  sizeUnits: readonly number[],
  changedTime: readonly number[] = sizeUnits.map((size) => (size > 0 ? now : 0)),
): BookRow {
  return { priceUnits, sizeUnits, changedTime };
}

/** Prices with two decimals, sizes with three, rows of one tick. */
export function view(changes: Partial<BookView> = {}): BookView {
  return {
    market,
    venue: null,
    priceDecimals: 2,
    sizeDecimals: 3,
    groupUnits: 1,
    parts: [part('binance'), part('bybit')],
    bids: [],
    asks: [],
    crossedUnits: null,
    ...changes,
  };
}

/** Health of venues that have not been reached yet. */
export function unreached(...venues: readonly VenueId[]): FeedHealth {
  return {
    time: now,
    connections: venues.map((venue) => ({
      connection: `${venue}#1`,
      venue,
      status: 'reconnecting',
      reason: 'backoff',
      since: now - 900,
      openedTime: null,
      nextAttemptTime: null,
      attempt: 1,
      roundTripMs: null,
      clockOffsetMs: null,
      clockErrorMs: null,
      circuit: 'closed',
      messagesPerSec: 0,
      bytesPerSec: 0,
      messages: 0,
      bytes: 0,
      sent: 0,
      decodeErrors: 0,
      gaps: 0,
      resyncs: 0,
      reconnects: 0,
      lastReceivedTime: null,
      lastError: null,
      budgets: [],
    })),
    streams: [],
    errors: [],
    apiChanges: [],
    messagesPerSec: 0,
    gapsTotal: 0,
    gapsRepaired: 0,
    resyncsTotal: 0,
    reconnectsTotal: 0,
    decodeErrorsTotal: 0,
    sizes: { bookLevels: 0, heldUpdates: 0, trades: 0, gaps: 0, incidents: 0, requests: 0 },
  };
}
