import type { InstrumentId } from '../../../shared/market.ts';
import type { BookSide } from '../book/bookSide.ts';
import { BookState } from '../book/bookState.ts';
import { hashBook } from '../book/levelHash.ts';
import { CandleBuilder } from '../candles/candleBuilder.ts';
import { formatUnits } from '../decimal.ts';
import type { InputTime } from '../inputs.ts';
import { Tape } from '../tape/tape.ts';
import type {
  BboEvent,
  BookDecimals,
  BookEvent,
  BookSequencing,
  MarketDataEvent,
  SymbolDescription,
  TradeEvent,
  Venue,
} from '../venues/venue.ts';
import type { BookPicture, InspectedBook, InspectedInstrument } from './inspectReport.ts';
import type { SnapshotQueue } from './snapshotQueue.ts';

/** A recording may hold only the venue's top of book: then that is the book, one level a side, whole in each message. */
const topOfBook: BookSequencing = {
  bootstrap: 'everyMessage',
  scope: 'stream',
  depth: 1,
  check: () => 'apply',
};

const noDecimals: BookDecimals = { price: 0, size: 0 };

interface Prints {
  readonly tape: Tape;
  readonly candles: CandleBuilder;
}

/** Everything that a recording says about one instrument, held in the classes that hold live data. */
export class InstrumentInspector {
  readonly instrument: InstrumentId;
  readonly #venueSymbol: string;
  readonly #description: SymbolDescription;
  readonly #snapshots: SnapshotQueue;
  readonly #messages = new Map<string, { count: number; line: number }>();
  readonly #single: Prints;
  readonly #aggregate: Prints;
  readonly #checkpoints: (BookPicture & { readonly afterLine: number })[] = [];
  #book: BookState;
  #hasBookStream = false;

  constructor(
    venue: Venue,
    venueSymbol: string,
    description: SymbolDescription,
    snapshots: SnapshotQueue,
  ) {
    this.instrument = description.instrument;
    this.#venueSymbol = venueSymbol;
    this.#description = description;
    this.#snapshots = snapshots;
    this.#book = new BookState({ sequencing: venue.sequencing, decimals: noDecimals });
    this.#single = createPrints(description.instrument);
    this.#aggregate = createPrints(description.instrument);
    this.#topBook = new BookState({ sequencing: topOfBook, decimals: noDecimals });
  }

  readonly #topBook: BookState;

  get decimals(): BookDecimals {
    return (this.#hasBookStream ? this.#book : this.#topBook).decimals;
  }

  /** `line` counts a frame once, however many events it holds. */
  apply(event: MarketDataEvent, line: number, time: InputTime): void {
    this.#count(event.channel, line);
    switch (event.type) {
      case 'trade':
        this.#applyTrade(event, time);
        break;
      case 'book':
        this.#applyBook(event, line, time);
        break;
      case 'bbo':
        if (!this.#hasBookStream) this.#topBook.applyEvent(bookOfTop(event), time);
        break;
      case 'ticker':
      case 'candle':
      case 'other':
        break;
    }
  }

  /** Gives the book the recorded answer that it asked for, where it has come by this line. */
  answerRequest(line: number, time: InputTime): void {
    if (this.#book.need !== 'restSnapshot' || !this.#snapshots.isReady(this.#venueSymbol, line)) {
      return;
    }
    const snapshot = this.#snapshots.take(this.#venueSymbol, this.#book.decimals);
    if (snapshot !== null) this.#book.applySnapshot(snapshot, this.#book.beginAttempt(), time);
  }

  addCheckpoint(afterLine: number): void {
    this.#checkpoints.push({ afterLine, ...pictureOf(this.#shownBook) });
  }

  report(): InspectedInstrument {
    const prints = this.#single.tape.count > 0 ? this.#single : this.#aggregate;
    const { tape } = prints;
    const messages = [...this.#messages].sort(([first], [second]) => (first < second ? -1 : 1));
    return {
      instrument: this.instrument,
      venueSymbol: this.#venueSymbol,
      marketKind: this.#description.marketKind,
      sizeUnit: this.#description.sizeUnit,
      messages: Object.fromEntries(messages.map(([channel, { count }]) => [channel, count])),
      trades: {
        count: tape.count,
        firstId: tape.firstId,
        lastId: tape.lastId,
        sumSize: tape.sumSize(),
        sumNotional: tape.sumNotional(),
        vwap: tape.vwap(),
      },
      book: this.#reportBook(),
      candles1m: prints.candles.exactCandles('1m'),
    };
  }

  get #shownBook(): BookState {
    return this.#hasBookStream ? this.#book : this.#topBook;
  }

  #count(channel: string, line: number): void {
    const seen = this.#messages.get(channel);
    if (seen === undefined) this.#messages.set(channel, { count: 1, line });
    else if (seen.line !== line) {
      seen.count += 1;
      seen.line = line;
    }
  }

  #applyTrade(event: TradeEvent, time: InputTime): void {
    const { tape, candles } = event.aggregate ? this.#aggregate : this.#single;
    const outcome = tape.add(event, time.receivedTime);
    if (outcome.type === 'added') candles.addTrade(outcome.trade);
  }

