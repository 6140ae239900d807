import type { FastifyRequest } from 'fastify';
import type { GatewayError } from '../../../shared/gateway/errors.ts';
import { GatewayRefusal } from '../../../shared/gateway/errors.ts';
import { isChannelKind } from '../../../shared/gateway/channelIds.ts';
import { apiPaths } from '../../../shared/gateway/paths.ts';
import { realtimeTicker } from '../../../shared/gateway/realtimeTicker.ts';
import type { RealtimeTickerEvent } from '../../../shared/gateway/realtimeTicker.ts';
import type { WireUpdate } from '../../../shared/gateway/wire.ts';
import type { GatewayContext } from '../gatewayContext.ts';
import { printable } from '../http/readQuery.ts';
import type { ClientSink, OutboundRecord, OutboundUpdates } from '../hub/clientContract.ts';
import { heartbeatEvent } from './eventStream.ts';
import type { EventStream, StreamEvent } from './eventStream.ts';
import { updatesText } from './socketEncoding.ts';
import type { SocketMessage } from './socketEncoding.ts';
import { parseStreamQuery, subscriptionOf } from './streamQuery.ts';
import { openEventClient, streamRoute } from './streamRoute.ts';
import { welcomeOf } from './welcome.ts';

/** SSE: several channels of several markets, and one market's price in the words that programs know. */
export function addMarketStreams(context: GatewayContext): void {
  const { server } = context;
  server.get(apiPaths.stream, streamRoute, async (request, reply) => {
    const query = parseStreamQuery(request.query);
    await openEventClient({
      context,
      request,
      reply,
      subscribe: subscriptionOf(query, query.channels ?? []),
      lastEventId: query.lastEventId,
      createSink: (stream) => createEventSink(context, stream, updatesEvent),
      onOpen(stream, { session, subscribed, isResuming }) {
        const welcome = welcomeOf(context, session);
        const id = isResuming ? {} : { id: welcome.cursor };
        stream.send({ ...id, ...messageEvent(welcome) });
        if (subscribed !== null) stream.send(messageEvent(subscribed));
      },
    });
    return reply;
  });
  server.get(apiPaths.realtime, streamRoute, async (request, reply) => {
    const query = parseStreamQuery(request.query);
    const symbol = symbolOf(request);
    const resolved = context.hub.resolve(symbol);
    if (!resolved.ok) throw new GatewayRefusal(resolved.error);
    if (query.fields !== undefined) throw new GatewayRefusal(fixedFields);
    const kinds = query.channels ?? ['ticker'];
    await openEventClient({
      context,
      request,
      reply,
      subscribe: subscriptionOf(
        query,
        kinds.map((kind) => channelOf(kind, resolved.market)),
      ),
      lastEventId: query.lastEventId,
      createSink: (stream) =>
        createEventSink(context, stream, (updates) => realtimeEvents(symbol, updates)),
    });
    return reply;
  });
}

const fixedFields: GatewayError = {
  code: 'INVALID_REQUEST',
  message: 'The fields of a ticker are fixed here. /api/stream takes "fields".',
};

/** What the hub sends, as events; `updates` decides what its records look like. */
export function createEventSink(
  { clock }: Pick<GatewayContext, 'clock'>,
  stream: EventStream,
  updates: (updates: OutboundUpdates) => readonly StreamEvent[],
): ClientSink {
  return {
    bufferedBytes: () => stream.bufferedBytes(),
    sendUpdates(outbound) {
      const events = updates(outbound);
      // A new place without anything to tell: it comes back as the id of a heartbeat.
      if (events.length > 0) stream.send(...events);
      else stream.send({ id: outbound.cursor, ...heartbeatEvent(clock) });
    },
    sendMessage(message) {
      stream.send(messageEvent(message));
    },
    end(error: GatewayError) {
      stream.send(messageEvent({ type: 'error', id: null, error, time: clock.wallMs() }));
      stream.end();
    },
  };
}

/**
 * The name of the event is the type of the message. Of a resync the id is where events go on: a client that is cut right
 * after it does not get it twice.
 */
export function messageEvent(message: SocketMessage): StreamEvent {
  const id = message.type === 'resync' ? { id: message.to } : {};
  return { ...id, event: message.type, data: JSON.stringify(message) };
}

/** One event for all that goes out at once: with one per record, a connection cut in between would double some. */
function updatesEvent(updates: OutboundUpdates): readonly StreamEvent[] {
  const data = updatesText({ ...updates, deltas: [] });
  return [{ id: updates.cursor, event: 'updates', data }];
}

/** The id stands at the last: who is cut before it gets all of them again, with the same sequences. */
function realtimeEvents(
  symbol: string,
  { records, cursor }: OutboundUpdates,
): readonly StreamEvent[] {
  return records.map((record, at) => {
    const data = realtimeText(symbol, record);
    return at === records.length - 1 ? { id: cursor, data } : { data };
  });
}

const typeByUpdate: Readonly<Record<WireUpdate['type'], string>> = {
  price_update: 'ticker',
  ticker_update: 'venue_tickers',
  orderbook_update: 'orderbook',
  trade_update: 'trade',
  candle_update: 'candle',
  gap_update: 'gap',
  health_update: 'health',
};

function realtimeText(symbol: string, record: OutboundRecord): string {
  const { update } = record;
  if (update.type !== 'price_update') {
    return `{"type":"${typeByUpdate[update.type]}","data":${record.json()}}`;
  }
  const event: RealtimeTickerEvent = { type: 'ticker', data: realtimeTicker(symbol, update) };
  return JSON.stringify(event);
}

/** `ticker` and `price` are the price; `tickers` are each venue's own 24 h figures; `candles` may name its interval. */
function channelOf(kind: string, market: string): string {
  if (kind === 'ticker' || kind === 'price') return `price.${market}`;
  if (kind === 'tickers') return `ticker.${market}`;
  const [name = '', interval] = kind.split('.');
  if (!isChannelKind(name)) {
    throw new GatewayRefusal({
      code: 'INVALID_CHANNEL',
      message: `"${printable(name)}" is no channel here. There are ticker, tickers, orderbook, trades, candles and candles.INTERVAL, gaps, health.`,
    });
  }
  if (name === 'gaps' || name === 'health') return name;
  return interval === undefined ? `${name}.${market}` : `${name}.${market}.${interval}`;
}

function symbolOf({ params }: FastifyRequest): string {
  if (typeof params !== 'object' || params === null || !('symbol' in params)) return '';
  return typeof params.symbol === 'string' ? params.symbol : '';
}
