import { apiPaths } from '../../../../shared/gateway/paths.ts';
import { venueIds } from '../../../../shared/venues.ts';
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
import { inPath, inQuery, operation, requiredInQuery, templateOf } from './operations.ts';
import type { Paths } from './operations.ts';

const events = 'text/event-stream';
const cursorText = { type: 'string', minLength: 1, maxLength: 140 };

const pollAnswer: Readonly<Record<string, JsonSchema>> = {
  type: exactly('poll'),
  session: text,
  cursor: text,
  time,
  messages: listOf(reference('ServerMessage')),
  updates: listOf({ type: 'object', description: 'Update, perhaps with the chosen fields only.' }),
};

export const streamSchemas: Readonly<Record<string, JsonSchema>> = {
  PollAnswer: object(pollAnswer),
  PollOpened: object({
    ...pollAnswer,
    subscribed: reference('Subscribed'),
    sessionMs: integer,
    waitMs: integer,
  }),
  ProfitAndLoss: object({
    type: exactly('pnl'),
    status: exactly('not-computed'),
    message: text,
    revenue: { type: 'null' },
    expenses: { type: 'null' },
    netPL: { type: 'null' },
    parts: { type: 'array', maxItems: 0 },
    computedTime: { type: 'null' },
    time,
  }),
  DashboardEvent: anyOf(
    object({
      type: exactly('metrics'),
      status: oneWord(['live', 'degraded', 'down', 'starting']),
      source: text,
      time,
      metrics: listOf(
        object({
          name: text,
          value: nullable(number),
          unit: text,
          total: nullable(number),
          trend: nullable(oneWord(['up', 'down', 'stable'])),
        }),
      ),
    }),
    object({
      type: exactly('update'),
      source: text,
      time,
      venues: listOf(reference('VenueHealth')),
    }),
    object({ type: exactly('heartbeat'), time }),
    {
      type: 'object',
      properties: {
        type: oneWord(['alert', 'notification']),
        id: text,
        level: oneWord(['info', 'warning', 'error']),
        title: text,
        message: text,
        venue: nullable(oneWord(venueIds)),
        source: text,
        time,
      },
      required: ['type', 'id', 'title', 'message', 'source', 'time'],
    },
  ),
};

const resumeHeader: JsonSchema = {
  name: 'Last-Event-ID',
  in: 'header',
  required: false,
  schema: text,
  description: 'Id of the last event: what was missed since comes first, or one `resync`.',
};

const ends = [
  inQuery('lastEventId', text, 'As `Last-Event-ID`, for who cannot send headers.'),
  inQuery('ticket', text, 'Single-use, from POST /api/auth/ticket, for a plain EventSource.'),
  resumeHeader,
];
const choices = [
  inQuery('rate', subscriptionProperties['rate'] ?? {}, 'State updates a second at most.'),
  inQuery('depth', subscriptionProperties['depth'] ?? {}, 'Levels of a book side.'),
  inQuery('minSize', { type: 'number', minimum: 0 }, 'Of trades: smaller ones are left out.'),
  inQuery('side', oneWord(['buy', 'sell']), 'Of trades.'),
  inQuery('venue', oneWord(venueIds), 'Of trades.'),
  ...ends,
];
const refusals = [
  'INVALID_CHANNEL',
  'INVALID_SYMBOL',
  'NOT_ACCEPTABLE',
  'OVERLOADED',
  'NO_FEED',
] as const;

export const streamPaths: Paths = {
  [apiPaths.stream]: {
    get: operation({
      ...{ id: 'stream', tag: 'streams', summary: 'Server-sent events of several channels.' },
      parameters: [
        requiredInQuery(
          'channels',
          { ...text, examples: ['price.BTC-USDT,trades.BTC-USDT'] },
          'Separated by commas.',
        ),
        inQuery('fields', text, 'Keys of a record, separated by commas.'),
        ...choices,
      ],
      answers: { 200: events },
      refusals,
    }),
  },
  [templateOf(apiPaths.realtime)]: {
    get: operation({
      ...{ id: 'realtime', tag: 'streams', summary: 'Server-sent events of one market.' },
      parameters: [
        inPath('symbol', { ...text, examples: ['BTC-USDT'] }, 'The market.'),
        inQuery(
          'channels',
          text,
          '`ticker` (the default), `tickers`, `orderbook`, `trades`, `candles`.',
        ),
        ...choices,
      ],
      answers: { 200: events },
      refusals,
    }),
  },
  [apiPaths.dashboardStream]: {
    get: operation({
      ...{ id: 'dashboardStream', tag: 'streams' },
      summary:
        'Server-sent events for a dashboard: metrics, update, alert, notification, heartbeat.',
      parameters: [
        inQuery('rate', subscriptionProperties['rate'] ?? {}, 'Metrics a second at most.'),
        ...ends,
      ],
      answers: { 200: events },
      refusals: ['NOT_ACCEPTABLE', 'OVERLOADED'],
    }),
  },
  [apiPaths.poll]: {
    post: operation({
      ...{ id: 'openPoll', tag: 'streams', summary: 'Begins long polling.' },
      body: {
        schema: object({ ...subscriptionProperties, cursor: cursorText }, [
          ...subscriptionOptional,
          'cursor',
        ]),
      },
      answers: { 200: reference('PollOpened') },
      refusals: ['INVALID_CHANNEL', 'INVALID_SYMBOL', 'TOO_MANY_SYMBOLS', 'OVERLOADED', 'NO_FEED'],
    }),
    get: operation({
      ...{ id: 'poll', tag: 'streams', summary: 'Waits for what is new behind the cursor.' },
      parameters: [
        requiredInQuery('session', text, 'Of the answer to POST.'),
        requiredInQuery('cursor', cursorText, 'Of the last answer: says that it arrived.'),
        inQuery('wait', { type: 'integer', minimum: 0 }, 'Milliseconds at most.'),
      ],
      answers: { 200: reference('PollAnswer') },
      refusals: ['NOT_FOUND', 'INVALID_CURSOR'],
    }),
    delete: operation({
      ...{ id: 'closePoll', tag: 'streams', summary: 'Ends it.' },
      parameters: [requiredInQuery('session', text, 'Of the answer to POST.')],
      answers: { 204: null },
      refusals: ['NOT_FOUND'],
    }),
  },
  [apiPaths.pnl]: {
    get: operation({
      ...{ id: 'profitAndLoss', tag: 'streams' },
      summary: 'Nothing computes it yet: every figure is null and the status says so.',
      answers: { 200: reference('ProfitAndLoss') },
    }),
  },
  [apiPaths.pnlStream]: {
    get: operation({
      ...{ id: 'profitAndLossStream', tag: 'streams', summary: 'The same as server-sent events.' },
      parameters: ends,
      answers: { 200: events },
      refusals: ['NOT_ACCEPTABLE', 'OVERLOADED'],
    }),
  },
};
