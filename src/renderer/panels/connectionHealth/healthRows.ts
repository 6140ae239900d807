import type { ConnectionHealth, FeedHealth, StreamHealth } from '../../../shared/feedHealth.ts';
import {
  isStarting,
  neededConnections,
  priceConnections,
  streamStatusOrder,
} from '../../../shared/feedHealth.ts';
import type { StreamChannel } from '../../../shared/feedHealth.ts';
import type { Incident } from '../../../shared/incidents.ts';
import type { EpochMs, MarketId } from '../../../shared/market.ts';
import { instrumentId } from '../../../shared/market.ts';
import type { PriceValue } from '../../../shared/values.ts';
import type { VenueId } from '../../../shared/venues.ts';
import { venues } from '../../../shared/venues.ts';
import { formatCount } from '../../format/quantity.ts';
import { connectionValidity } from '../../widgets/validity.ts';

export const channelNames: Readonly<Record<StreamChannel, string>> = {
  trade: 'Trades',
  book: 'Book',
  bbo: 'Quotes',
  ticker: '24 h ticker',
  candle: 'Candles',
};

const channelOrder: readonly StreamChannel[] = ['trade', 'book', 'bbo', 'candle', 'ticker'];
/** Streams that are always listed; the others only when asked for, or when they are in trouble. */
const mainChannels: ReadonlySet<StreamChannel> = new Set(['trade', 'book', 'candle']);

export interface StreamRow {
  readonly channel: StreamChannel;
  /** How many streams the row stands for. */
  readonly count: number;
  readonly health: StreamHealth;
}

export interface VenueRows {
  readonly venue: VenueId;
  readonly connections: readonly ConnectionHealth[];
  /** Those that its prices come by. */
  readonly priceConnections: readonly ConnectionHealth[];
  /** Its data flows, and is seconds old: it counts in no price. */
  readonly late: boolean;
  readonly streams: readonly StreamRow[];
}

export function isTrouble(stream: StreamHealth): boolean {
  return stream.status !== 'live' && stream.status !== 'quiet' && !isStarting(stream);
}

/** Several streams of one channel as one: the worst status with its own words, sums of counts, the slowest lags. */
export function mergeStreams(streams: readonly StreamHealth[]): StreamHealth | null {
  const rank = (stream: StreamHealth) => streamStatusOrder.indexOf(stream.status);
  const worst = streams.toSorted((a, b) => rank(b) - rank(a))[0];
  if (worst === undefined) return null;
  const sum = (read: (stream: StreamHealth) => number) =>
    streams.reduce((total, stream) => total + read(stream), 0);
  const highest = (read: (stream: StreamHealth) => number | null) =>
    streams.reduce<number | null>((highestSeen, stream) => {
      const value = read(stream);
      return value === null ? highestSeen : Math.max(highestSeen ?? value, value);
    }, null);
  return {
    ...worst,
    messagesPerSec: sum((stream) => stream.messagesPerSec),
    messages: sum((stream) => stream.messages),
    gaps: sum((stream) => stream.gaps),
    resyncs: sum((stream) => stream.resyncs),
    decodeErrors: sum((stream) => stream.decodeErrors),
    crossed: sum((stream) => stream.crossed),
    mismatches: sum((stream) => stream.mismatches),
    oddTimes: sum((stream) => stream.oddTimes),
    lagP50Ms: highest((stream) => stream.lagP50Ms),
    lagP99Ms: highest((stream) => stream.lagP99Ms),
    lastReceivedTime: isTrouble(worst)
      ? worst.lastReceivedTime
      : highest((stream) => stream.lastReceivedTime),
  };
}

export interface RowsRequest {
  /** Null: every market, merged by channel. */
  readonly market: MarketId | null;
  readonly allChannels: boolean;
  readonly late?: ReadonlySet<VenueId>;
}

