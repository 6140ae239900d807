import { expect, test } from 'vitest';
import type { GapRecord } from '../../../src/shared/feedHealth.ts';
import { instrumentId } from '../../../src/shared/market.ts';
import type { TradeValue } from '../../../src/shared/values.ts';
import type { VenueId } from '../../../src/shared/venues.ts';
import type { CoreListener } from '../../../src/main/engine/coreView.ts';
import { EngineOnLinks, tenMarkets } from '../../support/engineOnLinks.ts';
import type { HeardVenue } from '../../support/pricesHeard.ts';
import { PricesHeard } from '../../support/pricesHeard.ts';
import { LastTrades, bookDifference, topNow, updateIdNow } from '../../support/oracleChecks.ts';

// The whole minute takes some twelve seconds of real time: `TRUETAPE_LONG=1` runs it, the usual run a quarter of it.
const isLong = process.env['TRUETAPE_LONG'] === '1';
const seconds = isLong ? 60 : 15;
const instants = isLong ? 100 : 40;
const venues = ['binance', 'bybit', 'okx'] as const;

const nothingHeard: HeardVenue = {
  bid: Number.NaN,
  ask: Number.NaN,
  lastTrade: Number.NaN,
  turnover: Number.NaN,
};

const ignore: CoreListener = {
  onTrade: () => undefined,
  onClosedCandle: () => undefined,
  onGap: () => undefined,
  onIncident: () => undefined,
  onDirty: () => undefined,
};

function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

interface Expected {
  readonly price: number;
  readonly weights: readonly number[];
}

type Truth = (venue: VenueId, market: string) => HeardVenue | undefined;

/** The value from the oracle's tops, trades and turnovers alone. */
function recompute(market: string, truth: Truth): Expected {
  const parts = venues.map((venue) => {
    const { bid, ask, lastTrade, turnover } = truth(venue, market) ?? nothingHeard;
    return { price: Math.min(Math.max(lastTrade, bid), ask), turnover };
  });
  const sum = parts.reduce((total, part) => total + part.turnover, 0);
  return {
    price: parts.reduce((total, part) => total + (part.turnover / sum) * part.price, 0),
    weights: parts.map((part) => part.turnover / sum),
  };
}

/** What differs between the engine's values at this instant and the oracle's state at the engine's last input. */
function differenceAtLastInput(engine: EngineOnLinks, heard: PricesHeard): string[] {
  const different: string[] = [];
  for (const market of tenMarkets) {
    const value = engine.view.priceOf(market);
    const expected = recompute(market, (venue) => heard.of(venue, market));
    if (value.status !== 'live') different.push(`${market} is ${value.status}`);
    if (!(Math.abs((value.price ?? 0) / expected.price - 1) < 1e-9)) {
      different.push(`${market}: ${value.price}, the oracle ${expected.price}`);
    }
    venues.forEach((venue, index) => {
      const part = value.contributors.find((each) => each.venue === venue);
      const theirs = heard.of(venue, market);
      const shown = [part?.bid, part?.ask, part?.lastTrade];
      if (shown.join() !== [theirs?.bid, theirs?.ask, theirs?.lastTrade].join()) {
        different.push(`${venue} ${market}: ${shown.join()}, the oracle ${JSON.stringify(theirs)}`);
      }
      if (!(Math.abs((part?.weight ?? 0) / (expected.weights[index] ?? 0) - 1) < 1e-5)) {
        different.push(
          `${venue} ${market}: weighs ${part?.weight}, not ${expected.weights[index]}`,
        );
      }
    });
  }
  return different;
}

/** Markets whose price was at no millisecond of the next hundred that of the oracle's present state: it came too late. */
function pricesThatLag(
  engine: EngineOnLinks,
  heard: PricesHeard,
  lastTrades: LastTrades,
): ReadonlySet<string> {
  const different = new Set(tenMarkets);
  for (let waited = 0; waited < 100 && different.size > 0; waited += 1) {
    engine.run(1);
    for (const market of different) {
      const expected = recompute(market, (venue) => {
        const [bid, ask] = topNow(engine.simulator, venue, market);
        const turnover = heard.of(venue, market)?.turnover ?? Number.NaN;
        return { bid, ask, lastTrade: lastTrades.priceOf(venue, market), turnover };
      });
      const { price } = engine.view.priceOf(market);
      if (Math.abs((price ?? 0) / expected.price - 1) < 1e-9) different.delete(market);
    }
  }
  return different;
}

