import { expect, test } from 'vitest';
import type { BookEvent, Venue } from '../../src/main/engine/venues/venue.ts';
import type { StreamHealth } from '../../src/shared/feedHealth.ts';
import type { BookPart } from '../../src/shared/values.ts';
import type { VenueId } from '../../src/shared/venues.ts';
import { venueIds } from '../../src/shared/venues.ts';
import { EngineOnLinks } from '../support/engineOnLinks.ts';
import { bookDifference } from '../support/oracleChecks.ts';

const market = 'BTC-USDT';

function start(venues: readonly VenueId[], messagesPerSec = 60): EngineOnLinks {
  const engine = new EngineOnLinks({ venues, messagesPerSec });
  engine.want([market]);
  engine.run(4_000);
  for (const venue of venues) expect(partOf(engine, venue)?.status).toBe('live');
  return engine;
}

function partOf(engine: EngineOnLinks, venue: VenueId): BookPart | undefined {
  const request = { market, venue, group: '0', rows: 1, muted: [] };
  return engine.view.bookView(request).parts[0];
}

function healthOf(engine: EngineOnLinks, venue: VenueId): StreamHealth | undefined {
  const { streams } = engine.view.health();
  return streams.find((each) => each.venue === venue && each.channel === 'book');
}

/** What the engine has asked for to get a book back, since an effect. */
function attemptsSince(engine: EngineOnLinks, from: number): number {
  return engine.effects.slice(from).filter((effect) => {
    if (effect.type === 'fetch') return /depth|books/.test(effect.request.path);
    return effect.type === 'send' && /unsubscribe.*book/i.test(effect.text);
  }).length;
}

test.each(venueIds)(
  '[D01] a lost diff of %s takes its venue out of the price in the same call, and is repaired once',
  (venue) => {
    let engine: EngineOnLinks | null = null;
    const wrong: string[] = [];
    const check = (): void => {
      if (engine === null || partOf(engine, venue)?.status === 'live') return;
      const [own] = engine.view.priceOf(market).contributors;
      if (own?.exclusion === null) wrong.push(own.status);
    };
    const running = new EngineOnLinks({ venues: [venue], messagesPerSec: 60, onHandled: check });
    running.want([market]);
    running.run(4_000);
    engine = running;
    const from = running.effects.length;
    running.control({ type: 'slowAnswer', venue, delayMs: 700, durationMs: 60_000, path: 'depth' });
    running.control({ type: 'dropDiff', venue, market, count: 1 });
    running.run(5_000);
    expect([partOf(running, venue)?.status, healthOf(running, venue)?.gaps]).toEqual(['live', 1]);
    expect([wrong, attemptsSince(running, from)]).toEqual([[], 1]);
    expect(bookDifference(running.view, running.simulator, venue, market)).toBeNull();
    running.close();
  },
);

test('[D03] snapshots that lag behind the stream are asked for again at a bearable pace', () => {
  const engine = new EngineOnLinks({ venues: ['binance'], messagesPerSec: 60 });
  engine.run(1_000);
  engine.control({ type: 'staleSnapshot', venue: 'binance', durationMs: 8_000 });
  engine.run(2_000);
  engine.want([market]);
  engine.run(5_000);
  expect(partOf(engine, 'binance')?.status).toBe('buffering');
  engine.run(12_000);
  expect(partOf(engine, 'binance')?.status).toBe('live');
  expect(attemptsSince(engine, 0)).toBeLessThan(12);
  expect(bookDifference(engine.view, engine.simulator, 'binance', market)).toBeNull();
  engine.close();
});

test('[D05] snapshots that fail for ten minutes: the book stays marked, is asked for, and comes back', () => {
  const engine = start(['binance'], 20);
  const from = engine.effects.length;
  const path = '/depth';
  const refusal = { type: 'refuse', venue: 'binance', what: 'request', path, status: 500 } as const;
  engine.control({ ...refusal, durationMs: 600_000 });
  engine.control({ type: 'dropDiff', venue: 'binance', market, count: 1 });
  engine.run(2_000);
  const counted = new Set<boolean | undefined>();
  engine.run(595_000, () => counted.add(partOf(engine, 'binance')?.counted), 50);
  expect([...counted]).toEqual([false]);
  const attempts = attemptsSince(engine, from);
  expect(attempts).toBeGreaterThan(10);
  // Each is tried three times by the request queue itself.
  expect(attempts).toBeLessThan(200);
  engine.run(75_000, undefined, 50);
  expect(partOf(engine, 'binance')?.status).toBe('live');
  engine.close();
});