/** Venues whose data comes late, by the running incidents and by the price of the market that is shown. */
export function lateVenues(
  incidents: readonly Incident[],
  price: PriceValue | null,
): ReadonlySet<VenueId> {
  const running = incidents.flatMap(({ kind, venue, outcome }) =>
    kind === 'late' && venue !== null && outcome === 'running' ? [venue] : [],
  );
  const leftOut = (price?.contributors ?? []).filter(({ exclusion }) => exclusion === 'late');
  return new Set([...running, ...leftOut.map(({ venue }) => venue)]);
}

/** What flows from a venue that is late looks live by its arrival, and is not. */
export function isLateStream({ late }: VenueRows, { channel, health }: StreamRow): boolean {
  return late && channel !== 'candle' && (health.status === 'live' || health.status === 'quiet');
}

/** Its socket is gone, whatever the stream itself was last. */
export function isLostStream({ connections }: VenueRows, { health }: StreamRow): boolean {
  const own = connections.find(({ connection }) => connection === health.connection);
  return isTrouble(health) && own !== undefined && connectionValidity(own) === 'disconnected';
}

function streamRows(health: FeedHealth, venue: VenueId, request: RowsRequest): StreamRow[] {
  const wanted = health.streams.filter(
    (stream) =>
      stream.venue === venue &&
      (request.market === null || stream.instrument === instrumentId(venue, request.market)),
  );
  return channelOrder.flatMap((channel): StreamRow[] => {
    const streams = wanted.filter((stream) => stream.channel === channel);
    const merged = mergeStreams(streams);
    if (merged === null) return [];
    return [{ channel, count: streams.length, health: merged }];
  });
}

/** The main streams, and any other that is in a trouble which none of them shows. */
function shownRows(rows: readonly StreamRow[], allChannels: boolean): readonly StreamRow[] {
  if (allChannels) return rows;
  const shownStates = new Set(
    rows.filter((row) => mainChannels.has(row.channel)).map((row) => row.health.status),
  );
  return rows.filter(
    ({ channel, health }) =>
      mainChannels.has(channel) || (isTrouble(health) && !shownStates.has(health.status)),
  );
}

/** What the panel lists: each venue that has a connection, then its streams. */
export function computeVenueRows(health: FeedHealth, request: RowsRequest): readonly VenueRows[] {
  return venues.flatMap(({ id }): VenueRows[] => {
    const carried = health.streams.filter(({ venue }) => venue === id);
    const own = health.connections.filter((connection) => connection.venue === id);
    const connections = neededConnections(own, carried);
    if (connections.length === 0) return [];
    const streams = shownRows(streamRows(health, id, request), request.allChannels);
    const ofPrices = priceConnections(connections, carried);
    const late = request.late?.has(id) === true;
    return [{ venue: id, connections, priceConnections: ofPrices, late, streams }];
  });
}

/** Trouble anywhere in the engine turns the lag columns into "What happens next". */
export function hasTrouble(rows: readonly VenueRows[]): boolean {
  return rows.some(
    (row) =>
      row.late ||
      row.connections.some((connection) => connection.status !== 'live') ||
      row.streams.some((stream) => isTrouble(stream.health)),
  );
}

/** Fewer messages would make a single gap look like a storm. */
const leastForRate = 10_000;

/** Over the engine's whole run, reconnects included; null until there are enough messages to speak of a rate. */
export function gapsPerMillion(stream: StreamHealth): number | null {
  return stream.messages < leastForRate ? null : (stream.gaps / stream.messages) * 1e6;
}

/** What the rate rests on, or what there is in place of one. */
export function gapsBase({ gaps, messages }: StreamHealth): string {
  return `${formatCount(gaps)} in ${formatCount(messages)} messages`;
}

/** The connection that decides how its venue looks: the worst one. */
export function worstConnection(connections: readonly ConnectionHealth[]): ConnectionHealth | null {
  const order = ['closed', 'reconnecting', 'connecting', 'subscribing', 'live'];
  return (
    connections.toSorted((a, b) => order.indexOf(a.status) - order.indexOf(b.status))[0] ?? null
  );
}

export function ageOf(time: EpochMs | null, now: EpochMs): number | null {
  return time === null ? null : Math.max(0, now - time);
}