test('books, trades and prices equal the oracle at random instants of a busy market', () => {
  let heard: PricesHeard | null = null;
  const engine = new EngineOnLinks({
    seed: 11,
    messagesPerSec: 5_000,
    latencyMs: 0,
    onInput: (input) => heard?.onInput(input),
  });
  heard = new PricesHeard(engine.simulator, venues);
  const trades = new Map<string, TradeValue[]>();
  engine.view.listen({
    ...ignore,
    onTrade(_market, trade) {
      const list = trades.get(trade.instrument);
      if (list === undefined) trades.set(trade.instrument, [trade]);
      else list.push(trade);
    },
  });
  const lastTrades = new LastTrades(engine.simulator);
  engine.want(tenMarkets);
  engine.run(3_000);
  const random = randomOf(5);
  const spanMs = ((seconds - 3) * 1000) / instants;
  let checked = 0;
  let statesLive = 0;
  for (let instant = 0; instant < instants; instant += 1) {
    engine.run(Math.floor(random() * (spanMs - 250)));
    const reached = new Map<string, number>();
    for (const venue of venues) {
      for (const market of tenMarkets) {
        const id = instrumentId(venue, market);
        reached.set(id, updateIdNow(engine.simulator, venue, market));
      }
    }
    const asked = engine.links.clock.monotonicMs();
    for (const venue of venues) {
      for (const market of tenMarkets) {
        expect(bookDifference(engine.view, engine.simulator, venue, market)).toBeNull();
        const view = engine.view.bookView({ market, venue, group: '0', rows: 1, muted: [] });
        if (view.parts[0]?.counted === true) statesLive += 1;
        checked += 1;
      }
    }
    expect(differenceAtLastInput(engine, heard)).toEqual([]);
    expect([...pricesThatLag(engine, heard, lastTrades)]).toEqual([]);
    engine.run(250 - (engine.links.clock.monotonicMs() - asked));
    for (const venue of venues) {
      for (const market of tenMarkets) {
        const view = engine.view.bookView({ market, venue, group: '0', rows: 1, muted: [] });
        const wanted = reached.get(instrumentId(venue, market)) ?? 0;
        expect(view.parts[0]?.sequence).toBeGreaterThanOrEqual(wanted);
      }
    }
  }
  expect([checked, statesLive]).toEqual([instants * 30, instants * 30]);
  expect(tradesThatDiffer(engine, trades)).toEqual([]);
  const health = engine.view.health();
  expect([health.gapsTotal, health.errors, health.decodeErrorsTotal]).toEqual([0, [], 0]);
  expect(limitBreaches(engine)).toEqual([0, 0, 0]);
  engine.close();
});

/** Ids, or for merged prints the sums between the first and the last one. */
function tradesThatDiffer(
  engine: EngineOnLinks,
  trades: ReadonlyMap<string, readonly TradeValue[]>,
): string[] {
  const different: string[] = [];
  for (const venue of venues) {
    for (const market of tenMarkets) {
      const ours = trades.get(instrumentId(venue, market)) ?? [];
      const all = engine.simulator.oracle.trades(venue, market);
      const to = all.findIndex(({ id }) => id === ours.at(-1)?.id);
      const theirIds = all.slice(0, to + 1).map(({ id }) => id);
      const ourIds = new Set(ours.map(({ id }) => id));
      if (venue === 'okx') {
        const second = theirIds.indexOf(ours[0]?.id ?? '') + 1;
        const sum = all
          .slice(second, to + 1)
          .reduce((total, { size }) => total + Math.round(Number(size) * 1e8), 0);
        const ourSum = ours
          .slice(1)
          .reduce(
            (total, each) => total + Math.round(each.sizeUnits * 10 ** (8 - each.sizeDecimals)),
            0,
          );
        if (sum !== ourSum || ours.length < 5)
          different.push(`${venue} ${market} ${sum} ${ourSum}`);
        continue;
      }
      const first = theirIds.indexOf(ours[0]?.id ?? '');
      const expected = theirIds.slice(first);
      const isSame = expected.every((id) => ourIds.has(id)) && expected.length === ours.length;
      if (!isSame || ours.length < 5) different.push(`${venue} ${market}`);
    }
  }
  return different;
}

