import { exportPath } from '../../../../shared/channels.ts';
import { apiPaths } from '../../../../shared/gateway/paths.ts';
import { clientStates, clientTransports } from '../../../../shared/gateway/clientsReport.ts';
import { venueIds } from '../../../../shared/venues.ts';
import {
  described,
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
import { inPath, operation } from './operations.ts';
import type { Paths } from './operations.ts';
import { sourceText } from './wireSchemas.ts';

const share = object({ live: integer, total: integer });
const transports = object(Object.fromEntries(clientTransports.map((name) => [name, integer])));
const milliseconds: JsonSchema = { ...number, minimum: 0 };

const connection = object({
  id: text,
  transport: oneWord(clientTransports),
  user: described(nullable(text), 'Null: by the session key of this machine.'),
  address: described(nullable(text), 'For a session key only; null otherwise.'),
  connectedMs: milliseconds,
  channels: integer,
  channelNames: described(listOf(text), 'The first of them.'),
  ratePerSec: described(nullable(number), 'Of its fastest channel; null: it has none.'),
  recordsSent: integer,
  unreadBytes: integer,
  conflated: integer,
  state: oneWord(clientStates),
});

export const systemSchemas: Readonly<Record<string, JsonSchema>> = {
  Health: object({
    status: oneWord(['ok', 'degraded', 'down', 'starting']),
    version: text,
    uptimeSec: integer,
    source: sourceText,
    venues: object({
      live: integer,
      total: integer,
      states: {
        type: 'object',
        propertyNames: oneWord(venueIds),
        additionalProperties: oneWord(['live', 'degraded', 'down']),
      },
    }),
    symbols: share,
    messagesPerSec: integer,
    clients: integer,
    transports: described(
      object({ websocket: integer, sse: integer, polling: integer }),
      'What programs are served over now.',
    ),
  }),
  Clients: object({
    time,
    uptimeMs: milliseconds,
    view: described(oneWord(['all', 'own']), '`own`: connections of the user who asks.'),
    clients: transports,
    ...{ windows: integer, channels: integer, slow: integer },
    ...{ recordsSent: integer, bytesSent: integer, conflated: integer },
    ...{ resyncs: integer, resumed: integer, evicted: integer },
    deliveryMs: described(
      object({ p50: nullable(number), p99: nullable(number), max: nullable(number) }),
      'Over the last minute.',
    ),
    connectedMs: described(
      object({ average: nullable(number), longest: nullable(number) }),
      'Of those that are connected now.',
    ),
    ended: object({ count: integer, averageMs: nullable(number) }),
    visible: described(integer, 'How many the reader may see, also beyond those listed.'),
    connections: listOf(connection),
  }),
  VenueRun: {
    type: 'object',
    properties: {
      run: text,
      connections: integer,
      venues: listOf(object({ venue: oneWord(venueIds), websocket: text, rest: text })),
    },
    required: ['run', 'connections', 'venues'],
  },
};

const anyObject: JsonSchema = { type: 'object' };

export const systemPaths: Paths = {
  [apiPaths.health]: {
    get: operation({
      ...{ id: 'health', tag: 'operations', isOpen: true },
      summary: 'For monitors: 503 when no venue is live.',
      answers: {
        200: reference('Health'),
        503: { anyOf: [reference('Health'), reference('Refusal')] },
      },
    }),
  },
  [apiPaths.clients]: {
    get: operation({
      ...{ id: 'listClients', tag: 'operations' },
      summary: 'Who is connected: counts for everybody, connections of others for a session key.',
      answers: { 200: reference('Clients') },
    }),
  },
  [apiPaths.metrics]: {
    get: operation({
      ...{ id: 'metrics', tag: 'operations' },
      summary: 'For Prometheus. Without a token where the gateway was started with --open-metrics.',
      answers: { 200: 'text/plain' },
    }),
  },
  [apiPaths.openapi]: {
    get: operation({
      ...{ id: 'openapi', tag: 'operations', summary: 'This document.', isOpen: true },
      answers: { 200: anyObject },
    }),
  },
  [apiPaths.asyncapi]: {
    get: operation({
      ...{ id: 'asyncapi', tag: 'operations', isOpen: true },
      summary: 'The WebSocket and Socket.IO protocols.',
      answers: { 200: anyObject },
    }),
  },
  [`${exportPath}{id}`]: {
    get: operation({
      ...{ id: 'downloadExport', tag: 'recordings', summary: 'A finished export.' },
      parameters: [inPath('id', { ...text, examples: ['1'] }, 'Its number.')],
      answers: { 200: 'application/octet-stream' },
      refusals: ['NOT_FOUND'],
    }),
  },
  [apiPaths.venueReplays]: {
    get: operation({
      ...{ id: 'listVenueReplays', tag: 'recordings' },
      summary: "Recordings that are served on the venues' own protocols.",
      answers: { 200: object({ runs: listOf(reference('VenueRun')) }) },
    }),
    post: operation({
      ...{ id: 'openVenueReplay', tag: 'recordings' },
      summary: "Serves a recording on the venues' own protocols.",
      body: {
        schema: object(
          {
            session: { type: 'string', pattern: '^[0-9a-z-]{0,64}$' },
            from: nullable(number),
            speed: nullable({ type: 'number', minimum: 0.1, maximum: 1000 }),
          },
          ['from', 'speed'],
        ),
      },
      answers: { 201: reference('VenueRun') },
      refusals: ['NOT_FOUND', 'OVERLOADED'],
    }),
  },
  [`${apiPaths.venueReplays}/{run}`]: {
    delete: operation({
      ...{ id: 'closeVenueReplay', tag: 'recordings', summary: 'Ends it.' },
      parameters: [inPath('run', { ...text, examples: ['r-1'] }, 'Its id.')],
      answers: { 204: null },
      refusals: ['NOT_FOUND'],
    }),
  },
  [`${apiPaths.venueReplay}/{address}`]: {
    get: operation({
      ...{ id: 'venueRest', tag: 'recordings', isOpen: true },
      summary:
        "`RUN/VENUE/PATH`: the venue's own REST of a recording. Its WebSockets are beside it.",
      parameters: [
        inPath('address', { ...text, examples: ['r-1/okx/api'] }, 'Slashes as they are.'),
      ],
      answers: { 200: anyObject },
      refusals: ['NOT_FOUND'],
    }),
  },
};
