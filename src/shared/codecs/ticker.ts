import type { ByteReader, ByteWriter } from '../bytes.ts';
import type { TickerValue } from '../values.ts';
import {
  putInstrument,
  putOneOf,
  putOptionalF64,
  streamStatuses,
  takeInstrument,
  takeOneOf,
  takeOptionalF64,
} from './common.ts';

export function encodeTickerValue(writer: ByteWriter, value: TickerValue): void {
  putInstrument(writer, value.instrument);
  putOptionalF64(writer, value.last);
  putOptionalF64(writer, value.open24h);
  putOptionalF64(writer, value.high24h);
  putOptionalF64(writer, value.low24h);
  putOptionalF64(writer, value.volume24hBase);
  putOptionalF64(writer, value.volume24hQuote);
  writer.f64(value.receivedTime);
  putOneOf(writer, streamStatuses, value.status);
}

export function decodeTickerValue(reader: ByteReader): TickerValue {
  return {
    instrument: takeInstrument(reader),
    last: takeOptionalF64(reader),
    open24h: takeOptionalF64(reader),
    high24h: takeOptionalF64(reader),
    low24h: takeOptionalF64(reader),
    volume24hBase: takeOptionalF64(reader),
    volume24hQuote: takeOptionalF64(reader),
    receivedTime: reader.f64(),
    status: takeOneOf(reader, streamStatuses),
  };
}
