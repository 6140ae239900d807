import type { ActiveFault, OutgoingFrame } from './faultBoard.ts';
import { ControlError, readNumber, readText, readVenue, required } from './faultRecord.ts';
import type { FaultRecord, FaultStage } from './faultRecord.ts';
import { simVenueIds } from '../market/venueProfiles.ts';
import type { SimVenueId } from '../market/venueProfiles.ts';

const longestMs = 7 * 86_400_000;
const outlierEveryMs = 100;

/** Book changes are lost: a number of them, or each with a probability until `restore`. */
const dropDiff: FaultRecord = {
  type: 'dropDiff',
  parse(fields) {
    const venue = readVenue(fields);
    const market = readText(fields, 'market');
    const count = readNumber(fields, 'count', 1, 1e9);
    const probability = readNumber(fields, 'probability', 0, 1);
    if (count === undefined && probability === undefined) {
      throw new ControlError('dropDiff needs count or probability');
    }
    return (stage) => {
      checkMarket(stage, venue, market);
      let left = count ?? Infinity;
      stage.board(venue).add({
        type: 'dropDiff',
        until: Infinity,
        onFrame(frame) {
          if (frame.kind !== 'diff' || left <= 0 || !inScope(frame, market, undefined)) {
            return undefined;
          }
          if (stage.draw() >= (probability ?? 1)) return undefined;
          left -= 1;
          return swallow;
        },
      });
    };
  },
};

/** Data stops; acks and heartbeats go on. */
const silence: FaultRecord = {
  type: 'silence',
  parse(fields) {
    const venue = readVenue(fields);
    const market = readText(fields, 'market');
    const stream = readText(fields, 'stream');
    const durationMs = required(readNumber(fields, 'durationMs', 1, longestMs), 'durationMs');
    return (stage) => {
      checkMarket(stage, venue, market);
      stage.board(venue).add({
        type: 'silence',
        until: stage.now() + durationMs,
        onFrame: (frame) => (inScope(frame, market, stream) ? swallow : undefined),
      });
    };
  },
};

const close: FaultRecord = {
  type: 'close',
  parse(fields) {
    const venue = readVenue(fields);
    const code = required(readNumber(fields, 'code', 1000, 4999), 'code');
    const reason = readText(fields, 'reason') ?? '';
    return (stage) => stage.closeAll(venue, code, reason);
  },
};

const reset: FaultRecord = {
  type: 'reset',
  parse(fields) {
    const venue = readVenue(fields);
    return (stage) => stage.terminateAll(venue);
  },
};

/** New sockets and requests are refused; open sockets live on. */
const refuse: FaultRecord = {
  type: 'refuse',
  parse(fields) {
    const venue = readVenue(fields);
    const status = readNumber(fields, 'status', 100, 599) ?? 0;
    const durationMs = required(readNumber(fields, 'durationMs', 1, longestMs), 'durationMs');
    return (stage) => {
      const fault: ActiveFault = {
        type: 'refuse',
        until: stage.now() + durationMs,
        onHandshake: () => ({ status }),
        onRequest: () => ({ status }),
      };
      stage.board(venue).add(fault);
    };
  },
};

const restore: FaultRecord = {
  type: 'restore',
  parse(fields) {
    const venues = fields['venue'] === undefined ? simVenueIds : [readVenue(fields)];
    return (stage) => {
      for (const venue of venues) stage.board(venue).clear();
    };
  },
};

/** The venue prints trades at a price that its book never showed. */
const outlier: FaultRecord = {
  type: 'outlier',
  parse(fields) {
    const venue = readVenue(fields);
    const market = required(readText(fields, 'market'), 'market');
    const factor = required(readNumber(fields, 'factor', 0.0001, 10_000), 'factor');
    const count = readNumber(fields, 'count', 1, 10_000) ?? 1;
    return (stage) => {
      checkMarket(stage, venue, market);
      for (let printed = 0; printed < count; printed += 1) {
        const time = stage.now() + printed * outlierEveryMs;
        if (printed === 0) stage.printOutlier(venue, market, factor);
        else stage.schedule(time, () => stage.printOutlier(venue, market, factor));
      }
    };
  },
};

const rate: FaultRecord = {
  type: 'rate',
  parse(fields) {
    const messagesPerSec = readNumber(fields, 'messagesPerSec', 1, 50_000);
    const wanted = required(messagesPerSec, 'messagesPerSec');
    return (stage) => stage.setRate(wanted);
  },
};

export const faultRecords: readonly FaultRecord[] = [
  dropDiff,
  silence,
  close,
  reset,
  refuse,
  restore,
  outlier,
  rate,
];

function swallow(): readonly string[] {
  return [];
}

/** `stream` is the venue's name of a stream, or a part of it between its separators. */
function inScope(
  frame: OutgoingFrame,
  market: string | undefined,
  stream: string | undefined,
): boolean {
  if (market !== undefined && frame.market !== market) return false;
  return stream === undefined || frame.stream === stream || frame.stream.includes(stream);
}

function checkMarket(stage: FaultStage, venue: SimVenueId, market: string | undefined): void {
  if (market !== undefined && !stage.hasMarket(venue, market)) {
    throw new ControlError(`${venue} has no market "${market}"`);
  }
}
