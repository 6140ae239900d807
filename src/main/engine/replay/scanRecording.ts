import type { EpochMs, Instrument, MarketKind } from '../../../shared/market.ts';
import { parseInstrumentId, parseMarketId } from '../../../shared/market.ts';
import type { VenueId } from '../../../shared/venues.ts';
import { venueIds } from '../../../shared/venues.ts';
import type { WantedCandles } from '../engineCommand.ts';
import { DecodeError } from '../errors.ts';
import { VenueFinder, frameContext, readAs } from '../recording/frameVenue.ts';
import { RecordingError } from '../recording/recordingError.ts';
import type { RecordingOrigin } from '../recording/recordingOrigin.ts';
import { tardisLines } from '../recording/tardisLines.ts';
import { createVenue } from '../venues/registry.ts';
import type {
  BookDecimals,
  DecodeContext,
  Venue,
  VenueEvent,
  VenueTopic,
} from '../venues/venue.ts';
import { streamName } from './recordedCore.ts';

/** A file of "TIME FRAME" lines, mostly of one venue. */
export interface RecordedSource {
  readonly file: string;
  readonly venues: readonly [VenueId, ...VenueId[]];
}

export interface ScannedFile extends RecordedSource {
  readonly firstTime: EpochMs;
  readonly lastTime: EpochMs;
  readonly streams: ReadonlySet<string>;
}

/** What recordings hold: found in a first pass, so that only streams that exist are waited for. */
export interface RecordingContents {
  /** In the order in which they begin. */
  readonly files: readonly ScannedFile[];
  readonly origin: RecordingOrigin;
  readonly venues: readonly {
    readonly venue: VenueId;
    readonly instruments: readonly Instrument[];
  }[];
  readonly candles: readonly WantedCandles[];
  readonly firstTime: EpochMs;
  readonly lastTime: EpochMs;
  readonly frames: number;
}

/** Reads all files once; `onPortion` may throw to end it. Throws `RecordingError`. */
export async function scanRecording(
  sources: readonly RecordedSource[],
  marketKind: 'spot' | 'linear',
  onPortion: () => void = () => undefined,
): Promise<RecordingContents> {
  const scans = new Map<VenueId, VenueScan>();
  const files: ScannedFile[] = [];
  let frames = 0;
  for (const source of sources) {
    const scanned = await scanFile(source, onPortion, (venue) => {
      const scan = scans.get(venue) ?? new VenueScan(createVenue(venue), marketKind);
      scans.set(venue, scan);
      return scan;
    });
    frames += scanned.frames;
    files.push(scanned);
  }
  refuseOverlaps(files);
  files.sort((a, b) => a.firstTime - b.firstTime);
  const found = [...scans].map(([venue, scan]) => ({ venue, scan }));
  return {
    files,
    origin: {
      marketKind,
      canAsk: false,
      venues: found.map(({ venue, scan }) => ({ venue, streams: scan.streamNames() })),
    },
    venues: found.map(({ venue, scan }) => ({ venue, instruments: scan.listed() })),
    candles: found.flatMap(({ scan }) => scan.candles()),
    firstTime: Math.min(...files.map(({ firstTime }) => firstTime)),
    lastTime: Math.max(...files.map(({ lastTime }) => lastTime)),
    frames,
  };
}

async function scanFile(
  { file, venues }: RecordedSource,
  onPortion: () => void,
  scanOf: (venue: VenueId) => VenueScan,
): Promise<ScannedFile & { readonly frames: number }> {
  const streams = new Set<string>();
  const finder = new VenueFinder(venues);
  let firstTime = Number.POSITIVE_INFINITY;
  let lastTime = Number.NEGATIVE_INFINITY;
  let frames = 0;
  for await (const portion of tardisLines(file)) {
    onPortion();
    for (const { receivedTime, text, line, isBreak } of portion) {
      if (isBreak === true) continue;
      frames += 1;
      firstTime = Math.min(firstTime, receivedTime);
      lastTime = Math.max(lastTime, receivedTime);
      const venue = finder.venueOf(text);
      if (scanOf(venue).add(text, streams)) continue;
      const other = venueIds.find((id) => !venues.includes(id) && readAs(id, text).market > 0);
      if (other === undefined) continue;
      throw new RecordingError(
        `${file}: line ${line + 1} is of ${other}, those before are of ${venues.join(', ')}. Write a file for each venue, or leave out --venue.`,
      );
    }
  }
  if (streams.size === 0) {
    throw new RecordingError(
      `${file}: no market data of ${venues.join(', ')} in its ${frames} frames; is the venue right?`,
    );
  }
  return { file, venues, firstTime, lastTime, streams, frames };
}

