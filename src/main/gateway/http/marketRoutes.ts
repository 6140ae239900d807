import type { FastifyReply, FastifyRequest } from 'fastify';
import * as v from 'valibot';
import { channelId } from '../../../shared/gateway/channelIds.ts';
import type { Channel } from '../../../shared/gateway/channelIds.ts';
import { GatewayRefusal } from '../../../shared/gateway/errors.ts';
import { gatewayLimits } from '../../../shared/gateway/limits.ts';
import { apiPaths } from '../../../shared/gateway/paths.ts';
import type { Validity, WireContributor, WireUpdate } from '../../../shared/gateway/wire.ts';
import { candleIntervals, parseMarketId } from '../../../shared/market.ts';
import type { MarketId } from '../../../shared/market.ts';
import { venueIds, venueRecord } from '../../../shared/venues.ts';
import type { VenueId } from '../../../shared/venues.ts';
import type { Principal } from '../accounts/access.ts';
import { AttemptBuckets, addressKey } from '../accounts/attemptBuckets.ts';
import { limitedBy } from '../accounts/logins.ts';
import type { GatewayContext } from '../gatewayContext.ts';
import type { ChannelSnapshot } from '../hub/clientContract.ts';
import { isFresh, streamWireStatus } from '../hub/writeStatus.ts';
import { authorize } from './authorize.ts';
import { oneOf, readQuery, shortText, timeText, wholeNumber } from './readQuery.ts';

export const snapshotLimits = {
  /** How long a first value of a market that nobody followed is waited for. */
  firstValueMs: 3_000,
  markets: 1_000,
  defaultMarkets: 200,
  trades: 500,
  defaultTrades: 100,
  candles: 1_000,
  defaultCandles: 300,
} as const;

/** Who asks for a market. */
interface Visitor {
  /** Whom it counts against. */
  readonly client: string;
  /** The client has gone. */
  readonly signal: AbortSignal;
}

type Answer = (request: FastifyRequest, visitor: Visitor) => Promise<object>;

/** Present values for who asks once: each with its validity, and the cursor from which a stream would go on. */
export function addMarketRoutes(context: GatewayContext): void {
  const pages = new AttemptBuckets(gatewayLimits.candleBucket, context.clock);
  const answers: Readonly<Record<string, Answer>> = {
    [apiPaths.markets]: (request) => listMarkets(context, request),
    [`${apiPaths.market}/price`]: (request, visitor) =>
      presentValue(context, request, visitor, 'price'),
    [`${apiPaths.market}/ticker`]: (request, visitor) =>
      presentValue(context, request, visitor, 'ticker'),
    [`${apiPaths.market}/book`]: (request, visitor) => presentBook(context, request, visitor),
    [`${apiPaths.market}/trades`]: (request, visitor) => lastTrades(context, request, visitor),
    [`${apiPaths.market}/candles`]: (request, visitor) =>
      candlePage(context, request, visitor, pages),
  };
  for (const [path, answer] of Object.entries(answers)) {
    context.server.get(path, async (request, reply) => {
      reply.header('cache-control', 'no-store');
      const principal = await authorize(context, request, reply);
      if (principal === null) return reply;
      const visitor = visitorOf(request, reply, principal);
      const body = await answer(request, visitor);
      return visitor.signal.aborted ? reply.hijack() : reply.send(body);
    });
  }
}

function visitorOf(
  { socket }: FastifyRequest,
  { raw }: FastifyReply,
  { user }: Principal,
): Visitor {
  const leaving = new AbortController();
  raw.once('close', () => leaving.abort());
  if (raw.destroyed) leaving.abort();
  const client = user ?? addressKey(socket.remoteAddress ?? 'unknown');
  return { client, signal: leaving.signal };
}

const listQuery = {
  search: v.optional(shortText(40)),
  limit: v.optional(wholeNumber(1, snapshotLimits.markets)),
};

