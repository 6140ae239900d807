import { expect, test } from 'vitest';
import type {
  ChannelSnapshot,
  SnapshotWait,
} from '../../../../src/main/gateway/hub/clientContract.ts';
import type { ChannelValue } from '../../../../src/main/gateway/hub/marketFeed.ts';
import type { StreamStatus } from '../../../../src/shared/feedHealth.ts';
import type { BookPart, PriceContributor } from '../../../../src/shared/values.ts';
import { FakeCore } from '../../../support/fakeCore.ts';
import { priceValue } from '../../../support/fakeMarketFeed.ts';
import { HubBench, startWallMs } from '../../../support/hubClients.ts';

const market = 'BTC-USDT';
const mostMs = 3_000;
const core = new FakeCore(() => startWallMs);

/** What has become of it so far. */
async function outcomeOf(asked: Promise<ChannelSnapshot>): Promise<string> {
  const outcome = { word: 'waits' };
  void asked.then(({ updates }) => {
    const update = updates.at(-1);
    outcome.word =
      update === undefined ? 'empty' : 'status' in update ? update.status : update.type;
  });
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  return outcome.word;
}

function priceOf(
  status: 'none' | 'stale' | 'single' | 'disputed',
  parts: readonly Partial<PriceContributor>[],
): ChannelValue {
  const { contributors } = core.priceOf(market);
  const changes = {
    ...{ status, price: status === 'none' || status === 'disputed' ? null : 5 },
    contributors: parts.flatMap((part, at) => {
      const known = contributors[at];
      return known === undefined ? [] : [{ ...known, ...part }];
    }),
  };
  return { kind: 'price', price: priceValue(market, 5, startWallMs, changes) };
}

function tickerOf(...statuses: readonly StreamStatus[]): ChannelValue {
  const tickers = core.tickersOf(market);
  return {
    ...{ kind: 'ticker', market },
    tickers: statuses.flatMap((status, at) => {
      const known = tickers[at];
      return known === undefined ? [] : [{ ...known, status }];
    }),
  };
}

function bookOf(...parts: readonly Partial<BookPart>[]): ChannelValue {
  const book = core.bookView({ market, venue: null, group: '0', rows: 5, muted: [] });
  return {
    kind: 'orderbook',
    book: {
      ...book,
      parts: parts.flatMap((part, at) => {
        const known = book.parts[at];
        return known === undefined ? [] : [{ ...known, counted: false, ...part }];
      }),
    },
  };
}

const subscribing = { status: 'subscribing', exclusion: 'no-top', receivedTime: null } as const;
const opening = { status: 'subscribing', exclusion: 'disconnected', receivedTime: null } as const;
const refused = { status: 'failed', exclusion: 'stale', receivedTime: null } as const;
const closed = { status: 'live', exclusion: 'closed' } as const;
const empty = { status: 'empty', streamStatus: 'subscribing', receivedTime: null } as const;

test.each<readonly [string, string, string, ChannelValue]>([
  ['a market that the engine has not begun with', 'price', 'waits', priceOf('none', [])],
  ['venues that connect', 'price', 'waits', priceOf('none', [opening, opening])],
  ['a venue that may still answer', 'price', 'waits', priceOf('none', [refused, subscribing])],
  [
    'a live market without a trade',
    ...(['price', 'waits'] as const),
    priceOf('none', [{ status: 'live', exclusion: 'no-trade' }]),
  ],
  ['figures of REST before the stream', 'price', 'waits', priceOf('stale', [subscribing])],
  ['the first venue', 'price', 'single', priceOf('single', [{}, subscribing])],
  ['venues that do not agree', 'price', 'disputed', priceOf('disputed', [{}, {}])],
  ['all venues refuse or are closed', 'price', 'none', priceOf('none', [refused, closed])],
  ['the last value, and no venue', 'price', 'stale', priceOf('stale', [{ status: 'stale' }])],
  ['no venue yet', 'ticker', 'waits', tickerOf()],
  ['figures of REST', 'ticker', 'waits', tickerOf('stale', 'subscribing')],
  ['the first venue', 'ticker', 'single', tickerOf('subscribing', 'live')],
  ['a venue that refuses', 'ticker', 'stale', tickerOf('failed')],
  ['no venue yet', 'orderbook', 'waits', bookOf()],
  ['a stream to come', 'orderbook', 'waits', bookOf({ streamStatus: 'failed' }, empty)],
  ['a snapshot to come', 'orderbook', 'waits', bookOf({ status: 'buffering' })],
  ['the first venue', 'orderbook', 'single', bookOf(empty, { counted: true })],
  [
    'all venues refuse',
    ...(['orderbook', 'none'] as const),
    bookOf({ ...empty, streamStatus: 'failed' }),
  ],
])('%s: the snapshot of a %s %s', async (_what, kind, outcome, value) => {
  const bench = new HubBench();
  const asked = bench.hub.snapshot(`${kind}.${market}`, { mostMs });
  bench.clock.advance(10);
  bench.feed.state(`${kind}.${market}`, value);
  expect(await outcomeOf(asked)).toBe(outcome);
  bench.clock.advance(mostMs);
  expect(await outcomeOf(asked)).not.toBe('waits');
});

test('a snapshot waits past values that are none for the first that is one', async () => {
  const bench = new HubBench();
  const asked = bench.hub.snapshot(`price.${market}`, { mostMs });
  for (const value of [priceOf('none', []), priceOf('none', [opening])]) {
    bench.clock.advance(200);
    bench.feed.state(`price.${market}`, value);
    expect(await outcomeOf(asked)).toBe('waits');
  }
  bench.feed.price(market, 7);
  expect((await asked).updates).toMatchObject([{ status: 'live', price: { price: 7 } }]);
});

