import type { ByteReader, ByteWriter } from '../bytes.ts';
import { DamagedBytesError } from '../bytes.ts';
import type { BookStatus, StreamStatus } from '../feedHealth.ts';
import type { InstrumentId } from '../market.ts';
import { instrumentId, parseInstrumentId } from '../market.ts';
import type { VenueId } from '../venues.ts';
import { venueIds } from '../venues.ts';

/** The order of these lists is the wire: append only, and raise `bridgeSchemaVersion`. */
export const streamStatuses: readonly StreamStatus[] = [
  'subscribing',
  'live',
  'quiet',
  'stale',
  'resyncing',
  'failed',
];
export const bookStatuses: readonly BookStatus[] = [
  'empty',
  'buffering',
  'live',
  'gap',
  'resyncing',
];

export function putOneOf<Value>(writer: ByteWriter, values: readonly Value[], value: Value): void {
  const index = values.indexOf(value);
  if (index < 0) throw new RangeError(`not in its list: ${String(value)}`);
  writer.u8(index);
}

export function takeOneOf<Value>(reader: ByteReader, values: readonly Value[]): Value {
  const value = values[reader.u8()];
  if (value === undefined) throw new DamagedBytesError('unknown word');
  return value;
}

export function putBoolean(writer: ByteWriter, value: boolean): void {
  writer.u8(value ? 1 : 0);
}

export function takeBoolean(reader: ByteReader): boolean {
  const byte = reader.u8();
  if (byte > 1) throw new DamagedBytesError('neither true nor false');
  return byte === 1;
}

export function putOptionalF64(writer: ByteWriter, value: number | null): void {
  putBoolean(writer, value !== null);
  if (value !== null) writer.f64(value);
}

export function takeOptionalF64(reader: ByteReader): number | null {
  return takeBoolean(reader) ? reader.f64() : null;
}

export function putOptionalVaruint(writer: ByteWriter, value: number | null): void {
  putBoolean(writer, value !== null);
  if (value !== null) writer.varuint(value);
}

export function takeOptionalVaruint(reader: ByteReader): number | null {
  return takeBoolean(reader) ? reader.varuint() : null;
}

export function putOptionalString(writer: ByteWriter, value: string | null): void {
  putBoolean(writer, value !== null);
  if (value !== null) writer.string(value);
}

export function takeOptionalString(reader: ByteReader): string | null {
  return takeBoolean(reader) ? reader.string() : null;
}

export function putVenue(writer: ByteWriter, venue: VenueId): void {
  putOneOf(writer, venueIds, venue);
}

export function takeVenue(reader: ByteReader): VenueId {
  return takeOneOf(reader, venueIds);
}

export function putOptionalVenue(writer: ByteWriter, venue: VenueId | null): void {
  if (venue === null) writer.u8(255);
  else putVenue(writer, venue);
}

export function takeOptionalVenue(reader: ByteReader): VenueId | null {
  const index = reader.u8();
  if (index === 255) return null;
  const venue = venueIds[index];
  if (venue === undefined) throw new DamagedBytesError('unknown venue');
  return venue;
}

export function putInstrument(writer: ByteWriter, instrument: InstrumentId): void {
  const parts = parseInstrumentId(instrument);
  if (parts === null) throw new RangeError(`not an instrument: ${instrument}`);
  putVenue(writer, parts.venue);
  writer.string(parts.market);
}

export function takeInstrument(reader: ByteReader): InstrumentId {
  const venue = takeVenue(reader);
  return instrumentId(venue, reader.string());
}

export function takeList<Value>(
  reader: ByteReader,
  take: (reader: ByteReader) => Value,
): readonly Value[] {
  const values: Value[] = [];
  for (let left = reader.count(); left > 0; left--) values.push(take(reader));
  return values;
}

export function takeJsonObject(reader: ByteReader): object {
  try {
    const value: unknown = JSON.parse(reader.string());
    if (typeof value === 'object' && value !== null) return value;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new DamagedBytesError('not a JSON object');
}
