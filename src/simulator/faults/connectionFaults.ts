import { ControlError, readNumber, readText, readVenue, required } from './faultRecord.ts';
import type { FaultRecord, FaultStage } from './faultRecord.ts';
import type { HandshakeRefusal } from './faultBoard.ts';
import { allVenues, longestMs, Occurrences, readChoice, readScope } from './scope.ts';

const patientStatuses = [418, 429];

const close: FaultRecord = {
  type: 'close',
  parse(fields) {
    const venue = readVenue(fields);
    const code = required(readNumber(fields, 'code', 1000, 4999), 'code');
    const reason = readText(fields, 'reason') ?? '';
    return (stage) => stage.host(venue).connections.closeAll(code, reason);
  },
};

const reset: FaultRecord = {
  type: 'reset',
  parse(fields) {
    const venue = readVenue(fields);
    return (stage) => stage.host(venue).connections.terminateAll();
  },
};

/** New sockets and requests are refused; open sockets live on. */
const refuse: FaultRecord = {
  type: 'refuse',
  parse(fields) {
    const scope = readScope(fields);
    const status = readNumber(fields, 'status', 100, 599) ?? 0;
    const retryAfterSec = readNumber(fields, 'retryAfterSec', 0, 604_800);
    const what = readChoice(fields, 'what', ['handshake', 'request'] as const);
    const how = readChoice(fields, 'how', ['answer', 'hang'] as const) ?? 'answer';
    const path = readText(fields, 'path');
    if (fields['count'] === undefined) {
      required(readNumber(fields, 'durationMs', 1, longestMs), 'durationMs');
    }
    return (stage) => {
      const occurrences = new Occurrences(scope, stage);
      const refusal = (): HandshakeRefusal | undefined => {
        if (!occurrences.strikes()) return undefined;
        if (how === 'hang') return { status: 'hang' };
        const wait = retryAfterSec ?? remainingSec(stage, occurrences.until, status);
        return wait === undefined ? { status } : { status, retryAfterSec: wait };
      };
      stage.board(scope.venue).add({
        type: 'refuse',
        until: occurrences.until,
        ...(what === 'request' ? {} : { onHandshake: refusal }),
        ...(what === 'handshake'
          ? {}
          : {
              onRequest: (asked: string) =>
                path === undefined || asked.includes(path) ? refusal() : undefined,
            }),
      });
    };
  },
};

/** A venue that bans says until when. */
function remainingSec(stage: FaultStage, until: number, status: number): number | undefined {
  if (!patientStatuses.includes(status) || until === Infinity) return undefined;
  return Math.max(1, Math.ceil((until - stage.now()) / 1000));
}

/** Sockets are accepted and ended at once. */
const flap: FaultRecord = {
  type: 'flap',
  parse(fields) {
    const scope = readScope(fields);
    const code = readNumber(fields, 'code', 1000, 4999);
    return (stage) => {
      const occurrences = new Occurrences(scope, stage);
      stage.board(scope.venue).add({
        type: 'flap',
        until: occurrences.until,
        onAccepted() {
          if (!occurrences.strikes()) return undefined;
          return code === undefined ? 'reset' : { code };
        },
      });
    };
  },
};

/** Open sockets neither send nor read nor close; with a duration, those accepted meanwhile too. */
const halfOpen: FaultRecord = {
  type: 'halfOpen',
  parse(fields) {
    const venue = readVenue(fields);
    const durationMs = readNumber(fields, 'durationMs', 1, longestMs) ?? 0;
    return (stage) => {
      stage.host(venue).connections.freezeAll();
      stage.board(venue).add({
        type: 'halfOpen',
        until: stage.now() + durationMs,
        onAccepted: () => 'freeze',
      });
    };
  },
};

/** The venue pings every open socket over and over. */
const pingFlood: FaultRecord = {
  type: 'pingFlood',
  parse(fields) {
    const venue = readVenue(fields);
    const perSec = required(readNumber(fields, 'perSec', 0.1, 1000), 'perSec');
    const durationMs = required(readNumber(fields, 'durationMs', 1, longestMs), 'durationMs');
    return (stage) => {
      const everyMs = 1000 / perSec;
      for (let afterMs = 0; afterMs < durationMs; afterMs += everyMs) {
        stage.schedule(stage.now() + afterMs, () => {
          stage.host(venue).connections.pingAll(`flood ${Math.floor(stage.now())}`);
        });
      }
    };
  },
};

/** Binance `serverShutdown`, OKX notice 64008; the sockets of then end after the lead. */
const shutdown: FaultRecord = {
  type: 'shutdown',
  parse(fields) {
    const venue = readVenue(fields);
    const leadMs = readNumber(fields, 'leadMs', 0, longestMs) ?? 60_000;
    const end = readChoice(fields, 'end', ['close', 'cut'] as const) ?? 'close';
    return (stage) => {
      if (!stage.host(venue).announceShutdown(leadMs, end === 'cut')) {
        throw new ControlError(`${venue} announces no shutdowns`);
      }
    };
  },
};

const restore: FaultRecord = {
  type: 'restore',
  parse(fields) {
    const venues = allVenues(fields);
    return (stage) => {
      for (const venue of venues) stage.board(venue).clear();
    };
  },
};

export const connectionFaults: readonly FaultRecord[] = [
  close,
  reset,
  refuse,
  flap,
  halfOpen,
  pingFlood,
  shutdown,
  restore,
];
