import { expect, test } from 'vitest';
import { tradesNotAccountedFor } from '../support/chaosTrades.ts';
import { EngineOnLinks } from '../support/engineOnLinks.ts';
import { binanceInstrument } from '../support/instruments.ts';
import { bookDifference } from '../support/oracleChecks.ts';
import { hearTrades } from '../support/tradesHeard.ts';

const venues = ['binance', 'bybit', 'okx'] as const;
const markets = ['BTC-USDT', 'ETH-USDT'];

function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

test('[N13] two hundred symbols switched on and off never cost more than five frames a second, pongs included', () => {
  const engine = new EngineOnLinks({ venues: ['binance'], messagesPerSec: 50 });
  engine.run(200);
  const listed = Array.from({ length: 200 }, (_, index) =>
    binanceInstrument(`C${String(index).padStart(3, '0')}`),
  );
  engine.shell.command({ type: 'instruments', venue: 'binance', instruments: listed });
  const all = listed.map(({ market }) => market);
  const random = randomFrom(11);
  const inbound: { readonly ms: number; readonly count: number }[] = [];
  const look = (): void => {
    const { inboundFrames } = engine.simulator.oracle.counters()['binance'] ?? {
      inboundFrames: 0,
    };
    const before = inbound.at(-1)?.count ?? 0;
    if (inboundFrames > before) {
      inbound.push({ ms: engine.links.clock.monotonicMs(), count: inboundFrames });
    }
  };
  for (let round = 0; round < 30; round += 1) {
    engine.want(
      all.filter(() => random() < 0.5),
      all.filter(() => random() < 0.2),
    );
    engine.run(1_500, look);
  }
  const busiest = Math.max(
    ...inbound.map(({ ms, count }) => {
      const before = inbound.findLast((each) => each.ms <= ms - 1_000)?.count ?? 0;
      return count - before;
    }),
  );
  expect(inbound.at(-1)?.count).toBeGreaterThan(60);
  expect(busiest).toBeLessThanOrEqual(5);
  const counters = engine.simulator.oracle.counters()['binance'];
  expect(counters).toMatchObject({ limitBreaches: 0, closes: 0, bans: 0 });
  engine.close();
});

test('[N13] a flood of pings costs no more frames than the venue bears, and new symbols are subscribed in it', () => {
  const engine = new EngineOnLinks({ venues: ['binance'], messagesPerSec: 50 });
  engine.want(['BTC-USDT']);
  engine.run(3_000);
  engine.control({ type: 'pingFlood', venue: 'binance', perSec: 50, durationMs: 20_000 });
  engine.run(2_000);
  engine.want(markets);
  engine.run(5_000);
  const book = bookDifference(engine.view, engine.simulator, 'binance', 'ETH-USDT');
  expect(book).toBeNull();
  const streams = engine.view.health().streams.filter(({ instrument }) => /ETH/.test(instrument));
  expect(streams.find(({ channel }) => channel === 'bbo')?.status).toBe('live');
  engine.run(15_000);
  const counters = engine.simulator.oracle.counters()['binance'];
  expect(counters).toMatchObject({ limitBreaches: 0, closes: 0, bans: 0 });
  expect(engine.effectsOf('connect').length).toBe(1);
  engine.close();
});

/** 400 ms +-300 ms on every read, and 5 % of them held for another 200 to 1,000 ms: what follows waits for them. */
function badLink(seed: number): () => number {
  const random = randomFrom(seed);
  return () => random() * 600 + (random() < 0.05 ? 200 + random() * 800 : 0);
}

test('[N16] a bad link delays and nothing else: no false stall, no reconnect, data whole, the lag on show', () => {
  const engine = new EngineOnLinks({ messagesPerSec: 600, latencyMs: 100, holdMs: badLink(5) });
  const tradesOf = hearTrades(engine);
  engine.want(markets);
  engine.run(20_000);
  const sockets = engine.effectsOf('connect').length;
  const statuses = new Set<string>();
  const look = (): void => {
    for (const { topic, status } of engine.view.health().streams) {
      if (status !== 'live' && status !== 'quiet') statuses.add(`${topic} ${status}`);
    }
  };
  engine.run(40_000, look, 10);
  expect([...statuses]).toEqual([]);
  expect(engine.effectsOf('connect').length).toBe(sockets);
  const { gapsTotal, resyncsTotal, streams } = engine.view.health();
  expect({ gapsTotal, resyncsTotal }).toEqual({ gapsTotal: 0, resyncsTotal: 0 });
  const lags = streams.filter(({ channel }) => channel === 'trade');
  for (const { lagP50Ms, lagP99Ms } of lags) {
    expect(lagP50Ms).toBeGreaterThan(300);
    expect(lagP50Ms).toBeLessThan(2_000);
    expect(lagP99Ms).toBeGreaterThan(lagP50Ms ?? 0);
  }
  for (const venue of venues) {
    for (const market of markets) {
      expect(bookDifference(engine.view, engine.simulator, venue, market)).toBeNull();
      const theirs = engine.simulator.oracle.trades(venue, market);
      const lost = tradesNotAccountedFor(theirs, tradesOf(venue, market), [], venue === 'okx', 0);
      expect(lost).toBeNull();
    }
  }
  engine.close();
});