function limitBreaches(engine: EngineOnLinks): (number | undefined)[] {
  const counters = engine.simulator.oracle.counters();
  return venues.map((venue) => counters[venue]?.limitBreaches);
}

test.each(venues)(
  'one venue printing ten times the price moves the value by less than 0.1 %: %s',
  (venue) => {
    const engine = new EngineOnLinks({ seed: 3, messagesPerSec: 500 });
    engine.want(['BTC-USDT']);
    engine.run(3_000);
    const before = engine.view.priceOf('BTC-USDT').price ?? 0;
    engine.control({ type: 'outlier', venue, market: 'BTC-USDT', factor: 10, count: 10 });
    let largest = 0;
    let sawPrint = false;
    engine.run(1_000, () => {
      const value = engine.view.priceOf('BTC-USDT');
      const own = value.contributors.find((part) => part.venue === venue);
      sawPrint ||= (own?.lastTrade ?? 0) > 5 * before;
      largest = Math.max(largest, Math.abs((value.price ?? 0) / before - 1));
    });
    expect(sawPrint).toBe(true);
    expect(largest).toBeLessThan(0.001);
    engine.close();
  },
);

test('a lost diff costs one resync, and the book is not served as live before it is whole', () => {
  const engine = new EngineOnLinks({ seed: 21, messagesPerSec: 5_000 });
  const opened: GapRecord[] = [];
  const wrong: string[] = [];
  const waiting = new Map<string, GapRecord>();
  engine.view.listen({
    ...ignore,
    onGap(gap) {
      if (gap.channel !== 'book') return;
      if (gap.to === null) {
        opened.push(gap);
        waiting.set(gap.instrument, gap);
      } else waiting.delete(gap.instrument);
    },
  });
  engine.want(tenMarkets);
  engine.run(3_000);
  for (const venue of venues)
    engine.control({ type: 'dropDiff', venue, probability: isLong ? 1e-3 : 4e-3 });
  let step = 0;
  engine.run(seconds * 1000, () => {
    step += 1;
    for (const gap of waiting.values()) {
      const market = gap.instrument.slice(gap.instrument.indexOf(':') + 1);
      const view = engine.view.bookView({
        market,
        venue: gap.venue,
        group: '0',
        rows: 1,
        muted: [],
      });
      if (view.parts[0]?.counted !== false || view.bids.length > 0) wrong.push(gap.instrument);
      const price = engine.view.priceOf(market);
      const own = price.contributors.find((part) => part.venue === gap.venue);
      if (own?.exclusion !== 'resyncing') wrong.push(`${gap.instrument} still in the price`);
    }
    if (step % 200 !== 0) return;
    const market = tenMarkets[(step / 200) % tenMarkets.length] ?? '';
    for (const venue of venues) {
      const difference = bookDifference(engine.view, engine.simulator, venue, market);
      if (difference !== null) wrong.push(difference);
    }
  });
  for (const venue of venues) engine.control({ type: 'restore', venue });
  engine.run(3_000);
  expect(wrong).toEqual([]);
  expect(opened.length).toBeGreaterThan(1);
  const health = engine.view.health();
  const streams = health.streams.filter(({ channel }) => channel === 'book');
  expect(streams.map(({ status }) => status)).toEqual(streams.map(() => 'live'));
  expect(health.resyncsTotal).toBe(opened.length);
  expect([...waiting.keys()]).toEqual([]);
  expect(limitBreaches(engine)).toEqual([0, 0, 0]);
  engine.close();
});
