import type { Outgoing, PassingAnswer, ReplyKind, Rewrite } from './faultBoard.ts';
import { readNumber, readText, readVenue, required } from './faultRecord.ts';
import type { FaultRecord } from './faultRecord.ts';
import { longestMs, marketsOf, Occurrences, readChoice, readScope } from './scope.ts';
import { isJsonObject, parseJson, parsePath } from '../wire/query.ts';

const ackForms = [
  'lose',
  'delay',
  'duplicate',
  'wrongId',
  'reorder',
  'flat',
  'unknownCode',
  'alreadySubscribed',
] as const;
const pongForms = ['lose', 'delay'] as const;
const bookPaths = ['/api/v3/depth', '/v5/market/orderbook', '/api/v5/market/books'];

function replyFault(type: string, kind: ReplyKind, forms: readonly string[]): FaultRecord {
  return {
    type,
    parse(fields) {
      const scope = readScope(fields);
      const form = required(readChoice(fields, 'form', forms), 'form');
      const delayMs = readNumber(fields, 'delayMs', 1, longestMs) ?? 5000;
      const rewrite: Rewrite =
        form === 'reorder' ? swapAnswers() : (outgoing) => replyForm(form, outgoing, delayMs);
      return (stage) => {
        const occurrences = new Occurrences(scope, stage);
        stage.board(scope.venue).add({
          type,
          until: occurrences.until,
          onReply: (asked) => (asked === kind && occurrences.strikes() ? rewrite : undefined),
        });
      };
    },
  };
}

function replyForm(form: string, outgoing: Outgoing, delayMs: number): readonly Outgoing[] {
  switch (form) {
    case 'lose':
      return [];
    case 'delay':
      return [{ ...outgoing, delayMs: outgoing.delayMs + delayMs }];
    case 'duplicate':
      return [outgoing, outgoing];
    case 'flat':
      return [{ ...outgoing, text: outgoing.text.replace(/"error":\{([^}]*)\}/, '$1') }];
    case 'unknownCode':
      return [{ ...outgoing, text: refused(outgoing.text, '98765', 'Something else went wrong') }];
    case 'alreadySubscribed':
      return [{ ...outgoing, text: refused(outgoing.text, '60018', 'error:already subscribed') }];
    default:
      return [
        { ...outgoing, text: outgoing.text.replace(/"(req_id|id)":("?)[^",}]*/, '"$1":$2987654') },
      ];
  }
}

/** Of two answers the second leaves first. */
function swapAnswers(): Rewrite {
  const held = new WeakMap<object, Outgoing>();
  return (outgoing, client) => {
    const earlier = held.get(client);
    if (earlier === undefined) {
      held.set(client, outgoing);
      return [];
    }
    held.delete(client);
    return [outgoing, earlier];
  };
}

/** An acknowledgement as a refusal with that code, in whichever dialect it is written. */
function refused(text: string, code: string, message: string): string {
  return text
    .replace(/"result":null/, `"error":{"code":${code},"msg":"${message}"}`)
    .replace(/"success":true,"ret_msg":"[^"]*"/, `"success":false,"ret_msg":"${message}"`)
    .replace(/"event":"subscribe"/, `"event":"error","code":"${code}","msg":"${message}"`);
}

/** The answer to a subscription is lost, late, doubled, out of turn, names another request, or refuses. */
const ack = replyFault('ack', 'ack', ackForms);
const pong = replyFault('pong', 'pong', pongForms);

/** The venue's own pings stop. */
const noPings: FaultRecord = {
  type: 'noPings',
  parse(fields) {
    const venue = readVenue(fields);
    const durationMs = required(readNumber(fields, 'durationMs', 1, longestMs), 'durationMs');
    return (stage) => {
      const until = stage.now() + durationMs;
      stage.board(venue).add({ type: 'noPings', until, onPing: () => true });
    };
  },
};

/**
 * Of the topics in scope every n-th is refused. Binance acknowledges such a stream and stays silent, Bybit refuses the whole
 * request, OKX the one argument.
 */
