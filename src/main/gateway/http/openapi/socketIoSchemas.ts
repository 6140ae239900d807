import {
  exactly,
  listOf,
  nullable,
  number,
  object,
  oneWord,
  reference,
  text,
} from './jsonSchema.ts';
import type { JsonSchema } from './jsonSchema.ts';

const isoTime: JsonSchema = { type: 'string', format: 'date-time' };
const nothing: JsonSchema = { type: 'null' };
const symbols: JsonSchema = {
  type: 'object',
  properties: { symbols: listOf(text), channels: listOf(text) },
};

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
  subscription_confirmed: object({
    symbols: listOf(text),
    timestamp: isoTime,
    rejected: listOf({
      type: 'object',
      properties: { symbol: text, code: text, message: text },
      required: ['symbol', 'code', 'message'],
    }),
  }),
  market_update: {
    description: 'Entries of the subscribed markets, each with its status and age.',
    anyOf: [marketEntry, listOf(marketEntry), { type: 'object', additionalProperties: true }],
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
  updates: reference('Updates'),
  resync: reference('Resync'),
  error: reference('ErrorMessage'),
};

export const socketIoReceived: Readonly<Record<string, JsonSchema>> = {
  subscribe: symbols,
  unsubscribe: symbols,
};
