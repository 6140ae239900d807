import { expect, test } from 'vitest';
import type { GapRecord } from '../../../src/shared/feedHealth.ts';
import type { CandleUpdate, TradeValue } from '../../../src/shared/values.ts';
import { EngineOnLinks } from '../../support/engineOnLinks.ts';

interface Heard {
  readonly trades: TradeValue[];
  readonly candles: CandleUpdate[];
  readonly gaps: GapRecord[];
}

function listen(engine: EngineOnLinks): Heard {
  const heard: Heard = { trades: [], candles: [], gaps: [] };
  engine.view.listen({
    onTrade: (_market, trade) => heard.trades.push(trade),
    onClosedCandle: (update) => heard.candles.push(update),
    onGap: (gap) => heard.gaps.push(gap),
    onIncident: () => undefined,
    onDirty: () => undefined,
  });
  return heard;
}

function idsOnce(trades: readonly TradeValue[]): boolean {
  return new Set(trades.map(({ id }) => id)).size === trades.length;
}

test.each(['bybit', 'okx'] as const)(
  '%s: a short absence is filled from REST, each trade once',
  (venue) => {
    const engine = new EngineOnLinks({ venues: [venue], messagesPerSec: 60 });
    const heard = listen(engine);
    engine.want(['ETH-USDT']);
    engine.run(20_000);
    engine.control({ type: 'refuse', venue, durationMs: 1_500 });
    engine.control({ type: 'reset', venue });
    engine.run(60_000);
    expect(idsOnce(heard.trades)).toBe(true);
    const [first] = heard.trades;
    const oracle = engine.simulator.oracle.trades(venue, 'ETH-USDT');
    const from = oracle.findIndex(({ id }) => id === first?.id);
    const expected = oracle.slice(from).filter(({ time }) => time < engine.view.time - 1_000);
    const ids = new Set(heard.trades.map(({ id }) => id));
    const missing = expected.filter(({ id }) => !ids.has(id));
    if (venue === 'bybit') expect(missing).toEqual([]);
    const gaps = engine.view.gaps().filter(({ channel }) => channel === 'trade');
    expect(gaps.map(({ cause, repairedBy }) => [cause, repairedBy])).toEqual([
      ['disconnect', 'rest'],
    ]);
    engine.close();
  },
);

test('more trades than the venue gives back stay a marked gap', () => {
  const engine = new EngineOnLinks({ venues: ['bybit'], messagesPerSec: 1_000 });
  listen(engine);
  engine.want(['BTC-USDT']);
  engine.run(5_000);
  engine.control({ type: 'refuse', venue: 'bybit', durationMs: 15_000 });
  engine.control({ type: 'reset', venue: 'bybit' });
  engine.run(60_000);
  const [gap] = engine.view.gaps().filter(({ channel }) => channel === 'trade');
  expect([gap?.cause, gap?.repairedBy, gap?.missing]).toEqual(['disconnect', null, null]);
  expect((gap?.to ?? 0) - (gap?.from ?? 0)).toBeGreaterThan(10_000);
  const spans = engine.view.coverageOf('BTC-USDT', 0);
  expect(spans.map(({ state }) => state)).toEqual(['live', 'gap', 'live']);
  expect(spans.at(-1)?.to).toBeNull();
  engine.close();
});

test('a book whose snapshots fail stays marked and comes back when they answer', () => {
  const engine = new EngineOnLinks({ venues: ['binance'], messagesPerSec: 300 });
  engine.want(['BTC-USDT']);
  engine.run(3_000);
  engine.control({ type: 'refuse', venue: 'binance', status: 500, durationMs: 30_000 });
  engine.control({ type: 'dropDiff', venue: 'binance', count: 1 });
  const seen = new Set<string>();
  engine.run(29_000, () => {
    const view = engine.view.bookView({
      market: 'BTC-USDT',
      venue: 'binance',
      group: '0',
      rows: 1,
      muted: [],
    });
    const [part] = view.parts;
    if (part?.status !== 'live') seen.add(`${part?.status} ${part?.counted} ${view.bids.length}`);
  });
  expect([...seen]).toEqual(['resyncing false 0']);
  const asked = engine.effectsOf('fetch').filter(({ request }) => request.path.includes('/depth'));
  expect(asked.length).toBeLessThan(20);
  // After five failures in a row nothing is asked for a minute.
  engine.run(75_000);
  const health = engine.view.health().streams.find(({ channel }) => channel === 'book');
  expect(health?.status).toBe('live');
  engine.close();
});

