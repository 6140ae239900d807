import { expect, test } from 'vitest';
import type { Instrument } from '../../../../src/shared/market.ts';
import { EngineOnLinks } from '../../../support/engineOnLinks.ts';

const onlyBinance = ['binance'] as const;

test('a stream that nobody wants is dropped after ten seconds, and kept when wanted again before [S0-37]', () => {
  const engine = new EngineOnLinks({ venues: onlyBinance });
  engine.want(['BTC-USDT', 'ETH-USDT']);
  engine.run(2_000);
  engine.want(['BTC-USDT']);
  engine.run(9_000);
  engine.want(['BTC-USDT', 'ETH-USDT']);
  engine.run(12_000);
  expect(engine.topicsSent('UNSUBSCRIBE')).toEqual([]);
  const subscribed = engine.topicsSent('SUBSCRIBE').length;
  engine.want(['BTC-USDT']);
  engine.run(9_900);
  expect(engine.topicsSent('UNSUBSCRIBE')).toEqual([]);
  engine.run(1_000);
  expect(engine.topicsSent('UNSUBSCRIBE').sort()).toEqual([
    'ethusdt@bookTicker',
    'ethusdt@depth@100ms',
    'ethusdt@ticker',
    'ethusdt@trade',
  ]);
  expect(engine.topicsSent('SUBSCRIBE').length).toBe(subscribed);
  const instruments = engine.view.health().streams.map(({ instrument }) => instrument);
  expect(new Set(instruments)).toEqual(new Set(['binance:BTC-USDT']));
  engine.close();
});

test('three thousand streams spread over connections and never trip the limiter [S0-42]', () => {
  const engine = new EngineOnLinks({ venues: onlyBinance, messagesPerSec: 5 });
  engine.run(100);
  const instruments = Array.from({ length: 750 }, (_, index): Instrument => {
    const base = `C${String(index).padStart(4, '0')}`;
    return {
      id: `binance:${base}-USDT`,
      venue: 'binance',
      venueSymbol: `${base}USDT`,
      market: `${base}-USDT`,
      marketKind: 'spot',
      base,
      quote: 'USDT',
      tickSize: '0.01',
      lotSize: '0.001',
      sizeUnit: 'base',
      tradingStatus: 'trading',
    };
  });
  engine.shell.command({ type: 'instruments', venue: 'binance', instruments });
  engine.want(instruments.map(({ market }) => market));
  engine.run(40_000);
  const topics = engine.topicsSent('SUBSCRIBE');
  expect(new Set(topics).size).toBe(3_000);
  const { connections, streams } = engine.view.health();
  expect(connections.map(({ connection }) => connection)).toEqual([
    'binance#1',
    'binance#2',
    'binance#3',
  ]);
  expect(streams.length).toBe(3_000);
  const counters = engine.simulator.oracle.counters().binance;
  expect([counters?.limitBreaches, counters?.bans, counters?.closes]).toEqual([0, 0, 0]);
  engine.close();
});
