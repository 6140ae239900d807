import type { TopicName } from '../../src/shared/bridge.ts';
import type {
  ConnectionHealth,
  FeedError,
  FeedHealth,
  GapRecord,
} from '../../src/shared/feedHealth.ts';
import { streamChannels } from '../../src/shared/feedHealth.ts';
import type { Incident } from '../../src/shared/incidents.ts';
import { incidentKinds, incidentOutcomes } from '../../src/shared/incidents.ts';
import type { LatencyReport } from '../../src/shared/latency.ts';
import { latencySpans, latencyStages } from '../../src/shared/latency.ts';
import { candleIntervals, instrumentId } from '../../src/shared/market.ts';
import type { ReplayState } from '../../src/shared/replay.ts';
import type { TopicUpdate } from '../../src/shared/topics.ts';
import type { BookPart, BookRow, HostStatus, PriceContributor } from '../../src/shared/values.ts';
import { venueIds } from '../../src/shared/venues.ts';
import { randomRecordedUpdate } from './randomRecorded.ts';

/** Same seed, same draws. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 0 inclusive to 1 exclusive. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  of<Value>(values: readonly Value[]): Value {
    const value = values[this.below(values.length)];
    if (value === undefined) throw new Error('nothing to draw from');
    return value;
  }

  orNull<Value>(draw: () => Value): Value | null {
    return this.chance(0.3) ? null : draw();
  }

  list<Value>(longest: number, draw: () => Value): Value[] {
    return Array.from({ length: this.below(longest + 1) }, draw);
  }

  /** Every magnitude of a safe integer, ends included. */
  units(): number {
    if (this.chance(0.1)) return this.of([0, 1, 127, 128, 2 ** 31 - 1, 2 ** 31, 2 ** 53 - 1]);
    return Math.floor(this.next() * 2 ** this.below(53));
  }

  real(): number {
    return (this.next() - 0.5) * 10 ** (this.below(20) - 6);
  }

  time(): number {
    return 1_700_000_000_000 + this.below(1e12) / 1000;
  }

  text(): string {
    return this.list(20, () => this.of([...'abcXYZ019-:_"{}', 'é', '币', '🚀', '\u0000'])).join('');
  }
}

const markets = ['BTC-USDT', 'ETH-USDT-PERP', '币安人生-USDT'];

