import type { InstrumentId, MarketId } from '../../../../shared/market.ts';
import { instrumentId } from '../../../../shared/market.ts';
import type { QuoteValue } from '../../../../shared/values.ts';
import type { VenueId } from '../../../../shared/venues.ts';
import type { CoreListener, CoreView } from '../../coreView.ts';
import type { Cell } from '../cells.ts';
import { timeCell } from '../cells.ts';
import { GapRows, noGap } from './gapRows.ts';
import { ignored } from './ignored.ts';
import type { TableOptions, TableRows } from './tableRows.ts';
import { isWanted } from './tableRows.ts';

interface Changed {
  readonly market: MarketId;
  readonly venue: VenueId;
}

/** Reads a quote after the input that changed it; what changed nothing that a row shows makes no row. */
export function createQuotesTable(options: TableOptions): TableRows {
  const lastById = new Map<InstrumentId, QuoteValue>();
  let view: CoreView | null = null;
  let changed: Changed[] = [];
  const gaps = new GapRows('bbo', options, ({ from, words, cells }) => {
    const row = ['gap', timeCell(from), null, null, words?.market ?? null, words?.venue ?? null];
    options.emit([...row, null, null, null, null, null, null, ...cells]);
  });
  const listener: CoreListener = {
    ...ignored,
    onDirty(kind, market, venue) {
      if (kind !== 'quote' || venue === null || !isWanted(options, market)) return;
      if (!changed.some((each) => each.market === market && each.venue === venue))
        changed.push({ market, venue });
    },
    onGap: (gap) => gaps.onGap(gap),
  };
  const tell = ({ market, venue }: Changed): void => {
    const id = instrumentId(venue, market);
    const quote = view?.quotesOf(market).find(({ instrument }) => instrument === id);
    if (view === null || quote === undefined || isSame(quote, lastById.get(id))) return;
    lastById.set(id, quote);
    const { status, receivedTime } = quote;
    options.emit([
      ...['quote', timeCell(view.time), timeCell(receivedTime)],
      ...[timeCell(view.quoteTimeOf(market, venue)), market, venue, status],
      ...pricesOf(quote),
      view.instrument(id)?.sizeUnit ?? null,
      ...noGap,
    ]);
  };
  return {
    onCore(next) {
      view = next;
      changed = [];
      gaps.onCore(next);
      next.listen(listener);
    },
    afterInput() {
      if (changed.length === 0) return;
      for (const each of changed) tell(each);
      changed = [];
    },
    onMissing: (from, to) => gaps.onMissing(from, to),
    finish: () => gaps.finish(),
  };
}

function pricesOf(quote: QuoteValue): readonly Cell[] {
  const { bidUnits, askUnits, priceDecimals, sizeDecimals } = quote;
  return [
    bidUnits === null ? null : { units: bidUnits, decimals: priceDecimals },
    { units: quote.bidSizeUnits, decimals: sizeDecimals },
    askUnits === null ? null : { units: askUnits, decimals: priceDecimals },
    { units: quote.askSizeUnits, decimals: sizeDecimals },
  ];
}

function isSame(quote: QuoteValue, last: QuoteValue | undefined): boolean {
  return (
    last !== undefined &&
    quote.receivedTime === last.receivedTime &&
    quote.status === last.status &&
    quote.bidUnits === last.bidUnits &&
    quote.askUnits === last.askUnits &&
    quote.bidSizeUnits === last.bidSizeUnits &&
    quote.askSizeUnits === last.askSizeUnits
  );
}
