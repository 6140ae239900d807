import { wireForms } from './faultBoard.ts';
import type { Outgoing, OutgoingFrame, Rewrite } from './faultBoard.ts';
import { ControlError, readNumber, readText, required } from './faultRecord.ts';
import type { FaultRecord } from './faultRecord.ts';
import { isInScope, longestMs, Occurrences, readChoice, readScope } from './scope.ts';
import type { Scope } from './scope.ts';
import { corrupt, corruptForms, loseDeletes, shiftTimes, timeUnits, writeTimes } from './texts.ts';

const replayDistance = 5;
const swallow: Rewrite = () => [];

/** Frames of one kind of fault: what becomes of one that it strikes. */
function onStruckFrames(type: string, rewriteOf: (scope: Scope) => Rewrite): FaultRecord {
  return {
    type,
    parse(fields) {
      const scope = readScope(fields);
      const rewrite = rewriteOf(scope);
      return (stage) => {
        const occurrences = new Occurrences(scope, stage);
        stage.board(scope.venue).add({
          type,
          until: occurrences.until,
          onFrame: (frame) => (occurrences.strikesFrame(frame) ? rewrite : undefined),
        });
      };
    },
  };
}

/** Book changes are lost: a number of them, or each with a probability until `restore`. */
const dropDiff: FaultRecord = {
  type: 'dropDiff',
  parse(fields) {
    if (fields['count'] === undefined && fields['probability'] === undefined) {
      throw new ControlError('dropDiff needs count or probability');
    }
    return dropFrame.parse({ ...fields, kind: 'diff' });
  },
};

const dropFrame = onStruckFrames('dropFrame', () => swallow);

/** Data stops; acks and heartbeats go on. */
const silence: FaultRecord = {
  type: 'silence',
  parse(fields) {
    required(readNumber(fields, 'durationMs', 1, longestMs), 'durationMs');
    return dropFrame.parse({ ...fields, count: undefined, probability: undefined });
  },
};

const duplicateFrame = onStruckFrames('duplicateFrame', () => (outgoing) => [outgoing, outgoing]);

/** Single frames come late, behind younger ones. */
const delayFrame: FaultRecord = {
  type: 'delayFrame',
  parse(fields) {
    const delayMs = required(readNumber(fields, 'delayMs', 1, longestMs), 'delayMs');
    return onStruckFrames('delayFrame', () => (outgoing) => [
      { ...outgoing, delayMs: outgoing.delayMs + delayMs },
    ]).parse(fields);
  },
};

/** Two frames of a stream change places. */
const reorderFrame: FaultRecord = {
  type: 'reorderFrame',
  parse(fields) {
    const scope = readScope(fields);
    return (stage) => {
      const occurrences = new Occurrences(scope, stage);
      const held = new Map<string, Map<object, Outgoing>>();
      stage.board(scope.venue).add({
        type: 'reorderFrame',
        until: occurrences.until,
        onFrame(frame) {
          const waiting = held.get(frame.stream);
          if (waiting !== undefined) {
            held.delete(frame.stream);
            return (outgoing, client) => {
              const late = waiting.get(client);
              return late === undefined ? [outgoing] : [outgoing, late];
            };
          }
          if (!occurrences.strikesFrame(frame)) return undefined;
          const kept = new Map<object, Outgoing>();
          held.set(frame.stream, kept);
          return (outgoing, client) => {
            kept.set(client, outgoing);
            return [];
          };
        },
      });
    };
  },
};

/** Behind a frame comes an older one of its stream once more. */
const replayFrame: FaultRecord = {
  type: 'replayFrame',
  parse(fields) {
    const scope = readScope(fields);
    return (stage) => {
      const occurrences = new Occurrences(scope, stage);
      const seen = new Map<string, WeakMap<object, Outgoing[]>>();
      stage.board(scope.venue).add({
        type: 'replayFrame',
        until: occurrences.until,
        onFrame(frame) {
          if (!isInScope(frame, scope)) return undefined;
          const clients = seen.get(frame.stream) ?? new WeakMap<object, Outgoing[]>();
          seen.set(frame.stream, clients);
          const isDue = occurrences.strikesFrame(frame);
          return (outgoing, client) => {
            const sent = clients.get(client) ?? [];
            clients.set(client, sent);
            sent.push(outgoing);
            const [old] = sent;
            if (sent.length > replayDistance) sent.shift();
            return isDue && old !== undefined ? [outgoing, old] : [outgoing];
          };
        },
      });
    };
  },
};

