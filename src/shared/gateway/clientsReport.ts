import * as v from 'valibot';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const amount = v.pipe(v.number(), v.minValue(0));
const perTransport = v.object({ websocket: count, socketio: count, sse: count, poll: count });

/**
 * `reading`: keeps up. `slow`: has more unread than it takes state for; it is conflated, and ended if it stays so. `waiting`:
 * a poll between two requests, or a socket that has just come; its events wait for it.
 */
export const clientStates = ['reading', 'slow', 'waiting'] as const;
export const clientTransports = ['websocket', 'socketio', 'sse', 'poll'] as const;

const connectionSchema = v.pipe(
  v.object({
    id: v.string(),
    transport: v.picklist(clientTransports),
    /** Null: by the session key of this machine. */
    user: v.nullable(v.string()),
    /** Null: the reader may not see it. */
    address: v.nullable(v.string()),
    connectedMs: amount,
    channels: count,
    /** The first of them. */
    channelNames: v.pipe(v.array(v.string()), v.readonly()),
    /** State updates a second that it asked for, of its fastest channel. Null: it has no channels. */
    ratePerSec: v.nullable(amount),
    recordsSent: count,
    /** Given to it, and not taken by the other side. */
    unreadBytes: count,
    conflated: count,
    state: v.picklist(clientStates),
  }),
  v.readonly(),
);

const reportSchema = v.pipe(
  v.object({
    time: v.number(),
    /** Of the gateway: less than before means that it was started anew. */
    uptimeMs: amount,
    /** `own`: `connections` has only those of the user who asks. */
    view: v.picklist(['all', 'own']),
    clients: perTransport,
    windows: count,
    channels: count,
    slow: count,
    recordsSent: count,
    bytesSent: count,
    conflated: count,
    resyncs: count,
    resumed: count,
    evicted: count,
    /** Over the last minute; null: nothing was delivered. */
    deliveryMs: v.object({
      p50: v.nullable(amount),
      p99: v.nullable(amount),
      max: v.nullable(amount),
    }),
    /** Of those that are connected now; null: nobody is. */
    connectedMs: v.object({ average: v.nullable(amount), longest: v.nullable(amount) }),
    ended: v.object({ count, averageMs: v.nullable(amount) }),
    /** How many the reader may see; `connections` has the slow ones and then the oldest, up to a bound. */
    visible: count,
    connections: v.pipe(v.array(connectionSchema), v.readonly()),
  }),
  v.readonly(),
);

/** Who is connected to a gateway, and how well they are served: the answer of `GET /api/clients`. */
export type ClientsReport = v.InferOutput<typeof reportSchema>;
export type ClientConnection = v.InferOutput<typeof connectionSchema>;
export type ClientState = ClientConnection['state'];

/** Null: it is something else. */
export function parseClientsReport(raw: unknown): ClientsReport | null {
  const parsed = v.safeParse(reportSchema, raw);
  return parsed.success ? parsed.output : null;
}
