import { ControlError } from './faults/faultRecord.ts';
import type { FaultStage } from './faults/faultRecord.ts';
import { faultRecords } from './faults/faultRecords.ts';
import type { SimVenueId } from './market/venueProfiles.ts';
import { isJsonObject } from './wire/query.ts';

/** What `control` and `POST /control` accept. */
export type ControlCommand =
  | {
      readonly type: 'dropDiff';
      readonly venue: SimVenueId;
      readonly market?: string;
      readonly count?: number;
      readonly probability?: number;
    }
  | {
      readonly type: 'silence';
      readonly venue: SimVenueId;
      /** The venue's name of a stream, or a part of it: `depth`, `orderbook.200`, `books`. */
      readonly stream?: string;
      readonly market?: string;
      readonly durationMs: number;
    }
  | {
      readonly type: 'close';
      readonly venue: SimVenueId;
      readonly code: number;
      readonly reason?: string;
    }
  | { readonly type: 'reset'; readonly venue: SimVenueId }
  | {
      readonly type: 'refuse';
      readonly venue: SimVenueId;
      /** Absent: the connection is reset without an HTTP answer. */
      readonly status?: number;
      readonly durationMs: number;
    }
  /** Ends the running faults of one venue, or of all. */
  | { readonly type: 'restore'; readonly venue?: SimVenueId }
  | {
      readonly type: 'outlier';
      readonly venue: SimVenueId;
      readonly market: string;
      readonly factor: number;
      readonly count?: number;
    }
  | { readonly type: 'rate'; readonly messagesPerSec: number };

export type ControlResult = { readonly ok: true } | { readonly ok: false; readonly error: string };

/** Anything may come in: a wrong command is answered, never thrown. */
export function runControl(command: unknown, stage: FaultStage): ControlResult {
  if (!isJsonObject(command)) return { ok: false, error: 'a command is a JSON object with a type' };
  const record = faultRecords.find((candidate) => candidate.type === command['type']);
  if (record === undefined) {
    const known = faultRecords.map((candidate) => candidate.type).join(', ');
    return { ok: false, error: `type must be one of ${known}` };
  }
  try {
    record.parse(command)(stage);
    return { ok: true };
  } catch (error) {
    if (error instanceof ControlError) return { ok: false, error: error.message };
    throw error;
  }
}