export function randomUpdate(topic: TopicName, random: Random): TopicUpdate {
  const market = random.of(markets);
  const venue = random.of(venueIds);
  switch (topic) {
    case 'recordings':
    case 'exports':
    case 'marks':
    case 'metrics':
      return randomRecordedUpdate(topic, random);
    case 'price':
      return {
        topic,
        value: {
          market,
          price: random.orNull(() => random.real()),
          priceDecimals: random.below(13),
          status: random.of(['live', 'degraded', 'single', 'disputed', 'stale', 'none'] as const),
          receivedTime: random.orNull(() => random.time()),
          contributors: random.list(3, () => randomContributor(market, random)),
          equalWeights: random.chance(0.5),
          venueSpreadBps: random.orNull(() => random.real()),
          change24hAbs: random.orNull(() => random.real()),
          change24hPct: random.orNull(() => random.real()),
          high24h: random.orNull(() => random.real()),
          low24h: random.orNull(() => random.real()),
          volume24hBase: random.orNull(() => random.real()),
          volume24hQuote: random.orNull(() => random.real()),
          statsVenues: random.list(3, () => random.of(venueIds)),
        },
      };
    case 'quote':
      return {
        topic,
        value: {
          instrument: instrumentId(venue, market),
          bidUnits: random.orNull(() => random.units()),
          bidSizeUnits: random.units(),
          askUnits: random.orNull(() => random.units()),
          askSizeUnits: random.units(),
          priceDecimals: random.below(13),
          sizeDecimals: random.below(13),
          receivedTime: random.time(),
          status: random.of(['live', 'quiet', 'stale', 'failed'] as const),
        },
      };
    case 'ticker':
      return {
        topic,
        value: {
          instrument: instrumentId(venue, market),
          last: random.orNull(() => random.real()),
          open24h: random.orNull(() => random.real()),
          high24h: random.orNull(() => random.real()),
          low24h: random.orNull(() => random.real()),
          volume24hBase: random.orNull(() => random.real()),
          volume24hQuote: random.orNull(() => random.real()),
          receivedTime: random.time(),
          status: random.of(['subscribing', 'resyncing', 'live'] as const),
        },
      };
    case 'trades':
      if (random.chance(0.2)) {
        return { topic, value: { type: 'tradesDropped', market, count: random.units() } };
      }
      return {
        topic,
        value: {
          type: 'trade',
          ordinal: random.units(),
          instrument: instrumentId(venue, market),
          id: random.text(),
          side: random.of(['buy', 'sell'] as const),
          priceUnits: random.units(),
          priceDecimals: random.below(13),
          sizeUnits: random.units(),
          sizeDecimals: random.below(13),
          venueTime: random.time(),
          receivedTime: random.time(),
          late: random.chance(0.5),
          outlier: random.chance(0.5),
        },
      };
    case 'book': {
      const parts = random.list(3, () => randomPart(market, random));
      return {
        topic,
        value: {
          market,
          venue: random.orNull(() => venue),
          priceDecimals: random.below(13),
          sizeDecimals: random.below(13),
          groupUnits: random.units(),
          parts,
          bids: random.list(200, () => randomRow(parts.length, random)),
          asks: random.list(200, () => randomRow(parts.length, random)),
          crossedUnits: random.orNull(() => random.units()),
        },
      };
    }
    case 'candle':
      return {
        topic,
        value: {
          market,
          venue: random.orNull(() => venue),
          interval: random.of(candleIntervals),
          candle: {
            openTime: random.time(),
            open: random.real(),
            high: random.real(),
            low: random.real(),
            close: random.real(),
            volume: random.real(),
            quoteVolume: random.real(),
            trades: random.units(),
            closed: random.chance(0.5),
            origin: random.of(['venue', 'trades', 'consolidated'] as const),
            ...(random.chance(0.5) ? { outlier: true } : {}),
          },
        },
      };
    case 'gaps':
      return { topic, value: randomGap(random) };
    case 'health':
      return { topic, value: randomHealth(random) };
    case 'status':
      return { topic, value: randomStatus(random) };
    case 'incidents':
      return { topic, value: randomIncident(random) };
    case 'latency':
      return { topic, value: randomLatency(random) };
    case 'links':
      return {
        topic,
        value: {
          group: random.of([1, 2, 3, 4] as const),
          market,
          interval: random.of(candleIntervals),
        },
      };
  }
}

function randomContributor(market: string, random: Random): PriceContributor {
  const venue = random.of(venueIds);
  return {
    venue,
    instrument: instrumentId(venue, market),
    price: random.orNull(() => random.real()),
    priceDecimals: random.below(13),
    bid: random.orNull(() => random.real()),
    ask: random.orNull(() => random.real()),
    lastTrade: random.orNull(() => random.real()),
    weight: random.next(),
    exclusion: random.orNull(() => random.of(['no-top', 'outlier', 'muted'] as const)),
    status: random.of(['live', 'stale'] as const),
    receivedTime: random.orNull(() => random.time()),
    volume24hQuote: random.orNull(() => random.real()),
  };
}

function randomPart(market: string, random: Random): BookPart {
  const venue = random.of(venueIds);
  return {
    venue,
    instrument: instrumentId(venue, market),
    status: random.of(['empty', 'buffering', 'live', 'gap', 'resyncing'] as const),
    streamStatus: random.of(['live', 'stale'] as const),
    sequence: random.chance(0.1) ? -1 : random.units(),
    receivedTime: random.orNull(() => random.time()),
    counted: random.chance(0.5),
    bestBidUnits: random.orNull(() => random.units()),
    bestAskUnits: random.orNull(() => random.units()),
    note: random.orNull(() => random.text()),
  };
}

function randomRow(parts: number, random: Random): BookRow {
  const sizeUnits = Array.from({ length: parts }, () => (random.chance(0.3) ? 0 : random.units()));
  const changedTime = sizeUnits.map((size) => (size === 0 ? 0 : random.time()));
  return { priceUnits: random.units(), sizeUnits, changedTime };
}

