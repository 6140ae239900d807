import type { EpochMs, Instrument, MarketKind } from '../../../shared/market.ts';
import { parseInstrumentId, parseMarketId } from '../../../shared/market.ts';
import { DecodeError } from '../errors.ts';
import { RecordingError } from '../recording/recordingError.ts';
import { tardisLines } from '../recording/tardisLines.ts';
import { createVenue } from '../venues/registry.ts';
import { onlyRecorded, streamName } from './recordedCore.ts';
import type {
  BookDecimals,
  DecodeContext,
  Venue,
  VenueEvent,
  VenueTopic,
} from '../venues/venue.ts';
import type { VenueId } from '../../../shared/venues.ts';

/** What a recording holds: found in a first pass, so that only streams that exist are waited for. */
export interface RecordingContents {
  readonly venue: Venue;
  readonly instruments: readonly Instrument[];
  readonly firstTime: EpochMs;
  readonly lastTime: EpochMs;
  readonly frames: number;
}

/** Reads all files once. Throws `RecordingError`. */
export async function scanRecording(
  files: readonly string[],
  venueId: VenueId,
  marketKind: MarketKind,
): Promise<RecordingContents> {
  const scan = new Scan(createVenue(venueId), marketKind);
  for (const file of files) {
    for await (const portion of tardisLines(file)) {
      for (const line of portion) scan.add(line.receivedTime, line.text);
    }
  }
  return scan.contents(files);
}

const noDecimals: BookDecimals = { price: 0, size: 0 };

class Scan {
  readonly #venue: Venue;
  readonly #marketKind: MarketKind;
  readonly #context: DecodeContext;
  readonly #topics = new Map<string, VenueTopic>();
  readonly #instruments = new Map<string, Instrument>();
  /** Most decimals that a price and a size had: what stands for tick and lot where there is no metadata. */
  readonly #decimals = new Map<string, BookDecimals>();
  #first = Number.POSITIVE_INFINITY;
  #last = Number.NEGATIVE_INFINITY;
  #frames = 0;

  constructor(venue: Venue, marketKind: MarketKind) {
    this.#venue = venue;
    this.#marketKind = marketKind;
    this.#context = {
      marketKind,
      instrumentOf: (symbol) => venue.describeSymbol(symbol, marketKind).instrument,
      decimalsOf: () => noDecimals,
    };
  }

  add(receivedTime: EpochMs, text: string): void {
    this.#frames += 1;
    this.#first = Math.min(this.#first, receivedTime);
    this.#last = Math.max(this.#last, receivedTime);
    try {
      this.#venue.decode(text, this.#context, this.#sink);
    } catch (error) {
      // A bad frame is counted when it is replayed; it says nothing about what is in the recording.
      if (!(error instanceof DecodeError)) throw error;
    }
  }

  contents(files: readonly string[]): RecordingContents {
    const instruments = [...this.#instruments.values()].map((instrument) => {
      const { price, size } = this.#decimals.get(instrument.venueSymbol) ?? noDecimals;
      return { ...instrument, tickSize: unitOf(price), lotSize: unitOf(size) };
    });
    if (instruments.length === 0) {
      throw new RecordingError(
        `${files.join(', ')}: no market data of ${this.#venue.id} in it; is --venue right?`,
      );
    }
    return {
      venue: onlyRecorded(this.#venue, this.#topics),
      instruments,
      firstTime: this.#first,
      lastTime: this.#last,
      frames: this.#frames,
    };
  }

  readonly #sink = (event: VenueEvent): void => {
    if (event.type === 'ack' || event.type === 'pong' || event.type === 'notice') return;
    if (event.type === 'other') return;
    this.#addInstrument(event.venueSymbol);
    if (event.type === 'trade' || event.type === 'bbo' || event.type === 'book') {
      const known = this.#decimals.get(event.venueSymbol) ?? noDecimals;
      if (event.priceDecimals > known.price || event.sizeDecimals > known.size) {
        const price = Math.max(known.price, event.priceDecimals);
        const size = Math.max(known.size, event.sizeDecimals);
        this.#decimals.set(event.venueSymbol, { price, size });
      }
    }
    const interval = event.type === 'candle' ? event.interval : null;
    const key = streamName({ instrument: event.instrument, channel: event.type, interval });
    // Single trades make the tape; an aggregate stands in only where there is nothing else.
    if (event.type === 'trade' && event.aggregate && this.#topics.has(key)) return;
    this.#topics.set(key, { topic: event.topic, route: this.#venue.routes[0]?.id ?? 'public' });
  };

  #addInstrument(venueSymbol: string): void {
    if (this.#instruments.has(venueSymbol)) return;
    const { instrument, marketKind, sizeUnit } = this.#venue.describeSymbol(
      venueSymbol,
      this.#marketKind,
    );
    const parts = parseInstrumentId(instrument);
    if (parts === null) return;
    const market = parseMarketId(parts.market);
    this.#instruments.set(venueSymbol, {
      id: instrument,
      venue: parts.venue,
      venueSymbol,
      market: parts.market,
      marketKind,
      base: market?.base ?? parts.market,
      quote: market?.quote ?? '',
      tickSize: '1',
      lotSize: '1',
      sizeUnit,
      tradingStatus: 'trading',
    });
  }
}

/** `0.01` for two decimals. */
function unitOf(decimals: number): string {
  return decimals === 0 ? '1' : `0.${'0'.repeat(decimals - 1)}1`;
}
