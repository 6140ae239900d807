import type { CandleInterval, Instrument, MarketId } from '../../shared/market.ts';
import type { VenueId } from '../../shared/venues.ts';

/** Commands that change the core's state, as inputs: recorded and replayed like frames. */
export type EngineCommand =
  | {
      /** Reference counts of windows and of the watchlist have changed: the full set of what is wanted. */
      readonly type: 'want';
      readonly markets: readonly MarketId[];
      /** Markets of `markets` whose order books are wanted too. */
      readonly books: readonly MarketId[];
      readonly candles: readonly WantedCandles[];
    }
  | {
      readonly type: 'instruments';
      readonly venue: VenueId;
      readonly instruments: readonly Instrument[];
    }
  | { readonly type: 'reconnectVenue'; readonly venue: VenueId }
  | { readonly type: 'pauseVenue'; readonly venue: VenueId }
  | { readonly type: 'resumeVenue'; readonly venue: VenueId }
  /** The machine slept or its network changed: sockets are replaced without trusting their state. */
  | { readonly type: 'wake' }
  | {
      readonly type: 'configure';
      readonly priceSource: 'lastTrade' | 'mid';
      readonly mutedVenues: readonly VenueId[];
    };

export interface WantedCandles {
  readonly market: MarketId;
  /** Null: consolidated candles. */
  readonly venue: VenueId | null;
  readonly interval: CandleInterval;
}
