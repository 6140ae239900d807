import type { CoreInput } from '../../src/main/engine/inputs.ts';
import { createVenue } from '../../src/main/engine/venues/registry.ts';
import type { DecodeContext, Venue, VenueEvent } from '../../src/main/engine/venues/venue.ts';
import { instrumentId } from '../../src/shared/market.ts';
import type { VenueId } from '../../src/shared/venues.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';

/** What one venue has told of one market so far, in the oracle's own numbers. */
export interface HeardVenue {
  readonly bid: number;
  readonly ask: number;
  readonly lastTrade: number;
  readonly turnover: number;
}

interface Heard {
  top: readonly [bid: number, ask: number] | null;
  turnover: number | null;
  tradeId: string | null;
  tradeTime: number;
  known: { readonly id: string; readonly index: number; readonly price: number } | null;
}

/** Topics that no price rests on, and which are most of the traffic. */
const booksOnly = /@depth|"topic":"orderbook\.(?:50|200|1000)\.|"channel":"books"/;
const levelOneId = /"u":(\d+)/;

/**
 * Follows the frames that an engine is given and notes which of the oracle's tops, trades and statistics they name, so that
 * a price can be computed from the oracle's state at the engine's last input and not at the present instant.
 */
export class PricesHeard {
  private readonly simulator: Simulator;
  private readonly heardByInstrument = new Map<string, Heard>();
  private readonly venues: readonly Venue[];

  constructor(simulator: Simulator, ids: readonly VenueId[]) {
    this.simulator = simulator;
    this.venues = ids.map((id) => createVenue(id));
  }

  onInput(input: CoreInput): void {
    if (input.type !== 'frame' || booksOnly.test(input.text)) return;
    const venue = this.venues.find(({ id }) => input.connection.startsWith(id));
    venue?.decode(input.text, contextOf(venue), (event) => this.onEvent(venue, event, input.text));
  }

  /** Undefined where the venue has not told all of it yet. */
  of(venue: VenueId, market: string): HeardVenue | undefined {
    const heard = this.heard(instrumentId(venue, market));
    const { tradeId, known } = heard;
    if (tradeId !== null && known?.id !== tradeId) {
      const since = this.simulator.oracle.trades(venue, market, (known?.index ?? 1) - 1);
      const named = since.find(({ id }) => id === tradeId);
      if (named === undefined) throw new Error(`the oracle has no trade ${tradeId}`);
      heard.known = { id: tradeId, index: named.index, price: Number(named.price) };
    }
    if (heard.top === null || heard.turnover === null || heard.known === null) return undefined;
    const [bid, ask] = heard.top;
    return { bid, ask, lastTrade: heard.known.price, turnover: heard.turnover };
  }

  private onEvent(venue: Venue, event: VenueEvent, text: string): void {
    if (event.type !== 'bbo' && event.type !== 'trade' && event.type !== 'ticker') return;
    const market = event.instrument.slice(event.instrument.indexOf(':') + 1);
    const heard = this.heard(event.instrument);
    if (event.type === 'trade') {
      if (event.aggregate || event.tradeTime < heard.tradeTime) return;
      heard.tradeId = event.id;
      heard.tradeTime = event.tradeTime;
    } else if (event.type === 'ticker') {
      heard.turnover = Number(this.simulator.oracle.statistics(venue.id, market)?.quoteVolume);
    } else {
      const updateId = event.sequence ?? Number(levelOneId.exec(text)?.[1]);
      heard.top = this.topAt(venue.id, market, updateId);
    }
  }

  private topAt(venue: VenueId, market: string, updateId: number): readonly [number, number] {
    const book = this.simulator.oracle.scaledBook(venue, market, { updateId, depth: 1 });
    if (book === undefined) throw new Error(`${venue} ${market}: the oracle has no ${updateId}`);
    const scale = 10 ** book.priceDecimals;
    return [(book.bids[0] ?? Number.NaN) / scale, (book.asks[0] ?? Number.NaN) / scale];
  }

  private heard(instrument: string): Heard {
    const known = this.heardByInstrument.get(instrument);
    if (known !== undefined) return known;
    const heard: Heard = { top: null, turnover: null, tradeId: null, tradeTime: 0, known: null };
    this.heardByInstrument.set(instrument, heard);
    return heard;
  }
}

function contextOf(venue: Venue): DecodeContext {
  return {
    marketKind: 'spot',
    instrumentOf: (symbol) => venue.describeSymbol(symbol, 'spot').instrument,
    decimalsOf: () => ({ price: 2, size: 5 }),
  };
}
