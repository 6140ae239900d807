import { expect, test } from 'vitest';
import { EngineOnLinks } from '../../support/engineOnLinks.ts';

test('statistics of a ticker that has stopped leave weights, change and volume', () => {
  const engine = new EngineOnLinks({ messagesPerSec: 900 });
  engine.want(['BTC-USDT']);
  engine.run(20_000);
  expect(engine.view.priceOf('BTC-USDT')).toMatchObject({
    statsVenues: ['binance', 'bybit', 'okx'],
    equalWeights: false,
  });
  engine.control({ type: 'silence', venue: 'okx', stream: 'tickers', durationMs: 15_000 });
  let checked = 0;
  engine.run(14_000, () => {
    const ticker = engine.view.tickersOf('BTC-USDT')[2];
    if (ticker?.status !== 'stale') return;
    checked += 1;
    const price = engine.view.priceOf('BTC-USDT');
    expect(price.statsVenues).toEqual(['binance', 'bybit']);
    expect(price.contributors[2]?.volume24hQuote).toBeNull();
    expect(price.status).toBe('degraded');
    if (price.contributors[2]?.exclusion === null) expect(price.equalWeights).toBe(true);
  });
  expect(checked).toBeGreaterThan(100);
  engine.run(20_000);
  expect(engine.view.priceOf('BTC-USDT')).toMatchObject({ status: 'live', equalWeights: false });
  engine.close();
});
