import { expect, test } from 'vitest';
import { watchForMarks } from '../../../../src/main/engine/recording/markMaker.ts';
import { SessionTimeline } from '../../../../src/main/engine/recording/sessionTimeline.ts';
import type { FeedHealth, GapRecord } from '../../../../src/shared/feedHealth.ts';
import type { Incident } from '../../../../src/shared/incidents.ts';
import type { MarketId } from '../../../../src/shared/market.ts';
import { defaultMarkets, instrumentId } from '../../../../src/shared/market.ts';
import type { PriceValue } from '../../../../src/shared/values.ts';
import type { VenueId } from '../../../../src/shared/venues.ts';
import { EngineOnLinks } from '../../../support/engineOnLinks.ts';
import { FakeCore } from '../../../support/fakeCore.ts';
import { MemoryFiles } from '../../../support/memoryFiles.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';
import { createClockPort } from '../../../support/virtualClockPort.ts';

const startTime = 1_790_000_000_000;

/** Plausible values but for the price of one market. */
class PricedCore extends FakeCore {
  price = 100;
  change: (value: PriceValue) => PriceValue = (value) => value;

  override priceOf(market: MarketId): PriceValue {
    const value = super.priceOf(market);
    if (market !== 'BTC-USDT') return value;
    const contributors = value.contributors.map((each) => ({ ...each, price: this.price }));
    return this.change({ ...value, price: this.price, contributors });
  }
}

async function watch() {
  const clock = new VirtualClock();
  const port = createClockPort(clock, startTime);
  const core = new PricedCore(() => port.wallMs());
  const timeline = await SessionTimeline.open(new MemoryFiles(), '/sessions/one');
  const stop = watchForMarks(core, timeline, port);
  const marks = () =>
    timeline.marks().map(({ id, time, toTime, ...rest }) => ({
      ...rest,
      from: time - startTime,
      to: toTime === null ? null : toTime - startTime,
      id,
    }));
  return { clock, core, timeline, stop, marks };
}

function gap(changes: Partial<GapRecord> = {}): GapRecord {
  return {
    ...{ id: 1, venue: 'okx', instrument: instrumentId('okx', 'BTC-USDT'), channel: 'trade' },
    ...{ cause: 'sequence', from: startTime, to: startTime + 200, firstId: '4', lastId: '6' },
    ...{ missing: 3, repairedBy: null },
    ...changes,
  };
}

function incident(changes: Partial<Incident> = {}): Incident {
  return {
    ...{ id: 1, venue: 'bybit', kind: 'disconnected', instrument: null, channel: null },
    ...{ connection: 'bybit#1', from: startTime, to: null, durationMs: null },
    ...{ cause: 'close code 1006', attempts: 0, outcome: 'running' },
    cost: { streams: 0, missingTrades: null, repairedTrades: 0, outOfPriceMs: 0 },
    ...changes,
  };
}

test('a gap that is repaired within ten seconds is no mark, one that is not is one', async () => {
  const { clock, core, marks, stop } = await watch();
  core.gap(gap());
  core.gap(gap({ id: 2, venue: 'binance', from: startTime + 50 }));
  clock.advance(8_000);
  core.gap(gap({ id: 2, venue: 'binance', from: startTime + 50, repairedBy: 'rest' }));
  expect(marks()).toEqual([]);
  clock.advance(8_000);
  expect(marks()).toEqual([
    {
      ...{ id: 'm1', kind: 'gap', from: 0, to: 200, venue: 'okx', market: 'BTC-USDT' },
      text: 'Sequence gap in trades, 3 trades missing',
    },
  ]);
  core.gap(gap({ repairedBy: 'rest' }));
  clock.advance(1_000);
  expect(marks().map(({ text }) => text)).toEqual(['Sequence gap in trades, repaired late']);
  stop();
});

