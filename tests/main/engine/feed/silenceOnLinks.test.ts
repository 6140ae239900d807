import { expect, test } from 'vitest';
import { EngineOnLinks } from '../../../support/engineOnLinks.ts';

test('a socket that goes silent is marked within three seconds and replaced within ten [S2-19]', () => {
  const engine = new EngineOnLinks({ messagesPerSec: 900 });
  engine.want(['BTC-USDT', 'ETH-USDT']);
  engine.run(30_000);
  const at = engine.links.clock.monotonicMs();
  engine.control({ type: 'silence', venue: 'binance', durationMs: 5_500 });
  let staleMs: number | null = null;
  let backMs: number | null = null;
  engine.run(12_000, () => {
    const bbo = engine.view.quotesOf('BTC-USDT')[0];
    const nowMs = engine.links.clock.monotonicMs() - at;
    if (staleMs === null && bbo?.status === 'stale') {
      staleMs = nowMs;
      const price = engine.view.priceOf('BTC-USDT');
      expect([price.status, price.contributors[0]?.exclusion]).toEqual(['degraded', 'stale']);
    }
    if (staleMs !== null && backMs === null && bbo?.status === 'live') backMs = nowMs;
  });
  expect(staleMs).toBeLessThanOrEqual(3_000);
  expect(backMs).toBeLessThanOrEqual(10_000);
  expect(engine.view.priceOf('BTC-USDT').status).toBe('live');
  engine.close();
});

test('one silent topic is subscribed again while the others flow on', () => {
  const engine = new EngineOnLinks({ messagesPerSec: 900 });
  engine.want(['BTC-USDT', 'ETH-USDT']);
  engine.run(30_000);
  engine.control({
    type: 'silence',
    venue: 'binance',
    stream: 'trade',
    market: 'BTC-USDT',
    durationMs: 3_000,
  });
  const statuses = new Set<string>();
  const sent = engine.effectsOf('send').length;
  engine.run(20_000, () => {
    const { streams } = engine.view.health();
    statuses.add(streams.find(({ topic }) => topic === 'btcusdt@trade')?.status ?? 'none');
  });
  expect([...statuses]).toEqual(['live', 'stale']);
  const subscriptions = engine.effectsOf('send').slice(sent);
  expect(subscriptions.filter(({ purpose }) => purpose === 'subscription').length).toBe(2);
  expect(engine.topicsSent('UNSUBSCRIBE')).toEqual(['btcusdt@trade']);
  const { connections, gapsTotal, gapsRepaired } = engine.view.health();
  expect(connections.map(({ reconnects }) => reconnects)).toEqual([0, 0, 0]);
  expect(gapsTotal).toBeGreaterThan(0);
  expect(gapsRepaired).toBe(gapsTotal);
  engine.close();
});

test('a market in which nothing happens is quiet, not broken, for ten minutes', () => {
  const engine = new EngineOnLinks({ messagesPerSec: 1 });
  engine.want(['DOT-USDT', 'AVAX-USDT']);
  const statuses = new Set<string>();
  let step = 0;
  engine.run(
    600_000,
    () => {
      step += 1;
      if (step % 10 !== 0) return;
      for (const { channel, status } of engine.view.health().streams) {
        if (channel === 'trade') statuses.add(status);
      }
    },
    50,
  );
  expect([...statuses]).toContain('quiet');
  const { connections } = engine.view.health();
  expect(connections.map(({ connection, reconnects }) => [connection, reconnects])).toEqual([
    ['binance#1', 0],
    ['bybit#1', 0],
    ['okx#1', 0],
  ]);
  engine.close();
});

test.each([
  ['binance', 'trade', 'btcusdt@trade'],
  ['binance', 'bbo', 'btcusdt@bookTicker'],
  ['binance', 'book', 'btcusdt@depth'],
  ['binance', 'ticker', 'btcusdt@ticker'],
  ['bybit', 'trade', 'publicTrade.BTCUSDT'],
  ['bybit', 'bbo', 'orderbook.1.BTCUSDT'],
  ['bybit', 'book', 'orderbook.200.BTCUSDT'],
  ['bybit', 'ticker', 'tickers.BTCUSDT'],
  ['okx', 'trade', 'trades'],
  ['okx', 'bbo', 'bbo-tbt'],
  ['okx', 'book', 'books'],
  ['okx', 'ticker', 'tickers'],
] as const)('%s: a silent %s is not taken for a quiet market while the rest flows', (...row) => {
  const [venue, channel, stream] = row;
  const engine = new EngineOnLinks({ venues: [venue], messagesPerSec: 600 });
  engine.want(['BTC-USDT']);
  engine.run(20_000);
  const streamOf = () => engine.view.health().streams.find((each) => each.channel === channel);
  const book = { market: 'BTC-USDT', venue, group: '0', rows: 5, muted: [] } as const;
  expect(streamOf()?.status).toBe('live');
  engine.control({ type: 'silence', venue, stream, market: 'BTC-USDT', durationMs: 12_000 });
  const silentAt = engine.links.clock.monotonicMs();
  const trusted = new Set<string>();
  engine.run(
    11_800,
    () => {
      const silentMs = engine.links.clock.monotonicMs() - silentAt;
      const limitMs = channel === 'ticker' ? 10_500 : 3_500;
      if (silentMs < limitMs) return;
      const status = streamOf()?.status ?? 'none';
      if (status === 'live' || status === 'quiet') trusted.add(`${status} after ${silentMs} ms`);
      if (channel === 'book' && engine.view.bookView(book).parts[0]?.counted === true) {
        trusted.add(`counted after ${silentMs} ms`);
      }
    },
    5,
  );
  expect([...trusted].slice(0, 3)).toEqual([]);
  engine.run(20_000);
  expect(streamOf()?.status).toBe('live');
  engine.close();
});
