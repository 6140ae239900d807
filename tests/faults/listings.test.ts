import { expect, test } from 'vitest';
import type { Venue } from '../../src/main/engine/venues/venue.ts';
import type { Instrument } from '../../src/shared/market.ts';
import { venueIds } from '../../src/shared/venues.ts';
import { EngineOnLinks } from '../support/engineOnLinks.ts';
import { bookDifference } from '../support/oracleChecks.ts';

const market = 'BTC-USDT';
const id = (venue: string): string => `${venue}:${market}`;

function start(): EngineOnLinks {
  const engine = new EngineOnLinks({ messagesPerSec: 120 });
  engine.want([market]);
  engine.run(5_000);
  return engine;
}

/** As the venue's next list says it. */
function relist(
  engine: EngineOnLinks,
  venue: (typeof venueIds)[number],
  change: (instrument: Instrument) => Instrument | null,
): void {
  const instruments = engine.view
    .markets()
    .flatMap((each) => engine.view.instrumentsOf(each))
    .filter((each) => each.venue === venue)
    .flatMap((each) => (each.id === id(venue) ? (change(each) ?? []) : each));
  engine.shell.command({ type: 'instruments', venue, instruments });
}

function bookOf(engine: EngineOnLinks, venue: (typeof venueIds)[number]) {
  return engine.view.bookView({ market, venue, group: '0', rows: 5, muted: [] });
}

test.each(venueIds)(
  '[D13] %s changes a tick size: the book is rebuilt at once, without an alarm, and is true',
  (venue) => {
    const engine = start();
    relist(engine, venue, (each) => ({ ...each, tickSize: '1' }));
    expect(bookOf(engine, venue).parts[0]?.counted).toBe(false);
    engine.run(4_000);
    expect(bookOf(engine, venue).parts[0]?.status).toBe('live');
    expect(bookDifference(engine.view, engine.simulator, venue, market)).toBeNull();
    expect(engine.view.gaps()).toEqual([]);
    engine.close();
  },
);

test.each(['delisted', 'halted'] as const)(
  '[D13] a market %s at one venue is shown as closed there, weighs nothing and is not asked for again',
  (status) => {
    const engine = start();
    if (status === 'delisted') relist(engine, 'okx', () => null);
    else relist(engine, 'okx', (each) => ({ ...each, tradingStatus: 'closed' }));
    const price = engine.view.priceOf(market);
    expect(price.contributors.map(({ exclusion }) => exclusion)).toEqual([null, null, 'closed']);
    const part = bookOf(engine, 'okx').parts[0];
    expect([part?.counted, part?.note]).toEqual([false, 'Trading is closed.']);
    engine.run(15_000);
    const from = engine.effects.length;
    engine.run(30_000);
    const okx = engine.effects.slice(from).filter((effect) => {
      return (
        effect.type === 'connect' || (effect.type === 'send' && effect.text.includes('BTC-USDT'))
      );
    });
    expect(okx).toEqual([]);
    expect(engine.view.health().streams.filter(({ venue }) => venue === 'okx')).toEqual([]);
    expect(engine.view.priceOf(market)).toMatchObject({ status: 'degraded' });
    const closed = engine.view.incidents().filter(({ kind }) => kind === 'closed');
    expect(closed.map(({ venue }) => venue)).toEqual(['okx']);
    engine.close();
  },
);

test('[D13] a venue that refuses to take off what it has delisted is in no other trouble than that', () => {
  const engine = start();
  engine.want([market, 'ETH-USDT']);
  engine.run(5_000);
  engine.control({ type: 'symbol', venue: 'okx', market, status: 'delisted' });
  relist(engine, 'okx', () => null);
  engine.run(60_000, undefined, 10);
  expect(engine.view.incidents().map(({ kind, venue }) => [kind, venue])).toEqual([
    ['closed', 'okx'],
  ]);
  expect(engine.view.health().errors).toEqual([]);
  engine.close();
});

test('[D13] a market that trades again counts again', () => {
  const engine = start();
  relist(engine, 'bybit', (each) => ({ ...each, tradingStatus: 'closed' }));
  engine.run(15_000);
  relist(engine, 'bybit', (each) => ({ ...each, tradingStatus: 'trading' }));
  engine.run(5_000);
  expect(engine.view.priceOf(market).status).toBe('live');
  expect(bookOf(engine, 'bybit').parts[0]?.counted).toBe(true);
  engine.close();
});

test('[D13] a stream that falls silent makes the venue tell whether its market is still open', () => {
  const engine = start();
  engine.control({ type: 'symbol', venue: 'binance', market, status: 'halted' });
  engine.control({ type: 'silence', venue: 'binance', market, durationMs: 600_000 });
  engine.run(60_000, undefined, 10);
  const [own] = engine.view.priceOf(market).contributors;
  expect([own?.venue, own?.exclusion]).toEqual(['binance', 'closed']);
  engine.close();
});

test('[D13] a list from which most is missing closes nothing', () => {
  let isEmpty = false;
  const adapt = (venue: Venue): Venue => ({
    ...venue,
    rest: {
      ...venue.rest,
      readInstruments: (body, onSkipped) =>
        isEmpty ? [] : venue.rest.readInstruments(body, onSkipped),
    },
  });
  const engine = new EngineOnLinks({ venues: ['binance'], messagesPerSec: 60, adapt });
  engine.want([market]);
  engine.run(4_000);
  isEmpty = true;
  engine.control({ type: 'symbol', venue: 'binance', market, status: 'halted' });
  engine.control({ type: 'silence', venue: 'binance', market, durationMs: 600_000 });
  engine.run(60_000, undefined, 10);
  const { errors } = engine.view.health();
  expect(errors.some(({ code }) => code === 'most listings are missing')).toBe(true);
  expect(engine.view.priceOf(market).contributors[0]?.exclusion).not.toBe('closed');
  engine.close();
});
