import { afterEach, expect, test } from 'vitest';
import { CandleBuilder } from '../../src/main/engine/candles/candleBuilder.ts';
import { createVenue } from '../../src/main/engine/venues/registry.ts';
import { candleIntervalMs, candleIntervals } from '../../src/shared/market.ts';
import type { CandleInterval } from '../../src/shared/market.ts';
import { EngineOnLinks } from '../support/engineOnLinks.ts';
import { tradeValue } from '../support/trades.ts';

const zoneBefore = process.env['TZ'];

afterEach(() => {
  if (zoneBefore === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zoneBefore;
});

const moments = [
  ['midnight before a leap day', '2028-02-29T00:00:00Z', 'America/New_York'],
  ['midnight after a leap day', '2028-03-01T00:00:00Z', 'Asia/Kolkata'],
  ['clocks go forward in Europe', '2026-03-29T01:00:00Z', 'Europe/Berlin'],
  ['clocks go back in Europe', '2026-10-25T01:00:00Z', 'Europe/Berlin'],
  ['clocks go back in New York', '2026-11-01T06:00:00Z', 'America/New_York'],
  ['the year ends', '2027-01-01T00:00:00Z', 'Pacific/Auckland'],
] as const;

test.each(moments)('[T04] %s: no bar is missing, doubled or shifted (%s in %s)', (...row) => {
  const [, moment, zone] = row;
  process.env['TZ'] = zone;
  const middle = Date.parse(moment);
  const builder = new CandleBuilder({ intervals: [...candleIntervals], keep: 20_000 });
  const closed = new Map<CandleInterval, number[]>();
  // A trade every second around the moment, and every minute of the days around it.
  const times: number[] = [];
  for (let time = middle - 26 * 3_600_000; time < middle + 26 * 3_600_000; time += 60_000) {
    times.push(time);
  }
  for (let time = middle - 60_000; time < middle + 60_000; time += 1_000) times.push(time);
  for (const time of [...new Set(times)].sort((a, b) => a - b)) {
    for (const { interval, candle } of builder.addTrade(tradeValue(time, '84250.1', '0.5'))) {
      closed.set(interval, [...(closed.get(interval) ?? []), candle.openTime]);
    }
  }
  for (const interval of candleIntervals) {
    const opens = closed.get(interval) ?? [];
    const lengthMs = candleIntervalMs[interval];
    expect(new Set(opens).size).toBe(opens.length);
    expect(opens.filter((time) => time % lengthMs !== 0)).toEqual([]);
    if (interval === '1s') continue;
    const first = opens[0] ?? 0;
    expect(opens).toEqual(opens.map((_, index) => first + index * lengthMs));
    expect(opens.length).toBeGreaterThanOrEqual(interval === '1d' ? 2 : 10);
  }
});

test.each(['binance', 'bybit', 'okx'] as const)(
  '[T04] %s: over the midnight before a leap day each minute closes once and the day opens in UTC',
  (venue) => {
    const midnight = Date.parse('2028-02-29T00:00:00Z');
    const engine = new EngineOnLinks({
      venues: [venue],
      messagesPerSec: 60,
      startTime: midnight - 90_000,
    });
    const closed = new Map<CandleInterval, Set<number>>();
    engine.view.listen({
      onTrade: () => undefined,
      onClosedCandle: ({ interval, candle }) => {
        const opens = closed.get(interval) ?? new Set();
        closed.set(interval, opens.add(candle.openTime));
      },
      onGap: () => undefined,
      onIncident: () => undefined,
      onDirty: () => undefined,
    });
    const wanted = (['1m', '1d'] as const).map((interval) => {
      return { market: 'BTC-USDT', venue, interval };
    });
    engine.want(['BTC-USDT'], [], wanted);
    engine.run(215_000, () => undefined, 5);
    const minutes = [...(closed.get('1m') ?? [])];
    expect(minutes.filter((time) => time >= midnight - 60_000)).toEqual([
      midnight - 60_000,
      midnight,
      midnight + 60_000,
    ]);
    expect([...(closed.get('1d') ?? [])]).toEqual([midnight - 86_400_000]);
    expect(engine.view.openCandle('BTC-USDT', venue, '1d')?.candle.openTime).toBe(midnight);
    engine.close();
  },
);

test('[T04] OKX is asked for the day of UTC, not for that of Hong Kong', () => {
  const venue = createVenue('okx');
  const key = { instrument: 'okx:BTC-USDT', channel: 'candle', interval: '1d' } as const;
  expect(venue.topicOf(key, 'BTC-USDT')?.topic).toMatch(/candle1Dutc/);
  const request = venue.rest.candles({
    venueSymbol: 'BTC-USDT',
    interval: '1d',
    from: null,
    before: null,
    limit: 10,
  });
  expect(request?.path).toMatch(/bar=1Dutc/);
});