async function listMarkets(
  { hub, host, clock }: GatewayContext,
  request: FastifyRequest,
): Promise<object> {
  const { search = '', limit = snapshotLimits.defaultMarkets } = readQuery(listQuery, request);
  const wanted = search.toUpperCase().replace(/[^A-Z0-9]/g, '');
  const found = hub.markets().filter((market) => market.replaceAll('-', '').includes(wanted));
  // The hub's own is as old as the last look at the engine while nobody listens.
  const status = (await host?.status()) ?? hub.status();
  return {
    source: hub.source,
    status: status === null ? 'none' : status.venuesLive === 0 ? 'stale' : 'live',
    time: clock.wallMs(),
    total: found.length,
    markets: found.slice(0, limit).map(describeMarket),
  };
}

function describeMarket(symbol: MarketId): object {
  const parts = parseMarketId(symbol);
  return {
    symbol,
    base: parts?.base ?? null,
    quote: parts?.quote ?? null,
    kind: parts?.marketKind ?? null,
  };
}

async function presentValue(
  context: GatewayContext,
  request: FastifyRequest,
  visitor: Visitor,
  kind: 'price' | 'ticker',
): Promise<object> {
  readQuery({}, request);
  const market = marketOf(context, request);
  const channel: Channel = { kind, market, venue: null, interval: null };
  const { snapshot, update } = await present(context, visitor, channel);
  return { ...headOf(market, snapshot, validityOf(update)), [kind]: update };
}

const bookQuery = {
  depth: v.optional(wholeNumber(1, gatewayLimits.maxBookDepth)),
  venue: v.optional(oneOf(venueIds)),
};

async function presentBook(
  context: GatewayContext,
  request: FastifyRequest,
  visitor: Visitor,
): Promise<object> {
  const { depth = gatewayLimits.defaultBookDepth, venue = null } = readQuery(bookQuery, request);
  const market = marketOf(context, request);
  const channel: Channel = { kind: 'orderbook', market, venue, interval: null };
  const { snapshot, update } = await present(context, visitor, channel);
  if (update?.type !== 'orderbook_update') throw noFeed();
  const book = {
    ...update,
    bids: update.bids.slice(0, depth),
    asks: update.asks.slice(0, depth),
  };
  return { ...headOf(market, snapshot, validityOf(update)), book };
}

const tradesQuery = { limit: v.optional(wholeNumber(1, snapshotLimits.trades)) };

async function lastTrades(
  context: GatewayContext,
  request: FastifyRequest,
  visitor: Visitor,
): Promise<object> {
  const { limit = snapshotLimits.defaultTrades } = readQuery(tradesQuery, request);
  const market = marketOf(context, request);
  const where = { market, venue: null, interval: null };
  const [{ snapshot }, price] = await Promise.all([
    present(context, visitor, { kind: 'trades', ...where }),
    // How far the market's data can be believed now: a trade itself is true for ever.
    present(context, visitor, { kind: 'price', ...where }),
  ]);
  const trades = snapshot.updates.filter(({ type }) => type === 'trade_update').slice(-limit);
  return { ...headOf(market, snapshot, validityOf(price.update)), trades };
}

const candlesQuery = {
  interval: v.optional(oneOf(candleIntervals)),
  venue: v.optional(oneOf(venueIds)),
  before: v.optional(timeText()),
  limit: v.optional(wholeNumber(1, snapshotLimits.candles)),
};

function spendPage(pages: AttemptBuckets, { client }: Visitor): void {
  const waitMs = pages.take(client);
  if (waitMs !== null) throw new GatewayRefusal(limitedBy(waitMs, 'pages of candles'));
}

