import type { GapRecord } from '../../../shared/feedHealth.ts';
import type { EpochMs } from '../../../shared/market.ts';
import type {
  ConnectionMetrics,
  SessionMetrics,
  StreamMetrics,
} from '../../../shared/sessionMetrics.ts';
import type { CoreContext } from '../coreContext.ts';
import type { Connection } from '../feed/connection.ts';
import type { GapLog } from '../feed/gapLog.ts';
import type { Stream } from '../feed/stream.ts';
import type { StreamPast } from '../feed/streamPast.ts';
import type { VenueFeed } from '../feed/venueFeed.ts';
import type { Histogram } from './histogram.ts';
import { SessionHistogram, percentilesOf } from './sessionHistogram.ts';
import { unreachedVenue } from './unreachedVenue.ts';

export type ConnectionTally = Omit<ConnectionMetrics, 'queuedMessages'>;

/** What the core itself knows of its session: the same in a replay, input by input. */
export type SessionTally = Pick<SessionMetrics, 'time' | 'roundTrip' | 'lag' | 'streams'> & {
  readonly connections: readonly ConnectionTally[];
};

/** Figures that are put together, with what each part has counted. */
class Pool {
  private readonly histograms: Histogram[] = [];
  private readonly maxima: (number | null)[] = [];

  add(histograms: readonly Histogram[], maxMs: number | null): void {
    this.histograms.push(...histograms);
    this.maxima.push(maxMs);
  }

  percentiles(): SessionMetrics['lag'] {
    return percentilesOf(this.histograms, this.maxima);
  }
}

export function computeSessionTally(
  context: CoreContext,
  feeds: readonly VenueFeed[],
  gaps: GapLog,
  hasInstruments: (venue: VenueFeed['venue']['id']) => boolean,
): SessionTally {
  const trips = new Pool();
  const lags = new Pool();
  const open = gaps.list().filter(({ to }) => to === null);
  const connections: ConnectionTally[] = [];
  const streams: StreamMetrics[] = [];
  for (const feed of feeds) {
    if (feed.connections.length === 0 && !hasInstruments(feed.venue.id)) {
      connections.push(tallyOfUnreached(context, feed));
    }
    for (const connection of feed.connections) {
      connections.push(tallyOf(connection, feed, context));
      addTrips(trips, connection.meter.roundTrips.session);
    }
    addTrips(trips, feed.restRoundTrips.session);
    for (const stream of feed.streams.list()) {
      const { histograms, maxMs } = stream.lag.ofSession;
      lags.add(histograms, maxMs);
      streams.push(metricsOf(stream, gaps, open, context));
    }
    for (const past of feed.streams.past()) {
      const lag = new SessionHistogram();
      lag.restore(past.lag);
      lags.add([lag.buckets], lag.maxMs);
      streams.push(metricsOfPast(past, lag, gaps, open, context.time));
    }
  }
  const { time } = context;
  return { time, roundTrip: trips.percentiles(), lag: lags.percentiles(), connections, streams };
}

function addTrips(pool: Pool, { buckets, maxMs }: SessionHistogram): void {
  pool.add([buckets], maxMs);
}

function tallyOf(connection: Connection, feed: VenueFeed, { nowMs }: CoreContext): ConnectionTally {
  const { meter, active, topics } = connection;
  const { counters } = meter;
  const trips = meter.roundTrips.session.buckets.count > 0 ? meter.roundTrips : feed.restRoundTrips;
  return {
    connection: connection.name,
    venue: feed.venue.id,
    status: connection.status,
    openedTime: active?.openedTime ?? null,
    uptimeMs: meter.uptime.totalMs(nowMs),
    messagesReceived: counters.messages,
    messagesSent: counters.sent,
    bytesReceived: counters.bytes,
    ...meter.rates(nowMs),
    subscriptions: topics.size,
    reconnects: counters.reconnects,
    errors: meter.errors,
    decodeErrors: counters.decodeErrors,
    roundTrip: percentilesOf([trips.session.buckets], [trips.session.maxMs]),
    roundTripMeanMs: trips.meanMs(),
    clockOffsetMs: feed.clockOffsetMs,
  };
}

function tallyOfUnreached(context: CoreContext, feed: VenueFeed): ConnectionTally {
  const { connection, venue, status, attempt, clockOffsetMs } = unreachedVenue(context, feed);
  const trips = feed.restRoundTrips;
  return {
    ...{ connection, venue, status, clockOffsetMs, openedTime: null, uptimeMs: 0 },
    ...{ messagesReceived: 0, messagesSent: 0, bytesReceived: 0, messagesPerSec: 0 },
    ...{ bytesPerSec: 0, subscriptions: 0, reconnects: 0, errors: attempt, decodeErrors: 0 },
    roundTrip: percentilesOf([trips.session.buckets], [trips.session.maxMs]),
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
  { definition, counts, uptimeMs }: StreamPast,
  lag: SessionHistogram,
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
    lag: percentilesOf([lag.buckets], [lag.maxMs]),
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