function randomGap(random: Random): GapRecord {
  const venue = random.of(venueIds);
  return {
    id: random.units(),
    venue,
    instrument: instrumentId(venue, random.of(markets)),
    channel: random.of(streamChannels),
    cause: random.of(['disconnect', 'sequence', 'stale', 'overflow', 'decode', 'clock'] as const),
    from: random.time(),
    to: random.orNull(() => random.time()),
    firstId: random.orNull(() => random.text()),
    lastId: random.orNull(() => random.text()),
    missing: random.orNull(() => random.units()),
    repairedBy: random.of([null, 'rest', 'snapshot'] as const),
  };
}

function randomHealth(random: Random): FeedHealth {
  return {
    time: random.time(),
    connections: random.list(4, () => randomConnection(random)),
    streams: random.list(300, () => ({
      connection: 'binance#1',
      venue: random.of(venueIds),
      instrument: instrumentId('binance', random.of(markets)),
      channel: random.of(streamChannels),
      topic: random.text(),
      status: random.of(['live', 'stale'] as const),
      since: random.time(),
      messagesPerSec: random.next() * 100,
      messages: random.units(),
      lastReceivedTime: random.orNull(() => random.time()),
      silenceLimitMs: random.below(10_000),
      lagP50Ms: random.orNull(() => random.real()),
      lagP99Ms: random.orNull(() => random.real()),
      gaps: random.below(10),
      resyncs: random.below(10),
      decodeErrors: random.below(10),
      crossed: random.below(10),
      mismatches: random.below(10),
      oddTimes: random.below(10),
      next: random.orNull(() => ({
        action: random.of(['connect', 'probe', 'replaceSocket'] as const),
        time: random.orNull(() => random.time()),
      })),
      note: random.orNull(() => random.text()),
    })),
    errors: random.list(5, () => randomError(random)),
    apiChanges: random.list(3, () => ({
      venue: random.of(venueIds),
      message: random.text(),
      field: random.text(),
      change: random.of(['unknown', 'missing'] as const),
      count: random.units(),
      firstTime: random.time(),
      lastTime: random.time(),
    })),
    messagesPerSec: random.below(50_000),
    gapsTotal: random.below(100),
    gapsRepaired: random.below(100),
    resyncsTotal: random.below(100),
    reconnectsTotal: random.below(100),
    decodeErrorsTotal: random.below(100),
    sizes: {
      bookLevels: random.below(100_000),
      heldUpdates: random.below(1_000),
      trades: random.below(10_000),
      gaps: random.below(2_000),
      incidents: random.below(1_000),
      requests: random.below(100),
    },
  };
}

function randomError(random: Random): FeedError {
  return {
    time: random.time(),
    type: random.of(['connection', 'server', 'parse', 'subscription', 'rate-limit'] as const),
    venue: random.of(venueIds),
    code: random.text(),
    detail: random.text(),
    message: random.text(),
  };
}

function randomConnection(random: Random): ConnectionHealth {
  return {
    connection: random.text(),
    venue: random.of(venueIds),
    status: random.of(['connecting', 'subscribing', 'live', 'reconnecting', 'closed'] as const),
    reason: random.of([null, 'backoff', 'rate-limited', 'banned', 'refused', 'paused'] as const),
    since: random.time(),
    openedTime: random.orNull(() => random.time()),
    nextAttemptTime: random.orNull(() => random.time()),
    attempt: random.below(50),
    roundTripMs: random.orNull(() => random.real()),
    clockOffsetMs: random.orNull(() => random.real()),
    clockErrorMs: random.orNull(() => random.real()),
    circuit: random.of(['closed', 'open', 'half-open'] as const),
    messagesPerSec: random.next() * 1000,
    bytesPerSec: random.next() * 1e6,
    messages: random.units(),
    bytes: random.units(),
    sent: random.units(),
    decodeErrors: random.below(100),
    gaps: random.below(100),
    resyncs: random.below(100),
    reconnects: random.below(100),
    lastReceivedTime: random.orNull(() => random.time()),
    lastError: random.orNull(() => randomError(random)),
    budgets: random.list(4, () => ({
      name: random.text(),
      used: random.below(100),
      limit: random.below(6000),
      windowMs: random.below(300_000),
    })),
  };
}

