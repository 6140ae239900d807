import { expect, test } from 'vitest';
import type { PublisherOutput } from '../../../../src/main/gateway/hub/channelPublisher.ts';
import { ChannelPublisher } from '../../../../src/main/gateway/hub/channelPublisher.ts';
import type { BatchRecord } from '../../../../src/shared/batch.ts';
import type { GapRecord } from '../../../../src/shared/feedHealth.ts';
import { parseChannelId } from '../../../../src/shared/gateway/channelIds.ts';
import type { TopicUpdate } from '../../../../src/shared/topics.ts';
import { tradeValue } from '../../../support/fakeMarketFeed.ts';

type Published = Parameters<PublisherOutput['publish']>[0];

function setUp(id: string) {
  const channel = parseChannelId(id);
  if (channel === null) throw new Error(`no channel ${id}`);
  const published: Published[] = [];
  const losses: (number | null)[] = [];
  const publisher = new ChannelPublisher(id, channel, 11, {
    publish: (part) => void published.push(part),
    lost: (_channel, missing) => void losses.push(missing),
    candleStatus: () => 'live',
    hostStatus: null,
  });
  /** One batch; `reset`: the topic starts over with it. */
  const batch = (reset: boolean, ...updates: readonly (TopicUpdate | null)[]): void => {
    for (const [index, update] of updates.entries()) {
      const record: BatchRecord = { subscription: 11, reset: reset && index === 0, update };
      publisher.take(record);
    }
    publisher.endBatch();
  };
  const news = (): readonly Published[] =>
    published.splice(0).filter(({ isPast }) => isPast !== true);
  return { publisher, published, losses, batch, news };
}

function gap(id: number, changes: Partial<GapRecord> = {}): TopicUpdate {
  return {
    topic: 'gaps',
    value: {
      ...{ id, venue: 'okx', instrument: 'okx:BTC-USDT', channel: 'trade', cause: 'disconnect' },
      ...{ from: id, to: null, firstId: null, lastId: null, missing: null, repairedBy: null },
      ...changes,
    },
  };
}

function trade(id: number): TopicUpdate {
  return { topic: 'trades', value: tradeValue('BTC-USDT', id, id) };
}

function candle(openTime: number, closed: boolean): TopicUpdate {
  const prices = { open: 1, high: 1, low: 1, close: 1, volume: 1, quoteVolume: 1, trades: 1 };
  const value = { openTime, ...prices, closed, origin: 'consolidated' } as const;
  return {
    topic: 'candle',
    value: { market: 'BTC-USDT', venue: null, interval: '1m', candle: value },
  };
}

const gapsOf = (parts: readonly Published[]) =>
  parts.flatMap(({ value }) => (value.kind === 'gaps' ? [[value.gap.id, value.gap.to]] : []));

test('gap records that changed unheard are told, those that are known are not', () => {
  const { batch, news, losses } = setUp('gaps');
  batch(true, gap(1), gap(2));
  batch(false, gap(3));
  expect(gapsOf(news())).toEqual([[3, null]]);
  batch(true, gap(1), gap(2, { to: 9 }), gap(3), gap(4));
  expect(gapsOf(news())).toEqual([
    [2, 9],
    [4, null],
  ]);
  expect(losses).toEqual([]);
});

test('gap records that are not kept any more were missed', () => {
  const { batch, losses } = setUp('gaps');
  batch(true, gap(1));
  batch(true, gap(5), gap(6));
  expect(losses).toEqual([null]);
});

test('trades of the first start are the past, also where there were none', () => {
  const first = setUp('trades.BTC-USDT');
  first.batch(true, trade(1), trade(2));
  expect(first.published.map(({ seq, isPast }) => [seq, isPast])).toEqual([
    [1, true],
    [2, true],
  ]);
  const empty = setUp('trades.BTC-USDT');
  empty.batch(true, null);
  empty.batch(true, trade(1));
  expect(empty.news()).toHaveLength(1);
  expect(empty.losses).toEqual([]);
});

test('trades that the engine dropped are counted, in their place', () => {
  const { batch, news, losses } = setUp('trades.BTC-USDT');
  batch(true, trade(1));
  batch(false, {
    topic: 'trades',
    value: { type: 'tradesDropped', market: 'BTC-USDT', count: 12 },
  });
  batch(false, trade(14));
  expect(losses).toEqual([12]);
  expect(news().map(({ seq }) => seq)).toEqual([2]);
});

test('closed candles that went by unheard are missed, those that follow are not', () => {
  const { batch, losses, published } = setUp('candles.BTC-USDT.1m');
  batch(true, candle(60_000, false));
  batch(false, candle(60_000, true), candle(120_000, false));
  batch(true, candle(120_000, false));
  expect(losses).toEqual([]);
  batch(true, candle(300_000, false));
  expect(losses).toEqual([null]);
  expect(published.filter(({ type }) => type === 'event')).toHaveLength(1);
});

test('a ticker is told once a batch with all its venues, and empty when it starts with none', () => {
  const { batch, published } = setUp('ticker.BTC-USDT');
  const of = (venue: 'okx' | 'binance', last: number): TopicUpdate => ({
    topic: 'ticker',
    value: {
      ...{ instrument: `${venue}:BTC-USDT`, last, open24h: 1, high24h: 1, low24h: 1 },
      ...{ volume24hBase: 1, volume24hQuote: 1, receivedTime: 1, status: 'live' },
    },
  });
  batch(true, of('okx', 1), of('binance', 2));
  batch(false, of('okx', 3));
  batch(true, null);
  const lasts = published.map(({ value }) =>
    value.kind === 'ticker' ? value.tickers.map(({ last }) => last) : null,
  );
  expect(lasts).toEqual([[1, 2], [3, 2], []]);
});
