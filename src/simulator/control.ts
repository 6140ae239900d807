import type { ChecksumMode, FrameKind, PushForm } from './faults/faultBoard.ts';
import { ControlError } from './faults/faultRecord.ts';
import type { FaultStage } from './faults/faultRecord.ts';
import { faultRecords } from './faults/faultRecords.ts';
import type { LevelForm } from './faults/levelFaults.ts';
import type { CorruptForm, TimeUnit } from './faults/texts.ts';
import type { SimVenueId } from './market/venueProfiles.ts';
import { isJsonObject } from './wire/query.ts';

/** Which part of a venue's traffic a fault touches; without the last three it happens once. */
interface Scoped {
  readonly venue: SimVenueId;
  readonly market?: string;
  /** The venue's name of a stream, or a part of it: `depth`, `orderbook.200`, `books`. */
  readonly stream?: string;
  readonly kind?: FrameKind;
  readonly count?: number;
  readonly probability?: number;
  readonly durationMs?: number;
}

interface OfVenue {
  readonly venue: SimVenueId;
}

/** What `control` and `POST /control` accept. */
export type ControlCommand =
  | (Scoped & { readonly type: 'dropDiff' })
  | (Scoped & {
      readonly type:
        'dropFrame' | 'duplicateFrame' | 'reorderFrame' | 'replayFrame' | 'loseDeletes';
    })
  | (Scoped & { readonly type: 'silence'; readonly durationMs: number })
  | (Scoped & { readonly type: 'delayFrame'; readonly delayMs: number })
  | (Scoped & { readonly type: 'delay'; readonly delayMs: number; readonly jitterMs?: number })
  | (Scoped & {
      readonly type: 'corruptFrame';
      readonly form: CorruptForm;
      readonly bytes?: number;
      /** Which key `missing` leaves out. */
      readonly field?: string;
    })
  | (Scoped & { readonly type: 'alterLevel'; readonly form: LevelForm })
  | (Scoped & { readonly type: 'frozen' })
  | (Scoped & { readonly type: 'candle'; readonly form: 'neverClosed' | 'revised' })
  | (Scoped & {
      readonly type: 'historyAnswer';
      readonly form: 'reversed' | 'repeated';
      readonly path?: string;
    })
  | (OfVenue & {
      readonly type: 'pingFlood';
      readonly perSec: number;
      readonly durationMs: number;
    })
  | (Scoped & { readonly type: 'clockSkew'; readonly offsetMs: number })
  | (Scoped & { readonly type: 'timeUnit'; readonly unit: TimeUnit })
  | (OfVenue & { readonly type: 'close'; readonly code: number; readonly reason?: string })
  | (OfVenue & { readonly type: 'reset' })
  | (OfVenue & {
      readonly type: 'refuse';
      /** Absent: the connection is reset without an HTTP answer. */
      readonly status?: number;
      readonly retryAfterSec?: number;
      readonly what?: 'handshake' | 'request';
      readonly how?: 'answer' | 'hang';
      /** A part of the requests' paths. */
      readonly path?: string;
      readonly count?: number;
      readonly probability?: number;
      readonly durationMs?: number;
    })
  | (Scoped & { readonly type: 'flap'; readonly code?: number })
  | (OfVenue & { readonly type: 'halfOpen'; readonly durationMs?: number })
  | (OfVenue & {
      readonly type: 'shutdown';
      readonly leadMs?: number;
      readonly end?: 'close' | 'cut';
    })
  /** Ends the running faults of one venue, or of all. */
  | { readonly type: 'restore'; readonly venue?: SimVenueId }
  | (Scoped & {
      readonly type: 'ack';
      readonly form:
        | 'lose'
        | 'delay'
        | 'duplicate'
        | 'wrongId'
        | 'reorder'
        | 'flat'
        | 'unknownCode'
        | 'alreadySubscribed';
      readonly delayMs?: number;
    })
  | (Scoped & {
      readonly type: 'pong';
      readonly form: 'lose' | 'delay';
      readonly delayMs?: number;
    })
  | (OfVenue & { readonly type: 'noPings'; readonly durationMs: number })
  | (Scoped & { readonly type: 'rejectTopic'; readonly every?: number })
  | (Scoped & { readonly type: 'keepSubscribed' })
  | (Scoped & { readonly type: 'slowAnswer'; readonly delayMs: number; readonly path?: string })
  | (Scoped & { readonly type: 'staleSnapshot'; readonly form?: 'old' | 'empty' })
  | (OfVenue & {
      readonly type: 'outlier';
      readonly market: string;
      readonly factor: number;
      readonly count?: number;
    })
  | { readonly type: 'rate'; readonly messagesPerSec: number }
  | { readonly type: 'burst'; readonly factor: number; readonly durationMs: number }
  | (OfVenue & {
      readonly type: 'pushBook';
      readonly market?: string;
      readonly form: PushForm;
    })
  | {
      readonly type: 'checksum';
      readonly mode: ChecksumMode;
      readonly market?: string;
      readonly durationMs?: number;
    }
  | (OfVenue & {
      readonly type: 'symbol';
      readonly market: string;
      readonly status: 'trading' | 'halted' | 'delisted';
    })
  | (OfVenue & {
      readonly type: 'tickSize';
      readonly market: string;
      readonly decimals: number;
    });

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
