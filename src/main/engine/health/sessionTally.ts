import type { GapRecord } from '../../../shared/feedHealth.ts';
import type { EpochMs } from '../../../shared/market.ts';
import type {
  ConnectionMetrics,
  SessionMetrics,
  StreamMetrics,
  VenueMetrics,
} from '../../../shared/sessionMetrics.ts';
import type { CoreContext } from '../coreContext.ts';
import type { Connection } from '../feed/connection.ts';
import type { GapLog } from '../feed/gapLog.ts';
import type { Stream } from '../feed/stream.ts';
import type { StreamPast } from '../feed/streamPast.ts';
import type { VenueFeed } from '../feed/venueFeed.ts';
import { SessionHistogram } from './sessionHistogram.ts';
import { unreachedVenue } from './unreachedVenue.ts';

export type ConnectionTally = Omit<ConnectionMetrics, 'queuedMessages'>;

/** What the core itself knows of its session: the same in a replay, input by input. */
export type SessionTally = Pick<
  SessionMetrics,
  'time' | 'roundTrip' | 'lag' | 'venues' | 'streams'
> & {
  readonly connections: readonly ConnectionTally[];
};

export function computeSessionTally(
  context: CoreContext,
  feeds: readonly VenueFeed[],
  gaps: GapLog,
  hasInstruments: (venue: VenueFeed['venue']['id']) => boolean,
): SessionTally {
  const trips = new SessionHistogram();
  const lags = new SessionHistogram();
  const open = gaps.list().filter(({ to }) => to === null);
  const connections: ConnectionTally[] = [];
  const venues: VenueMetrics[] = [];
  const streams: StreamMetrics[] = [];
  for (const feed of feeds) {
    const ofVenue = new SessionHistogram();
    if (feed.connections.length === 0 && !hasInstruments(feed.venue.id)) {
      connections.push(tallyOfUnreached(context, feed));
    }
    for (const connection of feed.connections) {
      connections.push(tallyOf(connection, feed, context));
      if (hasTrips(connection)) trips.merge(connection.meter.roundTrips.session);
    }
    if (!feed.connections.some(hasTrips)) trips.merge(feed.restRoundTrips.session);
    for (const stream of feed.streams.list()) {
      stream.lag.addSessionTo(ofVenue);
      streams.push(metricsOf(stream, gaps, open, context));
    }
    for (const past of feed.streams.past()) {
      ofVenue.mergeSaved(past.lag);
      streams.push(metricsOfPast(past, gaps, open, context.time));
    }
    lags.merge(ofVenue);
    venues.push({ venue: feed.venue.id, lag: ofVenue.percentiles() });
  }
  return {
    ...{ time: context.time, roundTrip: trips.percentiles(), lag: lags.percentiles() },
    ...{ venues, connections, streams },
  };
}

/** Where the venue pings, what we know of its distance is by REST. */
function hasTrips({ meter }: Connection): boolean {
  return meter.roundTrips.session.buckets.count > 0;
}

function tallyOf(connection: Connection, feed: VenueFeed, { nowMs }: CoreContext): ConnectionTally {
  const { meter, active, topics } = connection;
  const { counters } = meter;
  const trips = hasTrips(connection) ? meter.roundTrips : feed.restRoundTrips;
  return {
    connection: connection.name,
    venue: feed.venue.id,
    status: connection.status,
    openedTime: active?.openedTime ?? null,
    uptimeMs: meter.uptime.totalMs(nowMs),
    wantedMs: meter.wanted.totalMs(nowMs),
    messagesReceived: counters.messages,
    messagesSent: counters.sent,
    bytesReceived: counters.bytes,
    ...meter.rates(nowMs),
    subscriptions: topics.size,
    reconnects: counters.reconnects,
    errors: meter.errors,
    decodeErrors: counters.decodeErrors,
    roundTrip: trips.session.percentiles(),
    roundTripMeanMs: trips.meanMs(),
    clockOffsetMs: feed.clockOffsetMs,
  };
}

function tallyOfUnreached(context: CoreContext, feed: VenueFeed): ConnectionTally {
  const { since, ...health } = unreachedVenue(context, feed);
  const { connection, venue, status, attempt, clockOffsetMs } = health;
  const trips = feed.restRoundTrips;
  return {
    ...{ connection, venue, status, clockOffsetMs, openedTime: null, uptimeMs: 0 },
    ...{ messagesReceived: 0, messagesSent: 0, bytesReceived: 0, messagesPerSec: 0 },
    ...{ bytesPerSec: 0, subscriptions: 0, reconnects: 0, errors: attempt, decodeErrors: 0 },
    wantedMs: Math.max(0, context.time - since),
    roundTrip: trips.session.percentiles(),
    roundTripMeanMs: trips.meanMs(),
  };
}

function metricsOf(
  stream: Stream,
  gaps: GapLog,
  open: readonly GapRecord[],
  { nowMs, time }: CoreContext,
): StreamMetrics {
  const { definition, counts, status } = stream;
  return {
    ...placeOf(definition),
    status,
    uptimeMs: stream.uptime.totalMs(nowMs),
    messages: counts.messages,
    messagesPerSec: stream.rate.perSec(nowMs),
    lag: stream.lag.sessionPercentiles(),
    ...gapFigures(definition, gaps, open, time),
    resyncs: counts.resyncs,
    decodeErrors: counts.decodeErrors,
  };
}

function metricsOfPast(
  { definition, counts, uptimeMs, percentiles }: StreamPast,
  gaps: GapLog,
  open: readonly GapRecord[],
  time: EpochMs,
): StreamMetrics {
  return {
    ...placeOf(definition),
    status: 'closed',
    uptimeMs,
    messages: counts.messages,
    messagesPerSec: 0,
    lag: percentiles,
    ...gapFigures(definition, gaps, open, time),
    resyncs: counts.resyncs,
    decodeErrors: counts.decodeErrors,
  };
}

function placeOf({ connection, venue, key }: StreamPast['definition']) {
  const { instrument, channel, interval } = key;
  return { connection, venue, instrument, channel, interval };
}

/** Gaps are of an instrument and a channel; candles of several intervals have none of their own. */
function gapFigures(
  { key: { instrument, channel } }: StreamPast['definition'],
  gaps: GapLog,
  open: readonly GapRecord[],
  time: EpochMs,
): Pick<StreamMetrics, 'gaps' | 'gapMs' | 'gapsRepaired'> {
  const { counts, repaired, lostMs } = gaps.tally.of(instrument, channel);
  const openMs = open
    .filter((gap) => gap.instrument === instrument && gap.channel === channel)
    .reduce((sum, gap) => sum + Math.max(0, time - gap.from), 0);
  return { gaps: counts, gapMs: lostMs + openMs, gapsRepaired: repaired };
}
