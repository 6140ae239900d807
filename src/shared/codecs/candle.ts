import type { ByteReader, ByteWriter } from '../bytes.ts';
import { candleIntervals } from '../market.ts';
import type { CandleUpdate, CandleValue } from '../values.ts';
import {
  putBoolean,
  putOneOf,
  putOptionalVenue,
  takeBoolean,
  takeOneOf,
  takeOptionalVenue,
} from './common.ts';

const origins: readonly CandleValue['origin'][] = ['venue', 'trades', 'consolidated'];

export function encodeCandleUpdate(writer: ByteWriter, value: CandleUpdate): void {
  const { candle } = value;
  writer.string(value.market);
  putOptionalVenue(writer, value.venue);
  putOneOf(writer, candleIntervals, value.interval);
  writer.f64(candle.openTime);
  writer.f64(candle.open);
  writer.f64(candle.high);
  writer.f64(candle.low);
  writer.f64(candle.close);
  writer.f64(candle.volume);
  writer.f64(candle.quoteVolume);
  writer.varuint(candle.trades);
  putBoolean(writer, candle.closed);
  putOneOf(writer, origins, candle.origin);
  putBoolean(writer, candle.outlier === true);
}

export function decodeCandleUpdate(reader: ByteReader): CandleUpdate {
  return {
    market: reader.string(),
    venue: takeOptionalVenue(reader),
    interval: takeOneOf(reader, candleIntervals),
    candle: {
      openTime: reader.f64(),
      open: reader.f64(),
      high: reader.f64(),
      low: reader.f64(),
      close: reader.f64(),
      volume: reader.f64(),
      quoteVolume: reader.f64(),
      trades: reader.varuint(),
      closed: takeBoolean(reader),
      origin: takeOneOf(reader, origins),
      ...(takeBoolean(reader) ? { outlier: true } : {}),
    },
  };
}