test('without a value it waits as long as it may, from when the channel was first wanted, and lets it go', async () => {
  const bench = new HubBench();
  const wait: SnapshotWait = { mostMs };
  const first = bench.hub.snapshot(`price.${market}`, wait);
  bench.clock.advance(mostMs - 500);
  const second = bench.hub.snapshot(`price.${market}`, wait);
  bench.clock.advance(499);
  expect([await outcomeOf(first), await outcomeOf(second)]).toEqual(['waits', 'waits']);
  bench.clock.advance(1);
  expect([await outcomeOf(first), await outcomeOf(second)]).toEqual(['none', 'none']);
  bench.clock.advance(1);
  expect(bench.feed.wanted).toEqual([]);
});

test('what others follow is answered at once, also where it has no value', async () => {
  const bench = new HubBench();
  bench.subscribed([`price.${market}`, `trades.${market}`]);
  bench.feed.state(`price.${market}`, priceOf('none', [opening]));
  bench.clock.advance(mostMs);
  const ask = (kind: string): Promise<string> =>
    outcomeOf(bench.hub.snapshot(`${kind}.${market}`, { mostMs }));
  expect([await ask('price'), await ask('trades')]).toEqual(['none', 'empty']);
});

test('after another source a value is waited for anew', async () => {
  const bench = new HubBench();
  bench.subscribed([`price.${market}`]);
  bench.feed.restart('simulated');
  bench.feed.price(market, 1);
  bench.clock.advance(mostMs);
  bench.feed.restart('live');
  const asked = bench.hub.snapshot(`price.${market}`, { mostMs });
  expect(await outcomeOf(asked)).toBe('waits');
  bench.feed.price(market, 2);
  expect(await outcomeOf(asked)).toBe('live');
});

test('who has gone waits no longer, and the channel goes with the last who wanted it', async () => {
  const bench = new HubBench();
  const pending = bench.clock.pending;
  const [leaving, staying] = [new AbortController(), new AbortController()];
  const ask = ({ signal }: AbortController): Promise<ChannelSnapshot> =>
    bench.hub.snapshot(`price.${market}`, { mostMs, client: 'ada', signal });
  const [gone, there] = [ask(leaving), ask(staying)];
  bench.clock.advance(10);
  leaving.abort();
  expect([await outcomeOf(gone), await outcomeOf(there)]).toEqual(['none', 'waits']);
  bench.clock.advance(10);
  expect(bench.feed.wanted).toEqual([`price.${market}`]);
  staying.abort();
  await there;
  bench.clock.advance(10);
  expect(bench.feed.wanted).toEqual([]);
  expect(bench.clock.pending).toBe(pending);
  expect(await outcomeOf(ask(leaving))).toBe('none');
});

test('one client waits for so many first values and no more, and another is not held up', async () => {
  const bench = new HubBench({ maxWaitingSnapshots: 2, maxClients: 3 });
  const ask = (client: string, of: string): Promise<ChannelSnapshot> =>
    bench.hub.snapshot(`price.${of}`, { mostMs, client });
  const waiting = [ask('ada', 'BTC-USDT'), ask('ada', 'ETH-USDT')];
  await expect(ask('ada', 'SOL-USDT')).rejects.toMatchObject({
    error: { code: 'RATE_LIMITED', retryAfterMs: 1_000 },
  });
  const other = ask('bob', 'SOL-USDT');
  await expect(ask('eve', 'SOL-USDT')).rejects.toMatchObject({ error: { code: 'OVERLOADED' } });
  bench.clock.advance(10);
  expect(bench.feed.wanted).toEqual(['price.BTC-USDT', 'price.ETH-USDT', 'price.SOL-USDT']);
  bench.feed.price('SOL-USDT', 1);
  expect(await outcomeOf(other)).toBe('live');
  bench.clock.advance(mostMs);
  await Promise.all(waiting);
  const again = ask('ada', 'SOL-USDT');
  expect(await outcomeOf(again)).toBe('waits');
  bench.clock.advance(mostMs);
  await again;
});

test('snapshots take no more different channels than the feed carries', async () => {
  const bench = new HubBench();
  bench.feed.listed = Array.from({ length: 2_000 }, (_, index) => `A${index}-USDT`);
  const answers = bench.feed.listed.map(async (of) => {
    await bench.hub.snapshot(`price.${of}`, { mostMs, client: of });
  });
  bench.clock.advance(10);
  expect(bench.feed.wanted).toHaveLength(1_980);
  bench.clock.advance(mostMs);
  const refused = (await Promise.allSettled(answers)).filter(({ status }) => status === 'rejected');
  expect(refused).toHaveLength(20);
  expect(refused[0]).toMatchObject({ reason: { error: { code: 'OVERLOADED' } } });
});

test('a price that is asked for because of one venue waits for that venue, unless it does not list the market', async () => {
  const bench = new HubBench();
  const ask = (venue: 'binance' | 'bybit' | 'okx'): Promise<ChannelSnapshot> =>
    bench.hub.snapshot(`price.${market}`, { mostMs, venue });
  const asked = [ask('binance'), ask('bybit'), ask('okx')];
  bench.clock.advance(10);
  bench.feed.state(`price.${market}`, priceOf('single', [{}, subscribing]));
  expect(await Promise.all(asked.map(outcomeOf))).toEqual(['single', 'waits', 'single']);
  bench.feed.state(`price.${market}`, priceOf('single', [{}, {}]));
  expect(await Promise.all(asked.map(outcomeOf))).toEqual(['single', 'single', 'single']);
});