test('bars of the venues and of all together close once a second, with the trades that we saw', () => {
  const engine = new EngineOnLinks({ messagesPerSec: 900 });
  const heard = listen(engine);
  engine.want(
    ['BTC-USDT'],
    ['BTC-USDT'],
    [
      { market: 'BTC-USDT', venue: 'binance', interval: '1s' },
      { market: 'BTC-USDT', venue: null, interval: '1s' },
    ],
  );
  engine.run(6_000);
  engine.control({ type: 'reset', venue: 'binance' });
  engine.run(8_000);
  const lastWord = (venue: string | null): Map<number, CandleUpdate['candle']> =>
    new Map(
      heard.candles
        .filter((each) => each.venue === venue)
        .map(({ candle }) => [candle.openTime, candle]),
    );
  const own = lastWord('binance');
  const all = lastWord(null);
  const opens = [...all.keys()].sort((a, b) => a - b);
  expect(opens).toEqual(opens.map((_, index) => (opens[0] ?? 0) + 1_000 * index));
  expect(opens.length).toBeGreaterThan(11);
  const settled = opens.slice(1, -2);
  for (const openTime of settled) {
    const inBar = heard.trades.filter(
      ({ venueTime }) => venueTime >= openTime && venueTime < openTime + 1_000,
    );
    const ofBinance = inBar.filter(({ instrument }) => instrument === 'binance:BTC-USDT');
    expect([openTime, own.get(openTime)?.trades]).toEqual([openTime, ofBinance.length]);
    const volume = inBar.reduce((sum, each) => sum + each.sizeUnits / 10 ** each.sizeDecimals, 0);
    expect([openTime, Math.abs((all.get(openTime)?.volume ?? 0) - volume) < 1e-9]).toEqual([
      openTime,
      true,
    ]);
  }
  engine.close();
});

test('a muted venue leaves price and ladder at once and comes back when it is heard again', () => {
  const engine = new EngineOnLinks({ messagesPerSec: 300 });
  engine.want(['BTC-USDT']);
  engine.run(3_000);
  engine.shell.command({ type: 'configure', priceSource: 'mid', mutedVenues: ['okx'] });
  const muted = engine.view.priceOf('BTC-USDT');
  expect(muted.contributors.map(({ exclusion }) => exclusion)).toEqual([null, null, 'muted']);
  for (const { bid, ask, price } of muted.contributors) {
    expect(price).toBe(((bid ?? 0) + (ask ?? 0)) / 2);
  }
  engine.shell.command({ type: 'configure', priceSource: 'lastTrade', mutedVenues: [] });
  expect(engine.view.priceOf('BTC-USDT').status).toBe('live');
  engine.close();
});

test('a paused venue is closed and said to be, and resumes without waiting', () => {
  const engine = new EngineOnLinks({ messagesPerSec: 300 });
  engine.want(['BTC-USDT']);
  engine.run(3_000);
  engine.shell.command({ type: 'pauseVenue', venue: 'bybit' });
  engine.run(20_000);
  const bybit = (): unknown[] => {
    const found = engine.view.health().connections.find(({ venue }) => venue === 'bybit');
    return [found?.status, found?.reason];
  };
  expect(bybit()).toEqual(['closed', 'paused']);
  expect(engine.view.priceOf('BTC-USDT').contributors[1]?.exclusion).toBe('disconnected');
  engine.shell.command({ type: 'resumeVenue', venue: 'bybit' });
  engine.run(1_500);
  expect(bybit()).toEqual(['live', null]);
  expect(engine.view.priceOf('BTC-USDT').status).toBe('live');
  engine.close();
});

test('counters agree with what the venue has sent and received [S0-10]', () => {
  const engine = new EngineOnLinks({ messagesPerSec: 300 });
  engine.want(['BTC-USDT', 'ETH-USDT']);
  engine.run(10_000);
  const counters = engine.simulator.oracle.counters();
  for (const { venue, messages, sent } of engine.view.health().connections) {
    const truth = counters[venue];
    // Acks are frames to us and no data to the venue; a frame or two are on their way.
    expect(Math.abs(messages - (truth?.messages ?? 0))).toBeLessThan(15);
    expect(sent).toBe(truth?.inboundFrames);
  }
  engine.close();
});
