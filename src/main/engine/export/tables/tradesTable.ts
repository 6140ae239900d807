import type { InstrumentId, MarketId } from '../../../../shared/market.ts';
import type { TradeValue } from '../../../../shared/values.ts';
import type { CoreListener, CoreView } from '../../coreView.ts';
import type { Cell, Row } from '../cells.ts';
import { textCell, timeCell } from '../cells.ts';
import { GapRows, noGap } from './gapRows.ts';
import { ignored } from './ignored.ts';
import type { TableOptions, TableRows } from './tableRows.ts';
import { InstrumentNames, isWanted } from './tableRows.ts';

export function createTradesTable(options: TableOptions): TableRows {
  const names = new InstrumentNames();
  const units = new Map<InstrumentId, Cell>();
  let view: CoreView | null = null;
  const gaps = new GapRows('trade', options, ({ from, words, cells }) => {
    const row = ['gap', timeCell(from), null, words?.market ?? null, words?.venue ?? null];
    options.emit([...row, null, null, null, null, null, null, null, null, ...cells]);
  });
  const listener: CoreListener = {
    ...ignored,
    onTrade(market: MarketId, trade: TradeValue) {
      if (!isWanted(options, market)) return;
      const { instrument } = trade;
      let unit = units.get(instrument);
      if (unit === undefined) {
        unit = view?.instrument(instrument)?.sizeUnit ?? null;
        units.set(instrument, unit);
      }
      options.emit(tradeRow(trade, names.of(instrument), unit));
    },
    onGap: (gap) => gaps.onGap(gap),
  };
  return {
    onCore(next) {
      view = next;
      units.clear();
      gaps.onCore(next);
      next.listen(listener);
    },
    onMissing: (from, to) => gaps.onMissing(from, to),
    finish: () => gaps.finish(),
  };
}

function tradeRow(
  trade: TradeValue,
  { market, venue }: { readonly market: string; readonly venue: string },
  sizeUnit: Cell,
): Row {
  return [
    'trade',
    timeCell(trade.receivedTime),
    timeCell(trade.venueTime),
    market,
    venue,
    trade.ordinal,
    textCell(trade.id),
    trade.side,
    { units: trade.priceUnits, decimals: trade.priceDecimals },
    { units: trade.sizeUnits, decimals: trade.sizeDecimals },
    sizeUnit,
    trade.late,
    trade.outlier,
    ...noGap,
  ];
}