const rejectTopic: FaultRecord = {
  type: 'rejectTopic',
  parse(fields) {
    const scope = readScope(fields);
    const every = readNumber(fields, 'every', 1, 1e6) ?? 1;
    return (stage) => {
      const occurrences = new Occurrences(scope, stage);
      let asked = 0;
      stage.board(scope.venue).add({
        type: 'rejectTopic',
        until: occurrences.until,
        onSubscribe(stream) {
          if (scope.stream !== undefined && !stream.includes(scope.stream)) return false;
          asked += 1;
          return asked % every === 0 && occurrences.strikesStream(stream);
        },
      });
    };
  },
};

/** Unsubscriptions are acknowledged, and the data goes on. */
const keepSubscribed: FaultRecord = {
  type: 'keepSubscribed',
  parse(fields) {
    const scope = readScope(fields);
    return (stage) => {
      const occurrences = new Occurrences(scope, stage);
      stage.board(scope.venue).add({
        type: 'keepSubscribed',
        until: occurrences.until,
        onUnsubscribe: (stream) => occurrences.strikesStream(stream),
      });
    };
  },
};

/** REST answers are long on their way; their content is of the moment of the request. */
const slowAnswer: FaultRecord = {
  type: 'slowAnswer',
  parse(fields) {
    const scope = readScope(fields);
    const delayMs = required(readNumber(fields, 'delayMs', 1, longestMs), 'delayMs');
    const path = readText(fields, 'path') ?? '';
    return (stage) => {
      const occurrences = new Occurrences(scope, stage);
      stage.board(scope.venue).add({
        type: 'slowAnswer',
        until: occurrences.until,
        onAnswer(asked, answer) {
          if (!asked.includes(path) || !occurrences.strikes()) return undefined;
          return { ...answer, delayMs: answer.delayMs + delayMs };
        },
      });
    };
  },
};

/** REST books stay as they are now, for a number of requests or a time; or they come empty. */
const staleSnapshot: FaultRecord = {
  type: 'staleSnapshot',
  parse(fields) {
    const scope = readScope(fields);
    const form = readChoice(fields, 'form', ['old', 'empty'] as const) ?? 'old';
    return (stage) => {
      const host = stage.host(scope.venue);
      const kept = new Map<string, string>();
      for (const market of marketsOf(stage, scope.venue, scope.market)) {
        const body = host.bookAnswer(stage.instrument(scope.venue, market));
        kept.set(market, body);
        kept.set(market.replace('-', ''), body);
      }
      const occurrences = new Occurrences(scope, stage);
      stage.board(scope.venue).add({
        type: 'staleSnapshot',
        until: occurrences.until,
        onAnswer(asked, answer) {
          const { path, query } = parsePath(asked);
          const body = kept.get(query.get('symbol') ?? query.get('instId') ?? '');
          if (body === undefined || !bookPaths.includes(path) || answer.status !== 200) {
            return undefined;
          }
          if (!occurrences.strikes()) return undefined;
          const levels =
            form === 'empty' ? 0 : Number(query.get('limit') ?? query.get('sz') ?? 100);
          return cut(answer, body, levels);
        },
      });
    };
  },
};

/** The kept answer with no more levels than were asked for. */
function cut(answer: PassingAnswer, body: string, levels: number): PassingAnswer {
  return { ...answer, body: JSON.stringify(cutSides(parseJson(body)?.value, levels)) };
}

function cutSides(value: unknown, levels: number): unknown {
  if (Array.isArray(value)) return value.map((each) => cutSides(each, levels));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const isSide = ['bids', 'asks', 'b', 'a'].includes(key) && Array.isArray(inner);
      return [key, isSide ? inner.slice(0, levels) : cutSides(inner, levels)];
    }),
  );
}

export const requestFaults: readonly FaultRecord[] = [
  ack,
  pong,
  noPings,
  rejectTopic,
  keepSubscribed,
  slowAnswer,
  staleSnapshot,
];