/** Two connections with the same streams are two sequences: played as one they would make gaps that never were. */
function refuseOverlaps(files: readonly ScannedFile[]): void {
  for (const [index, first] of files.entries()) {
    for (const second of files.slice(index + 1)) {
      if (first.firstTime > second.lastTime || second.firstTime > first.lastTime) continue;
      const shared = [...first.streams].find((stream) => second.streams.has(stream));
      if (shared === undefined) continue;
      throw new RecordingError(
        `${first.file} and ${second.file} hold ${shared.trim()} of the same time: two connections, of which one makes a session. Leave one out.`,
      );
    }
  }
}

const noDecimals: BookDecimals = { price: 0, size: 0 };

/** All frames of one venue. */
class VenueScan {
  readonly #venue: Venue;
  readonly #marketKind: MarketKind;
  readonly #context: DecodeContext;
  readonly #topics = new Map<string, VenueTopic>();
  readonly #candles = new Map<string, WantedCandles>();
  readonly #instruments = new Map<string, Instrument>();
  /** Most decimals that a price and a size had: what stands for tick and lot where there is no metadata. */
  readonly #decimals = new Map<string, BookDecimals>();
  #streams = new Set<string>();
  #isKnown = false;

  constructor(venue: Venue, marketKind: MarketKind) {
    this.#venue = venue;
    this.#marketKind = marketKind;
    this.#context = frameContext(venue, marketKind);
  }

  /** Its streams are added to those of the file. False: the venue does not know what it is. */
  add(text: string, streams: Set<string>): boolean {
    this.#isKnown = false;
    this.#streams = streams;
    try {
      this.#venue.decode(text, this.#context, this.#sink);
    } catch (error) {
      // A bad frame is counted when it is replayed; it says nothing about what is in the recording.
      if (!(error instanceof DecodeError)) throw error;
    }
    return this.#isKnown;
  }

  streamNames(): RecordingOrigin['venues'][number]['streams'] {
    return [...this.#topics].map(([name, { topic, route }]) => ({ name, topic, route }));
  }

  candles(): readonly WantedCandles[] {
    return [...this.#candles.values()];
  }

  listed(): readonly Instrument[] {
    return [...this.#instruments.values()].map((instrument) => {
      const { price, size } = this.#decimals.get(instrument.venueSymbol) ?? noDecimals;
      return { ...instrument, tickSize: unitOf(price), lotSize: unitOf(size) };
    });
  }

  readonly #sink = (event: VenueEvent): void => {
    if (event.type === 'notice') return;
    this.#isKnown = true;
    if (event.type === 'ack' || event.type === 'pong' || event.type === 'other') return;
    const instrument = this.#instrumentOf(event.venueSymbol);
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
    this.#streams.add(key);
    // Single trades make the tape; an aggregate stands in only where there is nothing else.
    if (event.type === 'trade' && event.aggregate && this.#topics.has(key)) return;
    this.#topics.set(key, { topic: event.topic, route: this.#venue.routes[0]?.id ?? 'public' });
    if (interval === null || instrument === null) return;
    this.#candles.set(key, { market: instrument.market, venue: this.#venue.id, interval });
  };

  #instrumentOf(venueSymbol: string): Instrument | null {
    const listed = this.#instruments.get(venueSymbol);
    if (listed !== undefined) return listed;
    const { instrument, marketKind, sizeUnit } = this.#venue.describeSymbol(
      venueSymbol,
      this.#marketKind,
    );
    const parts = parseInstrumentId(instrument);
    if (parts === null) return null;
    const market = parseMarketId(parts.market);
    const made: Instrument = {
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
    };
    this.#instruments.set(venueSymbol, made);
    return made;
  }
}

/** `0.01` for two decimals. */
function unitOf(decimals: number): string {
  return decimals === 0 ? '1' : `0.${'0'.repeat(decimals - 1)}1`;
}
