import type { TopicUpdate } from '../../src/shared/topics.ts';
import { markKinds } from '../../src/shared/marks.ts';
import { sessionSources } from '../../src/shared/recordings.ts';
import { instrumentId } from '../../src/shared/market.ts';
import { venueIds } from '../../src/shared/venues.ts';
import type { Random } from './randomValues.ts';

type RecordedTopic = 'recordings' | 'exports' | 'marks' | 'metrics';

/** Topics of recorded sessions with every field set, odd texts included. */
export function randomRecordedUpdate(topic: RecordedTopic, random: Random): TopicUpdate {
  switch (topic) {
    case 'recordings':
      return {
        topic,
        value: {
          sessions: random.list(3, () => ({
            ...{ id: random.text(), name: random.text(), source: random.of(sessionSources) },
            ...{ startTime: random.time(), endTime: random.orNull(() => random.time()) },
            ...{ isRecording: random.chance(0.5), pinned: random.chance(0.5) },
            ...{ bytes: random.units(), segments: random.below(9), marks: random.below(9) },
            ...{ lostInputs: random.units(), problem: random.orNull(() => random.text()) },
          })),
          ...{ totalBytes: random.units(), quotaBytes: random.units(), freeBytes: random.units() },
          ...{ folder: random.text(), canReveal: random.chance(0.5) },
        },
      };
    case 'exports':
      return {
        topic,
        value: {
          jobs: random.list(2, () => ({
            id: random.below(100),
            request: {
              ...{ session: random.text(), content: { type: 'report' as const } },
              ...{ from: random.orNull(() => random.time()), to: null, markets: [random.text()] },
              ...{ everyMs: 1000, interval: '1m' as const, levels: 20, fileName: null },
            },
            status: random.of(['waiting', 'running', 'done', 'failed', 'cancelled'] as const),
            ...{ progress: 0.5, rows: random.units(), bytes: random.units() },
            ...{ startedTime: random.time(), endedTime: random.orNull(() => random.time()) },
            ...{ fileName: random.text(), problem: random.orNull(() => random.text()) },
            address: random.orNull(() => random.text()),
          })),
          folder: random.text(),
        },
      };
    case 'marks':
      return {
        topic,
        value: {
          session: random.orNull(() => random.text()),
          marks: random.list(3, () => ({
            ...{ id: random.text(), kind: random.of(markKinds), time: random.time() },
            toTime: random.orNull(() => random.time()),
            venue: random.orNull(() => random.of(venueIds)),
            ...{ market: random.orNull(() => random.text()), text: random.text() },
          })),
          dropped: random.below(9),
        },
      };
    case 'metrics':
      return { topic, value: randomMetrics(random) };
  }
}

function randomMetrics(random: Random): Extract<TopicUpdate, { topic: 'metrics' }>['value'] {
  const percentiles = () => ({
    count: random.below(100),
    p50Ms: random.orNull(() => random.real()),
    p99Ms: random.orNull(() => random.real()),
    maxMs: random.orNull(() => random.real()),
  });
  return {
    ...{ version: 1, source: 'live', startTime: random.time(), time: random.time() },
    ...{ roundTrip: percentiles(), lag: percentiles() },
    venues: random.list(2, () => ({ venue: random.of(venueIds), lag: percentiles() })),
    connections: random.list(2, () => ({
      ...{ connection: random.text(), venue: random.of(venueIds), status: 'live' as const },
      ...{ openedTime: random.orNull(() => random.time()), uptimeMs: random.real() },
      wantedMs: random.real(),
      ...{ messagesReceived: random.units(), messagesSent: random.units() },
      ...{ bytesReceived: random.units(), messagesPerSec: random.real() },
      ...{ bytesPerSec: random.real(), subscriptions: random.below(9) },
      queuedMessages: random.orNull(() => random.below(9)),
      ...{ reconnects: random.below(9), errors: random.below(9), roundTrip: percentiles() },
      decodeErrors: random.below(9),
      roundTripMeanMs: random.orNull(() => random.real()),
      clockOffsetMs: random.orNull(() => random.real()),
    })),
    streams: random.list(2, () => ({
      ...{ connection: random.text(), venue: random.of(venueIds) },
      instrument: instrumentId('okx', 'BTC-USDT'),
      ...{ channel: 'trade' as const, status: 'quiet' as const, uptimeMs: random.real() },
      interval: random.orNull(() => '1m' as const),
      ...{ messages: random.units(), messagesPerSec: random.real(), lag: percentiles() },
      gaps: { disconnect: 1, sequence: 2, stale: 3, overflow: 4, decode: 5, clock: 6 },
      ...{ gapMs: random.real(), gapsRepaired: random.below(9), resyncs: random.below(9) },
      decodeErrors: random.below(9),
    })),
  };
}