test('thirty streams that fall together are one mark and one time without data', async () => {
  const { clock, core, marks, timeline, stop } = await watch();
  for (let id = 1; id <= 30; id += 1) {
    const market = defaultMarkets[id % 10] ?? '';
    const channel = (['trade', 'book', 'bbo'] as const)[id % 3] ?? 'trade';
    const instrument = instrumentId('okx', market);
    core.gap(
      gap({
        id,
        instrument,
        channel,
        cause: 'stale',
        from: startTime - id,
        to: null,
        missing: null,
      }),
    );
  }
  clock.advance(20_000);
  expect(marks()).toEqual([
    {
      ...{ id: 'm1', kind: 'gap', from: -1, to: null, venue: 'okx', market: null },
      text: 'Silence, 30 streams',
    },
  ]);
  for (let id = 1; id <= 30; id += 1) {
    core.gap(gap({ id, cause: 'stale', to: startTime + 20_000, missing: null }));
  }
  clock.advance(2_000);
  expect(marks()).toMatchObject([{ from: -1, to: 20_000 }]);
  const range = { startTime, endTime: startTime + 60_000 };
  expect(timeline.timeline('BTC-USDT', 10, range).gaps).toEqual([
    { venue: 'okx', from: startTime, to: startTime + 20_000 },
  ]);
  stop();
});

test('an incident is one mark that ends with it', async () => {
  const { clock, core, marks, stop } = await watch();
  core.incident(incident());
  clock.advance(1_000);
  expect(marks()).toEqual([
    {
      ...{ id: 'm1', kind: 'disconnect', from: 0, to: null, venue: 'bybit', market: null },
      text: 'Disconnected: close code 1006',
    },
  ]);
  core.incident(incident({ kind: 'banned', cause: 'HTTP 418' }));
  clock.advance(1_000);
  core.incident(incident({ kind: 'banned', cause: 'HTTP 418', to: startTime + 4_000 }));
  clock.advance(10_000);
  core.incident(incident({ id: 2, from: startTime + 12_000, to: startTime + 13_000 }));
  clock.advance(1_000);
  expect(marks()).toMatchObject([
    { id: 'm1', to: 4_000, text: 'Banned: HTTP 418' },
    { id: 'm2', from: 12_000, to: 13_000 },
  ]);
  stop();
});

type Status = FeedHealth['connections'][number]['status'];

/** One venue's sockets as they are from `sinceMs` on. */
function setSockets(core: FakeCore, venue: VenueId, status: Status, sinceMs: number): void {
  core.healthChange = (health) => ({
    ...health,
    connections: health.connections.map((each) =>
      each.venue === venue
        ? { ...each, status, since: startTime + sinceMs, lastReceivedTime: startTime + sinceMs }
        : each,
    ),
  });
}

test('the time without data ends when the sockets are back, not with the last word of each stream', async () => {
  const { clock, core, marks, timeline, stop } = await watch();
  const gaps = () =>
    timeline
      .timeline('BTC-USDT', 10, { startTime, endTime: startTime + 60_000 })
      .gaps.map(({ venue, from, to }) => [venue, from - startTime, to - startTime]);
  clock.advance(4_000);
  setSockets(core, 'bybit', 'reconnecting', 4_000);
  core.incident(incident({ from: startTime + 4_000 }));
  clock.advance(1_000);
  expect(gaps()).toEqual([['bybit', 4_000, 60_000]]);
  setSockets(core, 'bybit', 'live', 5_300);
  clock.advance(2_000);
  expect(gaps()).toEqual([['bybit', 4_000, 5_300]]);
  expect(marks()).toMatchObject([{ to: null }]);
  // In the same trouble it falls again.
  setSockets(core, 'bybit', 'connecting', 8_500);
  clock.advance(3_000);
  expect(gaps()).toEqual([
    ['bybit', 4_000, 5_300],
    ['bybit', 8_500, 60_000],
  ]);
  setSockets(core, 'bybit', 'live', 11_200);
  clock.advance(3_000);
  // Stopped before the trouble has ended.
  stop();
  expect(gaps()).toEqual([
    ['bybit', 4_000, 5_300],
    ['bybit', 8_500, 11_200],
  ]);
  expect(marks()).toMatchObject([{ kind: 'disconnect', from: 4_000, to: 11_200 }]);
});

