import type { Instrument } from '../../../../shared/market.ts';
import type { EpochMs } from '../../../../shared/market.ts';
import type { BookPart, BookRow, BookView } from '../../../../shared/values.ts';
import type { CoreView } from '../../coreView.ts';
import type { Cell } from '../cells.ts';
import { textCell, timeCell } from '../cells.ts';
import { Sampler } from './sampler.ts';
import type { TableOptions, TableRows } from './tableRows.ts';
import { isWanted } from './tableRows.ts';

export function createBookTable(options: TableOptions): TableRows {
  let view: CoreView | null = null;
  const sampler = new Sampler(options.everyMs, (time) => {
    if (view !== null) tellBooks(view, time, options);
  });
  return {
    onCore(next) {
      view = next;
      sampler.restart();
    },
    beforeInput: (time) => sampler.before(time),
  };
}

function tellBooks(view: CoreView, time: EpochMs, options: TableOptions): void {
  for (const { instrument: id, channel } of view.health().streams) {
    if (channel !== 'book') continue;
    const instrument = view.instrument(id);
    if (instrument === null || !isWanted(options, instrument.market)) continue;
    const { market, venue } = instrument;
    const request = { market, venue, group: '0', rows: options.levels, muted: [] };
    tellBook(view.bookView(request), instrument, time, options);
  }
}

function tellBook(
  book: BookView,
  instrument: Instrument,
  time: EpochMs,
  { emit, levels }: TableOptions,
): void {
  const part = book.parts[0];
  if (part === undefined) return;
  const head = headOf(part, instrument, time);
  const { sizeUnit } = instrument;
  const tell = (side: 'bid' | 'ask', rows: readonly BookRow[]): void => {
    rows.slice(0, levels).forEach((row, index) => {
      const price = { units: row.priceUnits, decimals: book.priceDecimals };
      const size = { units: row.sizeUnits[0] ?? 0, decimals: book.sizeDecimals };
      emit([...head, side, index + 1, price, size, sizeUnit, null]);
    });
  };
  if (part.counted) {
    tell('bid', book.bids);
    tell('ask', book.asks);
  }
  if (!part.counted || book.bids.length + book.asks.length === 0) {
    const note = part.note === null ? null : textCell(part.note);
    emit([...head, null, null, null, null, sizeUnit, note]);
  }
}

function headOf(part: BookPart, { market, venue }: Instrument, time: EpochMs): readonly Cell[] {
  const { status, streamStatus, counted, sequence, receivedTime } = part;
  return [
    ...[timeCell(time), timeCell(receivedTime), market, venue],
    // Below zero: none has come yet.
    ...[status, streamStatus, counted, sequence < 0 ? null : sequence],
  ];
}
