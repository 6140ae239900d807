import type { ByteReader, ByteWriter } from '../bytes.ts';
import type { MarketId } from '../market.ts';
import { instrumentId } from '../market.ts';
import type { BookPart, BookRow, BookView } from '../values.ts';
import {
  bookStatuses,
  putBoolean,
  putOneOf,
  putOptionalF64,
  putOptionalString,
  putOptionalVaruint,
  putOptionalVenue,
  putVenue,
  streamStatuses,
  takeBoolean,
  takeList,
  takeOneOf,
  takeOptionalF64,
  takeOptionalString,
  takeOptionalVaruint,
  takeOptionalVenue,
  takeVenue,
} from './common.ts';

export function encodeBookView(writer: ByteWriter, value: BookView): void {
  writer.string(value.market);
  putOptionalVenue(writer, value.venue);
  writer.varuint(value.priceDecimals);
  writer.varuint(value.sizeDecimals);
  writer.varuint(value.groupUnits);
  writer.varuint(value.parts.length);
  for (const part of value.parts) encodePart(writer, part);
  encodeRows(writer, value.bids, value.parts.length);
  encodeRows(writer, value.asks, value.parts.length);
  putOptionalVaruint(writer, value.crossedUnits);
}

export function decodeBookView(reader: ByteReader): BookView {
  const market = reader.string();
  const venue = takeOptionalVenue(reader);
  const priceDecimals = reader.varuint();
  const sizeDecimals = reader.varuint();
  const groupUnits = reader.varuint();
  const parts = takeList(reader, (from) => decodePart(from, market));
  return {
    market,
    venue,
    priceDecimals,
    sizeDecimals,
    groupUnits,
    parts,
    bids: decodeRows(reader, parts.length),
    asks: decodeRows(reader, parts.length),
    crossedUnits: takeOptionalVaruint(reader),
  };
}

/** A part's instrument is its venue's of the view's own market, so it is not written. */
function encodePart(writer: ByteWriter, part: BookPart): void {
  putVenue(writer, part.venue);
  putOneOf(writer, bookStatuses, part.status);
  putOneOf(writer, streamStatuses, part.streamStatus);
  // Some venues start before zero.
  writer.f64(part.sequence);
  putOptionalF64(writer, part.receivedTime);
  putBoolean(writer, part.counted);
  putOptionalVaruint(writer, part.bestBidUnits);
  putOptionalVaruint(writer, part.bestAskUnits);
  putOptionalString(writer, part.note);
}

function decodePart(reader: ByteReader, market: MarketId): BookPart {
  const venue = takeVenue(reader);
  return {
    venue,
    instrument: instrumentId(venue, market),
    status: takeOneOf(reader, bookStatuses),
    streamStatus: takeOneOf(reader, streamStatuses),
    sequence: reader.f64(),
    receivedTime: takeOptionalF64(reader),
    counted: takeBoolean(reader),
    bestBidUnits: takeOptionalVaruint(reader),
    bestAskUnits: takeOptionalVaruint(reader),
    note: takeOptionalString(reader),
  };
}

/** A part without size at a row changed there at 0, so only a size is followed by its time. */
function encodeRows(writer: ByteWriter, rows: readonly BookRow[], parts: number): void {
  writer.varuint(rows.length);
  for (const row of rows) {
    if (row.sizeUnits.length !== parts || row.changedTime.length !== parts) {
      throw new RangeError('a book row does not cover its parts');
    }
    writer.varuint(row.priceUnits);
    for (let part = 0; part < parts; part++) {
      const size = row.sizeUnits[part] ?? 0;
      writer.varuint(size);
      if (size > 0) writer.f64(row.changedTime[part] ?? 0);
    }
  }
}

function decodeRows(reader: ByteReader, parts: number): BookRow[] {
  const rows: BookRow[] = [];
  for (let left = reader.count(1 + parts); left > 0; left--) {
    const priceUnits = reader.varuint();
    const sizeUnits: number[] = [];
    const changedTime: number[] = [];
    for (let part = 0; part < parts; part++) {
      const size = reader.varuint();
      sizeUnits.push(size);
      changedTime.push(size > 0 ? reader.f64() : 0);
    }
    rows.push({ priceUnits, sizeUnits, changedTime });
  }
  return rows;
}