  #applyBook(event: BookEvent, line: number, time: InputTime): void {
    this.#hasBookStream = true;
    this.#book.applyEvent(event, time);
    if (this.#book.need === 'resubscribe') this.#book.beginAttempt();
    this.answerRequest(line, time);
  }

  #reportBook(): InspectedBook {
    const state = this.#shownBook;
    const { applied, gaps, resyncs, crossed } = state.counters;
    const range = state.knownRange;
    const { priceDecimals } = state.book;
    return {
      status: state.status,
      applied,
      gaps,
      resyncs,
      crossed,
      knownRange:
        range === null
          ? null
          : [
              range.low === 0 ? null : formatUnits(range.low, priceDecimals),
              Number.isFinite(range.high) ? formatUnits(range.high, priceDecimals) : null,
            ],
      ...pictureOf(state),
      checkpoints: this.#checkpoints,
    };
  }
}

function createPrints(instrument: InstrumentId): Prints {
  return {
    tape: new Tape({ instrument, recentTrades: 1 }),
    candles: new CandleBuilder({ intervals: ['1m'], keep: Number.MAX_SAFE_INTEGER }),
  };
}

function pictureOf(state: BookState): BookPicture {
  if (state.status !== 'live') {
    return { bid: null, ask: null, bidLevels: 0, askLevels: 0, sha256: null };
  }
  const { book } = state;
  const { priceDecimals, sizeDecimals } = book;
  const best = (side: BookSide): readonly [string, string] | null =>
    side.count === 0
      ? null
      : [formatUnits(side.priceAt(0), priceDecimals), formatUnits(side.sizeAt(0), sizeDecimals)];
  return {
    bid: best(book.bids),
    ask: best(book.asks),
    bidLevels: book.bids.count,
    askLevels: book.asks.count,
    sha256: hashBook(book),
  };
}

function bookOfTop(event: BboEvent): BookEvent {
  const { instrument, venueSymbol, topic, channel, venueTime, priceDecimals, sizeDecimals } = event;
  return {
    type: 'book',
    instrument,
    venueSymbol,
    topic,
    channel,
    venueTime,
    kind: 'snapshot',
    bids: levelOf(event.bidUnits, event.bidSizeUnits),
    asks: levelOf(event.askUnits, event.askSizeUnits),
    priceDecimals,
    sizeDecimals,
    sequence: { first: null, last: event.sequence ?? -1, previous: null },
    checksum: null,
    rawLevels: null,
  };
}

function levelOf(price: number, size: number) {
  return { count: size === 0 ? 0 : 1, prices: [price], sizes: [size] };
}