test('a connection that is still lost when the recording stops has no end', async () => {
  const { clock, core, marks, timeline, stop } = await watch();
  setSockets(core, 'bybit', 'reconnecting', 0);
  core.incident(incident());
  clock.advance(6_000);
  stop();
  const range = { startTime, endTime: startTime + 6_000 };
  expect(timeline.timeline('BTC-USDT', 10, range).gaps).toEqual([
    { venue: 'bybit', from: startTime, to: startTime + 6_000 },
  ]);
  expect(marks()).toMatchObject([{ to: null }]);
});

test('what a lost connection left is another mark only when it is not repaired after it', async () => {
  const { clock, core, marks, stop } = await watch();
  const lost = { cause: 'disconnect', venue: 'bybit', missing: null, to: null } as const;
  core.incident(incident());
  for (const id of [1, 2]) core.gap(gap({ ...lost, id }));
  clock.advance(60_000);
  core.incident(incident({ to: startTime + 60_000 }));
  for (const id of [1, 2]) core.gap(gap({ ...lost, id, to: startTime + 60_000 }));
  clock.advance(5_000);
  core.gap(gap({ ...lost, id: 1, to: startTime + 60_000, repairedBy: 'rest' }));
  expect(marks()).toMatchObject([{ kind: 'disconnect', to: 60_000 }]);
  clock.advance(6_000);
  expect(marks()).toMatchObject([
    { kind: 'disconnect' },
    { kind: 'gap', from: 0, to: 60_000, text: 'Connection lost in trades' },
  ]);
  // One that nobody has told the loss of.
  core.gap(gap({ ...lost, id: 3, venue: 'okx' }));
  clock.advance(11_000);
  expect(marks()).toMatchObject([{}, {}, { venue: 'okx', to: null }]);
  stop();
});

test('books that resync together are one mark; a late price or an outlier is none', async () => {
  const { clock, core, marks, stop } = await watch();
  for (let id = 1; id <= 4; id += 1) {
    const instrument = instrumentId('bybit', defaultMarkets[id] ?? '');
    const cause = 'sequence 9 after 6';
    core.incident(incident({ id, kind: 'resync', instrument, cause, to: startTime + 100 * id }));
  }
  core.incident(incident({ id: 8, kind: 'outlier' }));
  core.incident(incident({ id: 9, kind: 'rateLimited', connection: null }));
  clock.advance(2_000);
  expect(marks()).toEqual([
    {
      ...{ id: 'm1', kind: 'resync', from: 0, to: 400, venue: 'bybit', market: null },
      text: '4 books resync: sequence 9 after 6',
    },
  ]);
  stop();
});

test('a venue that falls again and again for hours does not fill the list', async () => {
  const { clock, core, marks, stop } = await watch();
  let id = 0;
  for (let time = 0; time < 6 * 3_600_000; time += 75_000) {
    const from = startTime + time;
    id += 1;
    core.incident(incident({ id, from }));
    core.gap(gap({ id, from, to: null, cause: 'disconnect', missing: null }));
    clock.advance(2_000);
    core.incident(incident({ id, from, to: from + 2_000 }));
    core.gap(gap({ id, from, to: from + 2_000, cause: 'disconnect', missing: null }));
    core.incident(incident({ id: id + 100_000, kind: 'resync', from, to: from + 2_500 }));
    clock.advance(73_000);
  }
  // Instead of nine hundred.
  expect(marks().length).toBeLessThan(40);
  expect(new Set(marks().map(({ kind }) => kind))).toEqual(
    new Set(['disconnect', 'gap', 'resync']),
  );
  stop();
});

