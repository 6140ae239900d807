import { gatewayErrorStatus } from '../../../../shared/gateway/errors.ts';
import { gatewayLimits } from '../../../../shared/gateway/limits.ts';
import { venueIds } from '../../../../shared/venues.ts';
import {
  anyOf,
  described,
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
  truth,
} from './jsonSchema.ts';
import type { JsonSchema } from './jsonSchema.ts';
import { channelText, sourceText } from './wireSchemas.ts';

type Schemas = Readonly<Record<string, JsonSchema>>;

const errorProperties: Schemas = {
  code: oneWord(Object.keys(gatewayErrorStatus)),
  message: described(text, 'For a person: what is wrong, and what to do.'),
  retryAfterMs: integer,
  candidates: described(listOf(text), 'Of INVALID_SYMBOL: markets that may have been meant.'),
};
const errorOptional = ['retryAfterMs', 'candidates'];

function message(type: string, properties: Schemas, optional: readonly string[] = []): JsonSchema {
  return object({ type: exactly(type), ...properties }, optional);
}

const cursor = described(
  text,
  'Opaque. The position from which a client goes on, on any transport.',
);
const requestId: JsonSchema = { anyOf: [{ type: 'string', maxLength: 64 }, { type: 'null' }] };
const channelList: JsonSchema = {
  type: 'array',
  items: channelText,
  minItems: 1,
  maxItems: gatewayLimits.maxChannels,
};

const filters = object(
  {
    minSize: { type: 'number', minimum: 0 },
    side: oneWord(['buy', 'sell']),
    venue: oneWord(venueIds),
  },
  ['minSize', 'side', 'venue'],
);

/** What a client may choose of its channels. */
export const subscriptionProperties: Schemas = {
  channels: channelList,
  rate: { type: 'number', minimum: 0.01, maximum: gatewayLimits.maxRatePerSec },
  fields: {
    type: 'array',
    items: { type: 'string', pattern: '^[A-Za-z0-9_.]{1,40}$' },
    minItems: 1,
    maxItems: 40,
  },
  filters,
  depth: { type: 'integer', minimum: 1, maximum: gatewayLimits.maxBookDepth },
};
export const subscriptionOptional = ['rate', 'fields', 'filters', 'depth'];

/** What goes to a client beside records, and its own messages: `wire.ts` and `requests.ts` in JSON Schema. */
export const messageSchemas: Schemas = {
  GatewayError: object(errorProperties, errorOptional),
  Refusal: object({ error: reference('GatewayError') }),
  Updates: message('updates', { time, cursor, updates: listOf(reference('Update')) }),
  Resync: message('resync', {
    reason: oneWord(['retention', 'epoch', 'upstream', 'slow']),
    channels: nullable(listOf(text)),
    from: nullable(text),
    to: text,
    missing: nullable(integer),
    time,
    message: text,
  }),
  Welcome: message('welcome', {
    protocol: { type: 'integer', const: 1 },
    version: text,
    client: text,
    source: sourceText,
    time,
    cursor,
    heartbeatMs: number,
    retentionMs: number,
    user: nullable(text),
    expiresTime: nullable(time),
  }),
  Subscribed: message('subscribed', {
    id: nullable(text),
    accepted: listOf(text),
    rejected: listOf(object({ channel: text, ...errorProperties }, errorOptional)),
    channels: integer,
    time,
  }),
  Unsubscribed: message('unsubscribed', {
    id: nullable(text),
    removed: listOf(text),
    channels: integer,
    time,
  }),
  StatusMessage: message('status', {
    status: oneWord([
      ...['connected', 'resumed', 'feed-lost', 'feed-back', 'source-changed', 'expiring'],
      'closing',
    ]),
    source: sourceText,
    time,
    message: text,
    user: nullable(text),
  }),
  Pong: message('pong', { id: nullable(text), time }),
  ErrorMessage: message('error', {
    id: nullable(text),
    error: reference('GatewayError'),
    time,
  }),
  ServerMessage: anyOf(
    ...['Welcome', 'Subscribed', 'Unsubscribed', 'Updates', 'Resync', 'StatusMessage'].map(
      reference,
    ),
    ...['Pong', 'ErrorMessage'].map(reference),
  ),
  Authenticate: message(
    'authenticate',
    { id: requestId, token: { type: 'string', minLength: 1, maxLength: 8192 } },
    ['id'],
  ),
  Subscribe: message('subscribe', { id: requestId, ...subscriptionProperties, delta: truth }, [
    'id',
    ...subscriptionOptional,
    'delta',
  ]),
  Unsubscribe: message('unsubscribe', { id: requestId, channels: channelList }, ['id']),
  Resume: message(
    'resume',
    { id: requestId, cursor: { type: 'string', minLength: 1, maxLength: 120 } },
    ['id'],
  ),
  Ping: object({ type: oneWord(['ping', 'heartbeat']), id: requestId, time: number }, [
    'id',
    'time',
  ]),
};