/** Everything comes later, in order, as over a slow link; what waits at the end still comes in order. */
const delay: FaultRecord = {
  type: 'delay',
  parse(fields) {
    const scope = readScope(fields);
    const delayMs = required(readNumber(fields, 'delayMs', 1, longestMs), 'delayMs');
    const jitterMs = readNumber(fields, 'jitterMs', 0, longestMs) ?? 0;
    return (stage) => {
      const end = new Occurrences(scope, stage).until;
      const dueTimes = new WeakMap<object, number>();
      const later: Rewrite = (outgoing, client) => {
        const now = stage.now();
        const own = now < end ? delayMs + stage.draw() * jitterMs : 0;
        const due = Math.max(now + outgoing.delayMs + own, dueTimes.get(client) ?? 0);
        dueTimes.set(client, due);
        return [{ ...outgoing, delayMs: due - now }];
      };
      stage.board(scope.venue).add({
        type: 'delay',
        until: end + delayMs + jitterMs,
        onFrame: (frame) => (isInScope(frame, scope) ? later : undefined),
      });
    };
  },
};

const corruptFrame: FaultRecord = {
  type: 'corruptFrame',
  parse(fields) {
    const form = required(readChoice(fields, 'form', corruptForms), 'form');
    const bytes = readNumber(fields, 'bytes', 1, 256 * 1024 * 1024) ?? 6 * 1024 * 1024;
    const options = { bytes, field: readText(fields, 'field') };
    const wire = wireForms.find((candidate) => candidate === form);
    return onStruckFrames('corruptFrame', () => (outgoing) => [
      {
        ...outgoing,
        text: corrupt(form, outgoing.text, options),
        ...(wire === undefined ? {} : { form: wire }),
      },
    ]).parse(fields);
  },
};

/** Removals of levels are lost inside book changes: ghosts stay, and best prices may cross. */
const loseDelete = onStruckFrames('loseDeletes', () => (outgoing) => [
  { ...outgoing, text: loseDeletes(outgoing.text) },
]);

const loseDeletesOfDiffs: FaultRecord = {
  type: 'loseDeletes',
  parse: (fields) => loseDelete.parse({ ...fields, kind: 'diff' }),
};

/** The venue's clock runs ahead or behind, in frames and in REST answers alike. */
const clockSkew: FaultRecord = {
  type: 'clockSkew',
  parse(fields) {
    const scope = readScope(fields);
    const offsetMs = required(readNumber(fields, 'offsetMs', -1e12, 1e12), 'offsetMs');
    return (stage) => {
      const { until } = new Occurrences(scope, stage);
      const shift: Rewrite = (outgoing) => [
        { ...outgoing, text: shiftTimes(outgoing.text, offsetMs) },
      ];
      stage.board(scope.venue).add({
        type: 'clockSkew',
        until,
        onFrame: (frame: OutgoingFrame) => (isInScope(frame, scope) ? shift : undefined),
        onAnswer: (_path, answer) => ({ ...answer, body: shiftTimes(answer.body, offsetMs) }),
      });
    };
  },
};

/** Times come in another unit, or as 1970. */
const timeUnit: FaultRecord = {
  type: 'timeUnit',
  parse(fields) {
    const unit = required(readChoice(fields, 'unit', timeUnits), 'unit');
    return onStruckFrames('timeUnit', () => (outgoing) => [
      { ...outgoing, text: writeTimes(outgoing.text, unit) },
    ]).parse(fields);
  },
};

export const frameFaults: readonly FaultRecord[] = [
  dropDiff,
  dropFrame,
  silence,
  duplicateFrame,
  reorderFrame,
  replayFrame,
  delayFrame,
  delay,
  corruptFrame,
  loseDeletesOfDiffs,
  clockSkew,
  timeUnit,
];