async function candlePage(
  context: GatewayContext,
  request: FastifyRequest,
  visitor: Visitor,
  pages: AttemptBuckets,
): Promise<object> {
  const query = readQuery(candlesQuery, request);
  const { interval = '1m', venue = null, before = null } = query;
  const market = marketOf(context, request);
  spendPage(pages, visitor);
  // The position comes first: who goes on from it may see a candle twice, and never misses one.
  const channel: Channel = { kind: 'price', market, venue: null, interval: null };
  const price = await present(context, visitor, channel, venue);
  // The venues are asked for nobody.
  if (visitor.signal.aborted) return {};
  const page = await context.hub.candles({
    ...{ market, venue, interval, before },
    limit: query.limit ?? snapshotLimits.defaultCandles,
  });
  const { candles, gaps, complete, problem, without = [] } = page;
  const validity =
    venue === null ? validityOf(price.update) : validityAt(venue, validityPartsOf(price.update));
  return {
    ...headOf(market, price.snapshot, validity),
    ...{ venue, interval, candles, gaps, complete, problem, without },
  };
}

function marketOf({ hub }: GatewayContext, request: FastifyRequest): MarketId {
  const symbol = parseSymbol(request.params);
  const resolved = hub.resolve(symbol);
  if (resolved.ok) return resolved.market;
  throw new GatewayRefusal(resolved.error);
}

const paramsSchema = v.object({ symbol: v.pipe(v.string(), v.regex(/^[\w./-]{1,40}$/)) });

function parseSymbol(params: unknown): string {
  const parsed = v.safeParse(paramsSchema, params);
  if (parsed.success) return parsed.output.symbol;
  throw new GatewayRefusal({
    code: 'INVALID_SYMBOL',
    message: `A symbol has letters, digits and "-./_", e.g. BTC-USDT. GET ${apiPaths.markets} lists all.`,
  });
}

interface Present {
  readonly snapshot: ChannelSnapshot;
  readonly update: WireUpdate | null;
}

/** `venue`: what it is asked for, where the channel is of all of them. */
async function present(
  { hub }: GatewayContext,
  { client, signal }: Visitor,
  channel: Channel,
  venue: VenueId | null = null,
): Promise<Present> {
  const mostMs = snapshotLimits.firstValueMs;
  const snapshot = await hub.snapshot(channelId(channel), { mostMs, client, signal, venue });
  return { snapshot, update: snapshot.updates.at(-1) ?? null };
}

function noFeed(): GatewayRefusal {
  return new GatewayRefusal({
    code: 'NO_FEED',
    message: 'There is no data behind this gateway at the moment. Try again in a few seconds.',
    retryAfterMs: 2_000,
  });
}

function validityOf(update: WireUpdate | null): Validity {
  if (update === null) return { status: 'none', receivedTime: null, ageMs: null };
  if (!('ageMs' in update)) throw noFeed();
  const { status, receivedTime, ageMs, note } = update;
  return { status, receivedTime, ageMs, ...(note === undefined ? {} : { note }) };
}

function validityPartsOf(update: WireUpdate | null): readonly PricePart[] {
  if (update?.type !== 'price_update') return [];
  return update.contributors.map((part) => ({ ...part, time: update.time }));
}

type PricePart = WireContributor & Pick<WireUpdate, 'time'>;

/** One venue may be gone while the price of the others is live. */
function validityAt(venue: VenueId, parts: readonly PricePart[]): Validity {
  const { name } = venueRecord(venue);
  const part = parts.find((each) => each.venue === venue);
  const ageMs = part?.ageMs ?? null;
  if (part === undefined || ageMs === null) {
    const note = `${name} has sent nothing of this market yet.`;
    return { status: 'none', receivedTime: null, ageMs: null, note };
  }
  const validity = {
    status: streamWireStatus(part.status, true),
    receivedTime: part.time - ageMs,
    ageMs,
  };
  if (isFresh(part.status)) return validity;
  return { ...validity, note: `${name} is not fresh: this is the last that it sent.` };
}

/** The age is of the moment of the answer: what it tells may have been written before. */
function headOf(
  market: MarketId,
  { cursor, time }: ChannelSnapshot,
  { status, receivedTime, note }: Validity,
): object {
  const ageMs = receivedTime === null ? null : Math.max(0, Math.round(time - receivedTime));
  const validity: Validity = {
    ...{ status, receivedTime, ageMs },
    ...(note === undefined ? {} : { note }),
  };
  return { symbol: market, cursor, time, ...validity };
}
