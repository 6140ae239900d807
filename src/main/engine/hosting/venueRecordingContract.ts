import type { CandleInterval, EpochMs, Instrument, InstrumentId } from '../../../shared/market.ts';
import type { CandleValue, TickerValue, TradeValue } from '../../../shared/values.ts';
import type { VenueId } from '../../../shared/venues.ts';

export interface VenueRecordingRequest {
  /** Its id in the profile, or its folder anywhere; empty: the one that this host shows. */
  readonly session: string;
  /** Null: its start. */
  readonly from: EpochMs | null;
  /** Null: as fast as possible. */
  readonly speed: number | null;
}

/** A frame of market data as the venue sent it, byte for byte. */
export interface RecordedFrame {
  readonly venue: VenueId;
  readonly receivedTime: EpochMs;
  readonly text: string;
  /** The venue's own names of what is in it: nearly always one. */
  readonly topics: readonly RecordedTopic[];
}

export interface RecordedTopic {
  readonly topic: string;
  readonly venueSymbol: string;
  readonly channel: 'trade' | 'book' | 'bbo' | 'ticker' | 'candle' | 'other';
  /** It holds all: whoever begins with it needs nothing of before. */
  readonly isSnapshot: boolean;
}

/** A live book of one venue, best first; decimal strings. */
export interface RecordedBook {
  readonly venueSymbol: string;
  /** The venue's update id. */
  readonly sequence: number;
  readonly receivedTime: EpochMs;
  readonly bids: readonly (readonly [price: string, size: string])[];
  readonly asks: readonly (readonly [price: string, size: string])[];
}

/** Best bid and ask of one venue, as its top stream or its book said last; null: that side is empty. */
export interface RecordedQuote {
  readonly bid: readonly [price: string, size: string] | null;
  readonly ask: readonly [price: string, size: string] | null;
}

export interface RecordedCandleRequest {
  /** Bars that open before this; null: up to now. */
  readonly before: EpochMs | null;
  /** It is worth reading the recording for them. */
  readonly withOwnFigures: boolean;
}

export interface RecordedCandle extends CandleValue {
  /** What the venue alone says of a bar (`VenueCandle.ownFigures`), of this very state of it; null: it is not known. */
  readonly ownFigures: readonly string[] | null;
}

export interface VenueRecordingState {
  readonly session: string;
  readonly name: string;
  readonly time: EpochMs;
  readonly startTime: EpochMs;
  readonly endTime: EpochMs;
  readonly isPlaying: boolean;
  readonly isFinished: boolean;
  /** For a person; null: whole so far. */
  readonly problem: string | null;
}

export interface VenueRecordingListener {
  /** In the order of the recording. */
  onFrame(frame: RecordedFrame): void;
  /** Data is missing, or the venue's socket ended here: what comes does not continue what was sent. */
  onBreak(venue: VenueId | null): void;
  onEnd(): void;
}

/** A recorded session as the venues that sent it: paced, from one moment on, with what they would answer. */
export interface VenueRecordingFeed {
  readonly state: VenueRecordingState;
  listen(listener: VenueRecordingListener): void;
  /** The venue's names of the streams that the session holds. */
  topics(venue: VenueId): ReadonlySet<string>;
  instruments(venue: VenueId): readonly Instrument[];
  /** Null: not live at this moment. */
  book(instrument: InstrumentId, levels: number): RecordedBook | null;
  /** Null: none is fresh at this moment. */
  quote(instrument: InstrumentId): RecordedQuote | null;
  /** So many trades of an instrument are kept, the newest ones. */
  readonly maxTrades: number;
  /** Those that are kept at this moment; by their own times, oldest first. */
  trades(instrument: InstrumentId): readonly TradeValue[];
  ticker(instrument: InstrumentId): TickerValue | null;
  /**
   * The venue's own bars, oldest first and none missing in between; the last may be open. Empty: the recording does not hold
   * them.
   */
  candles(
    instrument: InstrumentId,
    interval: CandleInterval,
    request: RecordedCandleRequest,
  ): Promise<readonly RecordedCandle[]>;
  play(): void;
  close(): void;
}