function randomStatus(random: Random): HostStatus {
  return {
    source: random.of(['live', 'simulated', 'replay:a.ndjson'] as const),
    sourceReason: random.of(['live', 'chosen', 'probing', 'fallback', 'replay'] as const),
    decisionTime: random.orNull(() => random.time()),
    liveReachable: random.chance(0.5),
    version: random.text(),
    startedTime: random.time(),
    watchedSince: random.time(),
    queuedMessages: random.below(1000),
    venuesLive: random.below(4),
    venuesTotal: 3,
    symbolsLive: random.below(10),
    symbolsTotal: 10,
    messagesPerSec: random.below(10_000),
    loop: random.orNull(() => ({
      p99Ms: random.real(),
      maxMs: random.real(),
      blockedTime: random.orNull(() => random.time()),
      blockedMs: random.orNull(() => random.real()),
    })),
    recording: {
      status: random.of(['recording', 'failing', 'paused', 'stopped', 'off'] as const),
      session: random.orNull(() => random.text()),
      since: random.orNull(() => random.time()),
      bytes: random.units(),
      bytesPerSec: random.real(),
      totalBytes: random.units(),
      quotaBytes: random.units(),
      lostInputs: random.units(),
      problem: random.orNull(() => random.text()),
    },
    replay: random.orNull(() => randomReplay(random)),
    notices: random.list(3, () => ({ id: random.text(), text: random.text() })),
  };
}

function randomReplay(random: Random): ReplayState {
  const range = () => ({ from: random.time(), to: random.time() });
  return {
    ...{ session: random.text(), name: random.text(), recordedSource: 'imported' },
    ...{ time: random.time(), startTime: random.time(), endTime: random.time() },
    ...{ isPlaying: random.chance(0.5), isSeeking: random.chance(0.5) },
    ...{ isFinished: random.chance(0.5), speed: random.orNull(() => random.real()) },
    ...{ loop: random.orNull(range), inputs: random.units() },
    check: random.orNull(() => ({
      ...{ time: random.time(), inputs: random.units(), hash: random.text() },
      isEqual: random.chance(0.5),
    })),
    problem: random.orNull(() => random.text()),
  };
}

function randomIncident(random: Random): Incident {
  return {
    id: random.units(),
    venue: random.orNull(() => random.of(venueIds)),
    kind: random.of(incidentKinds),
    instrument: random.orNull(() => instrumentId('okx', random.of(markets))),
    channel: random.orNull(() => random.of(streamChannels)),
    connection: random.orNull(() => random.text()),
    from: random.time(),
    to: random.orNull(() => random.time()),
    durationMs: random.orNull(() => random.real()),
    cause: random.text(),
    attempts: random.below(100),
    cost: {
      streams: random.below(100),
      missingTrades: random.orNull(() => random.units()),
      repairedTrades: random.units(),
      outOfPriceMs: random.real(),
    },
    outcome: random.of(incidentOutcomes),
  };
}

function randomLatency(random: Random): LatencyReport {
  const figures = () => ({
    count: random.units(),
    meanMs: random.orNull(() => random.real()),
    p50Ms: random.orNull(() => random.real()),
    p99Ms: random.orNull(() => random.real()),
    maxMs: random.orNull(() => random.real()),
    shape: random.list(16, () => random.next()),
  });
  return {
    time: random.time(),
    span: random.of(latencySpans),
    venues: random.list(4, () => ({
      venue: random.orNull(() => random.of(venueIds)),
      stages: latencyStages.map((stage) => ({
        stage,
        estimated: random.chance(0.5),
        ...figures(),
      })),
      receivedToPainted: figures(),
      eventToPainted: figures(),
      clockOffsetMs: random.orNull(() => random.real()),
      clockErrorMs: random.orNull(() => random.real()),
      messagesPerSec: random.real(),
    })),
    trend: random.list(180, () => ({
      time: random.time(),
      p50Ms: random.orNull(() => random.real()),
      p99Ms: random.orNull(() => random.real()),
    })),
    limitP99Ms: random.real(),
  };
}
