import { expect, test } from 'vitest';
import { instrumentId } from '../../../src/shared/market.ts';
import { EngineOnLinks } from '../../support/engineOnLinks.ts';
import { bookDifference } from '../../support/oracleChecks.ts';

interface SentFrame {
  readonly at: number;
  readonly text: string;
}

/** Five seconds on one market, seventy on two, thirty on one: all that one client of the venue sends. */
function runClient(venue: 'bybit' | 'okx') {
  const sent: SentFrame[] = [];
  let read = 0;
  const engine: EngineOnLinks = new EngineOnLinks({
    venues: [venue],
    onHandled: () => {
      for (; read < engine.effects.length; read += 1) {
        const effect = engine.effects[read];
        if (effect?.type !== 'send') continue;
        sent.push({ at: engine.links.clock.monotonicMs(), text: effect.text });
      }
    },
  });
  engine.want(['BTC-USDT']);
  engine.run(5_000);
  engine.want(['BTC-USDT', 'ETH-USDT']);
  engine.run(70_000);
  const tickers = engine.view.tickersOf('BTC-USDT');
  const statistics = engine.simulator.oracle.statistics(venue, 'BTC-USDT');
  const differences = ['BTC-USDT', 'ETH-USDT'].map((market) =>
    bookDifference(engine.view, engine.simulator, venue, market),
  );
  const trades = engine.view.recentTrades('BTC-USDT', 500).map(({ id }) => id);
  const theirs = engine.simulator.oracle.trades(venue, 'BTC-USDT').map(({ id }) => id);
  engine.want(['BTC-USDT']);
  engine.run(30_000);
  const health = engine.view.health();
  const counters = engine.simulator.oracle.counters()[venue];
  engine.close();
  return { sent, tickers, statistics, differences, trades, theirs, health, counters };
}

type ClientRun = ReturnType<typeof runClient>;

function expectTruth(venue: 'bybit' | 'okx', run: ClientRun): void {
  const { tickers, statistics, differences, trades, theirs, health, counters } = run;
  expect(tickers.map(({ instrument }) => instrument)).toEqual([instrumentId(venue, 'BTC-USDT')]);
  expect(tickers[0]?.high24h).toBe(Number(statistics?.high));
  expect(tickers[0]?.low24h).toBe(Number(statistics?.low));
  expect((tickers[0]?.volume24hQuote ?? 0) / Number(statistics?.quoteVolume)).toBeCloseTo(1, 4);
  expect(differences).toEqual([null, null]);
  expect(trades.length).toBeGreaterThan(100);
  expect(trades.filter((id) => !theirs.includes(id))).toEqual([]);
  expect([health.decodeErrorsTotal, health.gapsTotal, health.errors]).toEqual([0, 0, []]);
  expect(counters).toMatchObject({ connects: 1, limitBreaches: 0, closes: 0, openConnections: 1 });
}

/** Every topic that was asked for or given up, in order, as the venue reads it. */
function requests(sent: readonly SentFrame[], isPing: (text: string) => boolean): string[] {
  return sent
    .filter(({ text }) => !isPing(text))
    .flatMap(({ text }) => {
      const frame: unknown = JSON.parse(text);
      if (typeof frame !== 'object' || frame === null || !('op' in frame)) return [text];
      const args: readonly unknown[] =
        'args' in frame && Array.isArray(frame.args) ? frame.args : [];
      return args.map((arg) => `${String(frame.op)} ${JSON.stringify(arg)}`);
    });
}

/** Longest time without a ping, from the first frame on. */
function longestPause(sent: readonly SentFrame[], ping: (text: string) => boolean): number {
  const times = [sent[0]?.at ?? 0, ...sent.filter(({ text }) => ping(text)).map(({ at }) => at)];
  return Math.max(...times.slice(1).map((at, index) => at - (times[index] ?? 0)));
}

test('Bybit: topics come and go on one socket, an op ping every 20 s, tickers from snapshot and deltas [S2-02]', () => {
  const run = runClient('bybit');
  const isPing = (text: string): boolean => /^\{"req_id":"\d+","op":"ping"\}$/.test(text);
  expect(longestPause(run.sent, isPing)).toBeLessThanOrEqual(20_050);
  const topics = (symbol: string): string[] => [
    `publicTrade.${symbol}`,
    `orderbook.1.${symbol}`,
    `tickers.${symbol}`,
    `orderbook.200.${symbol}`,
  ];
  expect(requests(run.sent, isPing)).toEqual([
    ...topics('BTCUSDT').map((topic) => `subscribe "${topic}"`),
    ...topics('ETHUSDT').map((topic) => `subscribe "${topic}"`),
    ...topics('ETHUSDT').map((topic) => `unsubscribe "${topic}"`),
  ]);
  expectTruth('bybit', run);
});

test('OKX: ids such as BTC-USDT, a text ping within 30 s, trades, tickers and books [S2-03]', () => {
  const run = runClient('okx');
  const isPing = (text: string): boolean => text === 'ping';
  expect(longestPause(run.sent, isPing)).toBeLessThan(30_000);
  const topics = (id: string): string[] =>
    ['trades', 'bbo-tbt', 'tickers', 'books'].map(
      (channel) => `{"channel":"${channel}","instId":"${id}"}`,
    );
  expect(requests(run.sent, isPing)).toEqual([
    ...topics('BTC-USDT').map((topic) => `subscribe ${topic}`),
    ...topics('ETH-USDT').map((topic) => `subscribe ${topic}`),
    ...topics('ETH-USDT').map((topic) => `unsubscribe ${topic}`),
  ]);
  expectTruth('okx', run);
});

test('the log tells of each venue connecting and connected, and of each stream connected [S2-14]', () => {
  const engine = new EngineOnLinks();
  engine.want(['BTC-USDT', 'ETH-USDT'], []);
  engine.run(5_000);
  const lines = (venue: string): string[] => engine.log.filter((line) => line.startsWith(venue));
  const streamLines = (venue: string, names: readonly string[]): string[] => [
    `${venue} ${venue}#1 connecting`,
    `${venue} ${venue}#1 connected`,
    ...names.map((name) => `${venue} ${venue}#1 stream ${name} connected`),
  ];
  expect(lines('binance')).toEqual(
    streamLines('binance', [
      'btcusdt@trade',
      'btcusdt@bookTicker',
      'btcusdt@ticker',
      'ethusdt@trade',
      'ethusdt@bookTicker',
      'ethusdt@ticker',
    ]),
  );
  expect(lines('bybit')).toEqual(
    streamLines('bybit', [
      'publicTrade.BTCUSDT',
      'orderbook.1.BTCUSDT',
      'tickers.BTCUSDT',
      'publicTrade.ETHUSDT',
      'orderbook.1.ETHUSDT',
      'tickers.ETHUSDT',
    ]),
  );
  expect(lines('okx')).toEqual(
    streamLines('okx', [
      'trades:BTC-USDT',
      'bbo-tbt:BTC-USDT',
      'tickers:BTC-USDT',
      'trades:ETH-USDT',
      'bbo-tbt:ETH-USDT',
      'tickers:ETH-USDT',
    ]),
  );
  expect(engine.log).toHaveLength(24);
  engine.close();
});
