import type { EpochMs } from '../../../../shared/market.ts';
import type { PriceValue } from '../../../../shared/values.ts';
import type { CoreView } from '../../coreView.ts';
import { timeCell } from '../cells.ts';
import { Sampler } from './sampler.ts';
import type { TableOptions, TableRows } from './tableRows.ts';
import { isWanted } from './tableRows.ts';

export function createPriceTable(options: TableOptions): TableRows {
  let view: CoreView | null = null;
  const sampler = new Sampler(options.everyMs, (time) => {
    if (view === null) return;
    for (const market of recordedMarkets(view)) {
      if (isWanted(options, market)) tellPrice(view.priceOf(market), time, options);
    }
  });
  return {
    onCore(next) {
      view = next;
      sampler.restart();
    },
    beforeInput: (time) => sampler.before(time),
  };
}

function recordedMarkets(view: CoreView): ReadonlySet<string> {
  const ids = new Set(view.health().streams.map(({ instrument }) => instrument));
  return new Set([...ids].flatMap((id) => view.instrument(id)?.market ?? []));
}

function tellPrice(value: PriceValue, time: EpochMs, { emit }: TableOptions): void {
  const { market, price, status, receivedTime, equalWeights, venueSpreadBps } = value;
  emit([
    ...['consolidated', timeCell(time), timeCell(receivedTime), market, null, status, price],
    ...[null, null, null, null, null, equalWeights, venueSpreadBps],
  ]);
  for (const part of value.contributors) {
    const { venue, bid, ask, lastTrade, weight, exclusion } = part;
    emit([
      ...['contributor', timeCell(time), timeCell(part.receivedTime), market, venue],
      ...[part.status, part.price, bid, ask, lastTrade, weight, exclusion, null, null],
    ]);
  }
}