test.each(venueIds)(
  '[D06] lost removals never leave a crossed book of %s counted, and each is told',
  (venue) => {
    const engine = start([venue], 120);
    engine.control({ type: 'loseDeletes', venue, market, probability: 0.5, durationMs: 10_000 });
    let crossed = 0;
    engine.run(12_000, () => {
      const part = partOf(engine, venue);
      const isCrossed =
        (part?.bestBidUnits ?? 0) > (part?.bestAskUnits ?? Number.POSITIVE_INFINITY);
      if (part?.counted === true && isCrossed) crossed += 1;
    });
    const health = healthOf(engine, venue);
    expect(crossed).toBe(0);
    expect((health?.crossed ?? 0) + (health?.mismatches ?? 0)).toBeGreaterThan(0);
    engine.run(10_000);
    expect(partOf(engine, venue)?.status).toBe('live');
    const causes = engine.view.incidents().filter(({ kind }) => kind === 'resync');
    expect(causes.every(({ to }) => to !== null)).toBe(true);
    expect(causes.some(({ cause }) => /crossed|mismatch/.test(cause))).toBe(true);
    engine.close();
  },
);

test.each(['binance', 'okx'] as const)(
  '[D07] levels of %s that are silently wrong are found against its own best bid and ask',
  (id) => {
    let isWrong = false;
    const adapt = (venue: Venue): Venue => ({
      ...venue,
      decode: (text, context, sink) =>
        venue.decode(text, context, (event) => {
          sink(isWrong && event.type === 'book' ? withDoubledBids(event) : event);
        }),
    });
    const engine = new EngineOnLinks({ venues: [id], messagesPerSec: 120, adapt });
    engine.want([market]);
    engine.run(4_000);
    isWrong = true;
    engine.run(6_000);
    expect(healthOf(engine, id)?.mismatches).toBeGreaterThan(1);
    isWrong = false;
    engine.run(8_000);
    expect(partOf(engine, id)?.status).toBe('live');
    expect(bookDifference(engine.view, engine.simulator, id, market)).toBeNull();
    const causes = engine.view.incidents().map(({ cause }) => cause);
    expect(causes.some((cause) => cause.startsWith('mismatch'))).toBe(true);
    engine.close();
  },
);

test.each(venueIds)(
  '[D07] a healthy book of %s never differs from its own best prices',
  (venue) => {
    const engine = start([venue], 400);
    engine.run(10_000);
    const health = healthOf(engine, venue);
    expect([health?.mismatches, health?.crossed, health?.gaps]).toEqual([0, 0, 0]);
    engine.close();
  },
);

test.each(['bybit', 'okx'] as const)(
  '[D08] a restart of the service of %s is taken without an alarm, and its best prices go on',
  (venue) => {
    const engine = start([venue]);
    engine.control({ type: 'pushBook', venue, market, form: 'restart' });
    engine.run(3_000);
    expect([partOf(engine, venue)?.status, healthOf(engine, venue)?.gaps]).toEqual(['live', 0]);
    expect(engine.view.gaps()).toEqual([]);
    expect(bookDifference(engine.view, engine.simulator, venue, market)).toBeNull();
    const before = engine.view.quotesOf(market)[0]?.receivedTime ?? 0;
    engine.run(3_000);
    expect(engine.view.quotesOf(market)[0]?.receivedTime).toBeGreaterThan(before);
    engine.close();
  },
);

test('[D08] a shutdown of a Binance server costs its book no gap', () => {
  const engine = start(['binance']);
  engine.control({ type: 'shutdown', venue: 'binance', leadMs: 5_000 });
  engine.run(10_000);
  expect([partOf(engine, 'binance')?.status, healthOf(engine, 'binance')?.gaps]).toEqual([
    'live',
    0,
  ]);
  expect(bookDifference(engine.view, engine.simulator, 'binance', market)).toBeNull();
  engine.close();
});

test.each(['zero', 'absent', 'valid'] as const)(
  '[D09] OKX books whose checksum is %s are held together by their ids',
  (mode) => {
    const engine = start(['okx']);
    engine.control({ type: 'checksum', mode, durationMs: 5_000 });
    engine.run(4_000);
    expect([partOf(engine, 'okx')?.status, healthOf(engine, 'okx')?.gaps]).toEqual(['live', 0]);
    engine.control({ type: 'dropDiff', venue: 'okx', market, count: 1 });
    engine.run(4_000);
    expect([partOf(engine, 'okx')?.status, healthOf(engine, 'okx')?.gaps]).toEqual(['live', 1]);
    engine.close();
  },
);

function withDoubledBids(event: BookEvent): BookEvent {
  const { bids } = event;
  const sizes = Array.from({ length: bids.count }, (_, index) => 2 * (bids.sizes[index] ?? 0));
  return { ...event, bids: { ...bids, sizes } };
}
