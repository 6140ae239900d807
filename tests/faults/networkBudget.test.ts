import { expect, test } from 'vitest';
import type { HttpGet } from '../../src/main/engine/ports/http.ts';
import { EngineOnLinks, tenMarkets } from '../support/engineOnLinks.ts';
import { seededRandom } from '../support/mutateFrame.ts';

const markets = tenMarkets;

function breaches(engine: EngineOnLinks): readonly number[] {
  const counters = engine.simulator.oracle.counters().binance;
  return [counters?.limitBreaches ?? -1, counters?.requestsRefused ?? -1, counters?.bans ?? -1];
}

function isWhole(engine: EngineOnLinks): boolean {
  return markets.every((market) => {
    const request = { market, venue: 'binance', group: '0', rows: 1, muted: [] } as const;
    return engine.view.bookView(request).parts[0]?.counted === true;
  });
}

/** Requests that take a while to get there: the venue counts them when they arrive. */
function slowed(engine: () => EngineOnLinks, get: HttpGet, waysMs: () => number): HttpGet {
  return (url, done) => {
    let cancel = (): void => undefined;
    engine().links.clock.after(waysMs(), () => {
      cancel = get(url, done);
    });
    return () => cancel();
  };
}

test('[N06] requests that were long on their way stay in the budget as long as in the venue’s: no 429, no ban', () => {
  const random = seededRandom(3);
  const engine: EngineOnLinks = new EngineOnLinks({
    venues: ['binance'],
    messagesPerSec: 60,
    ports: (links) => ({
      openSocket: links.openSocket,
      httpGet: slowed(
        () => engine,
        links.httpGet,
        () => 5_000 * random(),
      ),
    }),
  });
  const request = { path: '/api/v3/depth?symbol=BTCUSDT&limit=1000', weight: 50 };
  let answered = 0;
  for (let asked = 0; asked < 400; asked += 1) {
    engine.shell.request('binance', request, ({ type }) => {
      if (type === 'answered') answered += 1;
    });
  }
  engine.run(300_000, undefined, 50);
  expect(answered).toBe(400);
  expect(breaches(engine)).toEqual([0, 0, 0]);
  engine.close();
});

test('what others behind the same address have used counts: the venue says it with each answer', () => {
  const engine = new EngineOnLinks({ venues: ['binance'], messagesPerSec: 60 });
  const other = { method: 'GET', path: '/api/v3/depth?symbol=BTCUSDT&limit=5000', ip: '127.0.0.1' };
  for (let request = 0; request < 23; request += 1) engine.simulator.venue('binance').rest(other);
  engine.want(markets);
  engine.run(30_000, undefined, 25);
  expect(isWhole(engine)).toBe(false);
  expect(breaches(engine)).toEqual([0, 0, 0]);
  const [health] = engine.view.health().connections;
  expect(health?.budgets.find(({ name }) => name === 'requests')?.used).toBeGreaterThan(5_700);
  engine.run(40_000, undefined, 25);
  expect(isWhole(engine)).toBe(true);
  expect(breaches(engine)).toEqual([0, 0, 0]);
  engine.close();
});
