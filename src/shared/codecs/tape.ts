import type { ByteReader, ByteWriter } from '../bytes.ts';
import type { Side } from '../market.ts';
import type { TradesDropped, TradeValue } from '../values.ts';
import {
  putBoolean,
  putInstrument,
  putOneOf,
  takeBoolean,
  takeInstrument,
  takeOneOf,
} from './common.ts';

const sides: readonly Side[] = ['buy', 'sell'];

export function encodeTapeEvent(writer: ByteWriter, value: TradeValue | TradesDropped): void {
  if (value.type === 'tradesDropped') {
    putBoolean(writer, false);
    writer.string(value.market);
    writer.varuint(value.count);
    return;
  }
  encodeTrade(writer, value, value.ordinal);
}

/** With an ordinal of the session's own count: the engine's counts trades that the session never asked for. */
export function encodeTrade(writer: ByteWriter, trade: TradeValue, ordinal: number): void {
  putBoolean(writer, true);
  writer.varuint(ordinal);
  putInstrument(writer, trade.instrument);
  writer.string(trade.id);
  putOneOf(writer, sides, trade.side);
  writer.varuint(trade.priceUnits);
  writer.varuint(trade.priceDecimals);
  writer.varuint(trade.sizeUnits);
  writer.varuint(trade.sizeDecimals);
  writer.f64(trade.venueTime);
  writer.f64(trade.receivedTime);
  putBoolean(writer, trade.late);
  putBoolean(writer, trade.outlier);
}

export function decodeTapeEvent(reader: ByteReader): TradeValue | TradesDropped {
  if (!takeBoolean(reader)) {
    return { type: 'tradesDropped', market: reader.string(), count: reader.varuint() };
  }
  return {
    type: 'trade',
    ordinal: reader.varuint(),
    instrument: takeInstrument(reader),
    id: reader.string(),
    side: takeOneOf(reader, sides),
    priceUnits: reader.varuint(),
    priceDecimals: reader.varuint(),
    sizeUnits: reader.varuint(),
    sizeDecimals: reader.varuint(),
    venueTime: reader.f64(),
    receivedTime: reader.f64(),
    late: takeBoolean(reader),
    outlier: takeBoolean(reader),
  };
}
