import {
  anyOf,
  exactly,
  integer,
  listOf,
  nullable,
  number,
  object,
  oneWord,
  reference,
  text,
  time,
} from './jsonSchema.ts';
import type { JsonSchema } from './jsonSchema.ts';
import { subscriptionOptional, subscriptionProperties } from './messageSchemas.ts';

const isoTime: JsonSchema = { type: 'string', format: 'date-time' };
const nothing: JsonSchema = { type: 'null' };
/** By symbols in the older protocol, by channels in ours. */
const bySymbols = object({ symbols: listOf(text) });
const profitAndLoss = object({
  ...{ type: exactly('pnl'), status: exactly('not-computed'), message: text },
  ...{ revenue: nothing, expenses: nothing, netPL: nothing, parts: listOf(nothing) },
  ...{ computedTime: nothing, time },
});

const confirmed = object({
  symbols: listOf(text),
  timestamp: isoTime,
  rejected: listOf({
    type: 'object',
    properties: { symbol: text, code: text, message: text, candidates: listOf(text) },
    required: ['symbol', 'code', 'message'],
  }),
});

const marketEntry = object({
  symbol: text,
  price: nullable(number),
  change_24h: nullable(number),
  volume_24h: nullable(number),
  timestamp: nullable(isoTime),
  market: text,
  quote: text,
  status: text,
  age_ms: nullable(number),
  source: text,
  epoch: nullable(text),
  seq: nullable(integer),
});

/** Events of Socket.IO by their names; each has one payload. */
export const socketIoSent: Readonly<Record<string, JsonSchema>> = {
  connection_status: object(
    {
      status: oneWord(['connected', 'degraded', 'disconnected']),
      message: text,
      timestamp: isoTime,
      user_id: text,
    },
    ['user_id'],
  ),
  subscription_confirmed: confirmed,
  unsubscription_confirmed: confirmed,
  market_update: {
    description: 'By symbol as the client wrote it, each entry with its status and age.',
    type: 'object',
    additionalProperties: marketEntry,
  },
  sentiment_update: object({
    overall_sentiment: nothing,
    market_fear_greed: nothing,
    market_mood: nothing,
    confidence: nothing,
    trending_topics: nothing,
    timestamp: isoTime,
    status: exactly('not-computed'),
    message: text,
  }),
  trading_signal: object({
    symbol: text,
    signal: nothing,
    strength: nothing,
    reason: nothing,
    timestamp: isoTime,
    status: exactly('not-computed'),
    message: text,
  }),
  auth_error: object({ error: text, timestamp: isoTime }),
  broadcast: object({ message: text, timestamp: isoTime }),
  snapshot: profitAndLoss,
  update: profitAndLoss,
  welcome: reference('Welcome'),
  subscribed: reference('Subscribed'),
  unsubscribed: reference('Unsubscribed'),
  updates: reference('Updates'),
  resync: reference('Resync'),
  status: reference('StatusMessage'),
  pong: reference('Pong'),
  error: reference('ErrorMessage'),
};

const requestId = nullable(text);
const sign = object({ id: requestId, time: number }, ['id', 'time']);

/** The name of the event stands for the type. */
export const socketIoReceived: Readonly<Record<string, JsonSchema>> = {
  subscribe: anyOf(
    bySymbols,
    object({ id: requestId, ...subscriptionProperties }, ['id', ...subscriptionOptional]),
  ),
  unsubscribe: anyOf(bySymbols, object({ id: requestId, channels: listOf(text) }, ['id'])),
  resume: object({ id: requestId, cursor: text }, ['id']),
  authenticate: object({ id: requestId, token: text }, ['id']),
  ping: sign,
  heartbeat: sign,
  subscribe_pnl: { description: 'Without a payload.' },
  unsubscribe_pnl: { description: 'Without a payload.' },
};
