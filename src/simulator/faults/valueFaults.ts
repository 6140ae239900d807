import type { Outgoing, PassingAnswer, Rewrite } from './faultBoard.ts';
import { readText, required } from './faultRecord.ts';
import type { FaultRecord } from './faultRecord.ts';
import { isInScope, Occurrences, readChoice, readScope } from './scope.ts';
import { isClosedCandle, neverClosed, shiftTimes } from './texts.ts';
import { isJsonObject, parseJson } from '../wire/query.ts';

/** A stream goes on with the values of its first frame in scope, each time with the time of now. */
const frozen: FaultRecord = {
  type: 'frozen',
  parse(fields) {
    const scope = readScope({ ...fields, kind: fields['kind'] ?? 'state' });
    return (stage) => {
      const { until } = new Occurrences(scope, stage);
      const firstByStream = new Map<
        string,
        { readonly outgoing: Outgoing; readonly time: number }
      >();
      stage.board(scope.venue).add({
        type: 'frozen',
        until,
        onFrame(frame) {
          if (!isInScope(frame, scope)) return undefined;
          return (outgoing) => {
            const first = firstByStream.get(frame.stream);
            if (first === undefined) {
              firstByStream.set(frame.stream, { outgoing, time: stage.now() });
              return [outgoing];
            }
            const text = shiftTimes(first.outgoing.text, stage.now() - first.time);
            return [{ ...outgoing, text }];
          };
        },
      });
    };
  },
};

/** Bars whose last message never comes, or that are told once more with another close. */
const candle: FaultRecord = {
  type: 'candle',
  parse(fields) {
    const scope = readScope({ ...fields, kind: 'candle' });
    const form = required(readChoice(fields, 'form', ['neverClosed', 'revised'] as const), 'form');
    const rewrite: Rewrite = form === 'neverClosed' ? leaveOpen : revise;
    return (stage) => {
      const occurrences = new Occurrences(scope, stage);
      stage.board(scope.venue).add({
        type: 'candle',
        until: occurrences.until,
        onFrame(frame) {
          if (!isInScope(frame, scope)) return undefined;
          return (outgoing, client) => {
            if (!isClosedCandle(outgoing.text) || !occurrences.strikes()) return [outgoing];
            return rewrite(outgoing, client);
          };
        },
      });
    };
  },
};

function leaveOpen(outgoing: Outgoing): readonly Outgoing[] {
  return [{ ...outgoing, text: neverClosed(outgoing.text) }];
}

/** The close becomes the open, which is always inside the bar. */
function revise(outgoing: Outgoing): readonly Outgoing[] {
  const open = /"(?:o|open)":"([^"]+)"/.exec(outgoing.text)?.[1];
  const text =
    open === undefined
      ? outgoing.text.replace(
          /\["(\d+)","([^"]+)","([^"]+)","([^"]+)","[^"]+"/,
          '["$1","$2","$3","$4","$2"',
        )
      : outgoing.text.replace(/"(c|close)":"[^"]+"/, `"$1":"${open}"`);
  return [outgoing, { ...outgoing, text }];
}

/** Lists of REST answers in the other order, or with a row twice, as where pages overlap. */
const historyAnswer: FaultRecord = {
  type: 'historyAnswer',
  parse(fields) {
    const scope = readScope(fields);
    const form = required(readChoice(fields, 'form', ['reversed', 'repeated'] as const), 'form');
    const path = readText(fields, 'path') ?? '';
    return (stage) => {
      const occurrences = new Occurrences(scope, stage);
      stage.board(scope.venue).add({
        type: 'historyAnswer',
        until: occurrences.until,
        onAnswer(asked, answer): PassingAnswer | undefined {
          if (!asked.includes(path) || answer.status !== 200 || !occurrences.strikes()) {
            return undefined;
          }
          const value = parseJson(answer.body)?.value;
          return { ...answer, body: JSON.stringify(inAnswer(value, form)) };
        },
      });
    };
  },
};

/** The outermost list, below any envelope. */
function inAnswer(value: unknown, form: 'reversed' | 'repeated'): unknown {
  if (Array.isArray(value)) {
    const list: readonly unknown[] = value;
    return form === 'reversed' ? list.toReversed() : [...list.slice(0, 1), ...list];
  }
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const isOuter = key === 'result' || key === 'list' || key === 'data';
      return [key, isOuter ? inAnswer(inner, form) : inner];
    }),
  );
}

export const valueFaults: readonly FaultRecord[] = [frozen, candle, historyAnswer];
