import type { Instrument } from '../market/instrument.ts';
import type { SimVenueId } from '../market/venueProfiles.ts';
import { simVenueIds } from '../market/venueProfiles.ts';
import type { JsonObject } from '../wire/query.ts';
import type { DialectHost } from '../wire/venueContext.ts';
import type { FaultBoard } from './faultBoard.ts';

/** What a fault can reach. */
export interface FaultStage {
  now(): number;
  schedule(time: number, run: () => void): void;
  /** Uniform in [0, 1), from the faults' own numbers. */
  draw(): number;
  board(venue: SimVenueId): FaultBoard;
  host(venue: SimVenueId): DialectHost;
  markets(venue: SimVenueId): readonly string[];
  /** Of a market that the venue has. */
  instrument(venue: SimVenueId, market: string): Instrument;
  hasMarket(venue: SimVenueId, market: string): boolean;
  printOutlier(venue: SimVenueId, market: string, factor: number): void;
  rate(): number;
  setRate(messagesPerSec: number): void;
}

/** One kind of fault: a new one is a new record in `faultRecords`. */
export interface FaultRecord {
  readonly type: string;
  /** Reads the command's fields; throws `ControlError` on a wrong one. */
  parse(fields: JsonObject): (stage: FaultStage) => void;
}

export class ControlError extends Error {
  override readonly name = 'ControlError';
}

export function readVenue(fields: JsonObject): SimVenueId {
  const venue = simVenueIds.find((id) => id === fields['venue']);
  if (venue === undefined) throw new ControlError(`venue must be one of ${simVenueIds.join(', ')}`);
  return venue;
}

export function readText(fields: JsonObject, name: string): string | undefined {
  const value = fields[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'string') throw new ControlError(`${name} must be a string`);
  return value;
}

export function readNumber(
  fields: JsonObject,
  name: string,
  least: number,
  most: number,
): number | undefined {
  const value = fields[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !(value >= least && value <= most)) {
    throw new ControlError(`${name} must be a number from ${least} to ${most}`);
  }
  return value;
}

export function required<Value>(value: Value | undefined, name: string): Value {
  if (value === undefined) throw new ControlError(`${name} is missing`);
  return value;
}