test('a move of a price is one mark from its beginning to its end, and the way back another', async () => {
  const { clock, core, marks, stop } = await watch();
  const go = (price: number, seconds: number) => {
    core.price = price;
    clock.advance(seconds * 1_000);
  };
  go(100, 90);
  for (let second = 1; second <= 40; second += 1) go(100 - second * 0.02, 1);
  go(99.2, 70);
  const down = { kind: 'largeMove', venue: null, market: 'BTC-USDT', id: 'm1' };
  expect(marks()).toEqual([
    { ...down, from: 90_000, to: 130_000, text: 'BTC-USDT \u22120.80% in 40 s' },
  ]);
  for (let second = 1; second <= 20; second += 1) go(99.2 + second * 0.03, 1);
  go(99.8, 70);
  expect(marks().map(({ text }) => text)).toEqual([
    'BTC-USDT \u22120.80% in 40 s',
    'BTC-USDT +0.60% in 20 s',
  ]);
  stop();
});

test('a market that always moves so far has no large move until it moves farther', async () => {
  const { clock, core, marks, stop } = await watch();
  for (let minute = 0; minute < 40; minute += 1) {
    core.price = minute % 2 === 0 ? 100 : 100.3;
    clock.advance(60_000);
  }
  core.price = 101.5;
  clock.advance(60_000);
  expect(marks()).toEqual([]);
  core.price = 104;
  clock.advance(60_000);
  expect(marks()).toHaveLength(1);
  stop();
});

const noMoves: readonly (readonly [string, (core: PricedCore, clock: VirtualClock) => void])[] = [
  [
    'while no venue is fresh',
    (core, clock) => {
      core.change = (value) => ({ ...value, status: 'stale' });
      core.price = 110;
      clock.advance(30_000);
    },
  ],
  [
    'over a time without a price',
    (core, clock) => {
      core.change = (value) => ({ ...value, status: 'stale', price: null });
      clock.advance(3_000);
      core.change = (value) => value;
      core.price = 110;
      clock.advance(30_000);
    },
  ],
  [
    'when two venues do not agree',
    (core, clock) => {
      core.price = 101;
      core.change = (value) => ({ ...value, status: 'disputed', price: null });
      clock.advance(30_000);
    },
  ],
  [
    'because a venue that stood apart is left out',
    (core, clock) => {
      core.change = (value) => {
        const apart = value.contributors.map((each, index) =>
          index === 0 ? { ...each, price: 101.8 } : each,
        );
        return { ...value, price: 100.6, contributors: apart };
      };
      clock.advance(70_000);
      core.change = (value) => ({
        ...value,
        price: 100,
        contributors: value.contributors.map((each, index) =>
          index === 0 ? { ...each, price: 101.8, exclusion: 'outlier' } : each,
        ),
      });
      clock.advance(30_000);
    },
  ],
  [
    'after the machine slept',
    (core, clock) => {
      clock.stall(45_000);
      core.price = 102;
      clock.advance(30_000);
    },
  ],
];

test.each(noMoves)('no large move is seen %s', async (title, happen) => {
  const { clock, core, marks, stop } = await watch();
  if (title.startsWith('because')) {
    // The venue stands apart from the start.
    happen(core, clock);
  } else {
    clock.advance(70_000);
    happen(core, clock);
  }
  expect(marks()).toEqual([]);
  stop();
});

test('a short session has a course too: it is sampled each second for ten minutes, then every five', async () => {
  const { clock, core, timeline, stop } = await watch();
  core.step(['BTC-USDT']);
  const countIn = (fromSecond: number, seconds: number): number => {
    const range = { startTime: startTime + fromSecond * 1_000 + 1, endTime: 0 };
    range.endTime = range.startTime + seconds * 1_000 - 2;
    const { buckets } = timeline.timeline('BTC-USDT', seconds * 10, range);
    return new Set(buckets.map(({ price }) => price)).size;
  };
  for (let second = 0; second < 700; second += 1) {
    core.price = 1_000 + second;
    clock.advance(1_000);
  }
  stop();
  expect(countIn(100, 20)).toBe(20);
  expect(countIn(640, 20)).toBeLessThanOrEqual(5);
});

