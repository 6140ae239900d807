import { expect, test } from 'vitest';
import type { Instrument } from '../../src/shared/market.ts';
import { Core } from '../../src/main/engine/core.ts';
import type { CoreEffect } from '../../src/main/engine/inputs.ts';
import type { SocketHandlers } from '../../src/main/engine/ports/socket.ts';
import { Shell } from '../../src/main/engine/shell/shell.ts';
import { createVenue } from '../../src/main/engine/venues/registry.ts';
import { VirtualClock } from '../support/virtualClock.ts';
import { createClockPort } from '../support/virtualClockPort.ts';

const bitcoin: Instrument = {
  id: 'binance:BTC-USDT',
  venue: 'binance',
  venueSymbol: 'BTCUSDT',
  market: 'BTC-USDT',
  marketKind: 'spot',
  base: 'BTC',
  quote: 'USDT',
  tickSize: '0.01',
  lotSize: '0.00001',
  sizeUnit: 'base',
  tradingStatus: 'trading',
};

/** A venue whose sockets the test opens, feeds and ends itself. */
function setUp() {
  const clock = new VirtualClock();
  const effects: CoreEffect[] = [];
  const sockets: SocketHandlers[] = [];
  const onConnect: { run: (handlers: SocketHandlers) => void } = { run: () => undefined };
  const core = new Core({ venues: [createVenue('binance')] });
  let seed = 5;
  const shell = new Shell({
    venues: [createVenue('binance')],
    endpoints: () => ({ ws: 'ws://venue.test', rest: 'http://venue.test' }),
    handle: (input, sink) =>
      core.handle(input, (effect) => {
        effects.push(effect);
        sink(effect);
      }),
    clock: createClockPort(clock),
    random: () => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed / 2_147_483_648;
    },
    openSocket(_url, handlers) {
      sockets.push(handlers);
      clock.after(1, () => onConnect.run(handlers));
      return { send: () => undefined, terminate: () => handlers.closed(1006, 'ended', null) };
    },
    httpGet: () => () => undefined,
  });
  shell.start();
  shell.command({ type: 'instruments', venue: 'binance', instruments: [bitcoin] });
  shell.command({ type: 'want', markets: ['BTC-USDT'], books: [], candles: [] });
  const bounds = (): number[] =>
    effects.flatMap((effect) => (effect.type === 'scheduleAttempt' ? effect.maxDelayMs : []));
  const connection = () => core.view.health().connections[0];
  return { clock, sockets, onConnect, shell, bounds, connection };
}

/** A trade, a best price and a ticker: all that is subscribed. */
function frames(id: number): readonly string[] {
  const time = 1_790_000_000_000 + id;
  const trade = { e: 'trade', E: time, s: 'BTCUSDT', t: id, p: '84250.10', q: '0.01', T: time };
  const best = { u: id, s: 'BTCUSDT', b: '84250.10', B: '1', a: '84250.11', A: '1' };
  const ticker = { e: '24hrTicker', E: time, s: 'BTCUSDT', c: '84250.10', o: '84000.00' };
  return [
    { stream: 'btcusdt@trade', data: { ...trade, m: true, M: true } },
    { stream: 'btcusdt@bookTicker', data: best },
    {
      stream: 'btcusdt@ticker',
      data: { ...ticker, h: '85000.00', l: '83000.00', v: '10', q: '842501.00' },
    },
  ].map((frame) => JSON.stringify(frame));
}

test('[N05] a venue that accepts and hangs up a thousand times is asked ever more rarely, until a minute of data', () => {
  const { clock, sockets, onConnect, shell, bounds, connection } = setUp();
  onConnect.run = (handlers) => {
    handlers.opened();
    // Every third time a little data comes first: not enough to be trusted.
    if (sockets.length % 3 === 0) handlers.frame(frames(sockets.length)[0] ?? '');
    clock.after(5, () => handlers.closed(1001, 'going away', null));
  };
  while (sockets.length < 1_000) clock.advance(10_000);
  const seen = bounds();
  expect(seen.slice(0, 9)).toEqual([0, 250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000]);
  expect(new Set(seen.slice(8))).toEqual(new Set([30_000]));
  expect(connection()?.attempt).toBeGreaterThanOrEqual(999);

  let id = 10_000;
  let present: SocketHandlers | null = null;
  onConnect.run = (handlers) => {
    handlers.opened();
    present = handlers;
  };
  const feed = (forMs: number): void => {
    for (let passed = 0; passed < forMs; passed += 500) {
      clock.advance(500);
      id += 1;
      for (const frame of frames(id)) present?.frame(frame);
    }
  };
  feed(31_000);
  expect(connection()?.status).toBe('live');
  feed(20_000);
  sockets.at(-1)?.closed(1006, '', null);
  clock.advance(1);
  expect(bounds().at(-1)).toBe(30_000);
  feed(31_000);
  feed(70_000);
  expect(connection()?.attempt).toBe(0);
  sockets.at(-1)?.closed(1006, '', null);
  clock.advance(1);
  expect(bounds().at(-1)).toBe(250);
  shell.close();
});
