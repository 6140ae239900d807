import type { ByteReader, ByteWriter } from '../bytes.ts';
import type { QuoteValue } from '../values.ts';
import {
  putInstrument,
  putOneOf,
  putOptionalVaruint,
  streamStatuses,
  takeInstrument,
  takeOneOf,
  takeOptionalVaruint,
} from './common.ts';

export function encodeQuoteValue(writer: ByteWriter, value: QuoteValue): void {
  putInstrument(writer, value.instrument);
  putOptionalVaruint(writer, value.bidUnits);
  writer.varuint(value.bidSizeUnits);
  putOptionalVaruint(writer, value.askUnits);
  writer.varuint(value.askSizeUnits);
  writer.varuint(value.priceDecimals);
  writer.varuint(value.sizeDecimals);
  writer.f64(value.receivedTime);
  putOneOf(writer, streamStatuses, value.status);
}

export function decodeQuoteValue(reader: ByteReader): QuoteValue {
  return {
    instrument: takeInstrument(reader),
    bidUnits: takeOptionalVaruint(reader),
    bidSizeUnits: reader.varuint(),
    askUnits: takeOptionalVaruint(reader),
    askSizeUnits: reader.varuint(),
    priceDecimals: reader.varuint(),
    sizeDecimals: reader.varuint(),
    receivedTime: reader.f64(),
    status: takeOneOf(reader, streamStatuses),
  };
}