test('inputs that come late leave no hole in the timeline', async () => {
  const { clock, core, timeline, stop } = await watch();
  const times = [1_000, 1_950, 2_700, 4_000, 5_000, 5_400, 7_000].map((ms) => startTime + ms);
  for (const time of times) {
    core.step(['BTC-USDT']);
    Object.defineProperty(core, 'time', { configurable: true, value: time });
    clock.advance(1_000);
  }
  stop();
  const { buckets } = timeline.timeline('BTC-USDT', 700, {
    startTime,
    endTime: startTime + 7_000,
  });
  expect(buckets.findIndex(({ messages }) => messages === null)).toBe(-1);
});

test('a recording is sampled, with prices that are valid and nothing while it rests', async () => {
  const clock = new VirtualClock();
  const port = createClockPort(clock, startTime);
  const core = new PricedCore(() => port.wallMs());
  const timeline = await SessionTimeline.open(new MemoryFiles(), '/sessions/one');
  let isRecording = true;
  const stop = watchForMarks(core, timeline, port, { isRecording: () => isRecording });
  for (let second = 0; second < 60; second += 1) {
    isRecording = second < 20 || second >= 40;
    core.price = 100 + second;
    if (second === 44) core.change = (value) => ({ ...value, status: 'stale' });
    for (let step = 0; step < 10; step += 1) core.step(['BTC-USDT']);
    clock.advance(1_000);
  }
  stop();
  const range = { startTime, endTime: startTime + 60_000 };
  const { buckets } = timeline.timeline('BTC-USDT', 6, range);
  // Three connections count each message of the invented core.
  expect(buckets.map(({ messages }) => (messages === null ? null : messages > 250))).toEqual([
    ...[true, true, null, null, true, true],
  ]);
  expect(buckets.map(({ price }) => price)).toEqual([109, 119, null, null, null, null]);
});

test('a healthy quarter of an hour of three venues has no mark', async () => {
  const engine = new EngineOnLinks({ seed: 5, messagesPerSec: 30 });
  const timeline = await SessionTimeline.open(new MemoryFiles(), '/sessions/one');
  engine.want(['BTC-USDT', 'ETH-USDT']);
  const stop = watchForMarks(engine.view, timeline, engine.links.clockPort);
  engine.run(900_000);
  stop();
  engine.close();
  expect(timeline.marks()).toEqual([]);
  const range = { startTime: startTime + 10_000, endTime: startTime + 890_000 };
  const { buckets, gaps } = timeline.timeline('BTC-USDT', 40, range);
  expect(gaps).toEqual([]);
  expect(buckets.every(({ messages, price }) => messages !== null && price !== null)).toBe(true);
});

test('faults of a whole engine are the marks that a person would make', async () => {
  const engine = new EngineOnLinks({ seed: 3, messagesPerSec: 100 });
  const timeline = await SessionTimeline.open(new MemoryFiles(), '/sessions/one');
  engine.want(['BTC-USDT', 'ETH-USDT']);
  const stop = watchForMarks(engine.view, timeline, engine.links.clockPort);
  engine.run(8_000);
  engine.control({ type: 'dropDiff', venue: 'okx', market: 'BTC-USDT', count: 2 });
  engine.run(9_000);
  engine.control({ type: 'close', venue: 'bybit', code: 1006 });
  engine.run(30_000);
  stop();
  engine.close();
  const seen = timeline.marks().map(({ kind, venue, market }) => `${kind} ${venue} ${market}`);
  expect(seen).toEqual(['resync okx BTC-USDT', 'disconnect bybit null']);
  expect(timeline.marks().every(({ toTime, time }) => toTime !== null && toTime >= time)).toBe(
    true,
  );
});
