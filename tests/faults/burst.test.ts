import { expect, test } from 'vitest';
import { venueIds } from '../../src/shared/venues.ts';
import { EngineOnLinks, tenMarkets } from '../support/engineOnLinks.ts';
import { bookDifference, updateIdNow } from '../support/oracleChecks.ts';

const markets = tenMarkets;

/** Trades of the oracle that the engine lacks between its first and its last, in size. */
function missingSize(engine: EngineOnLinks, sizes: ReadonlyMap<string, Tally>): number {
  let worst = 0;
  for (const venue of venueIds) {
    for (const market of markets) {
      const own = sizes.get(`${venue}:${market}`);
      if (own === undefined) throw new Error(`no trade of ${venue} ${market}`);
      const theirs = engine.simulator.oracle
        .trades(venue, market)
        .filter(({ id }) => BigInt(id) > own.first && BigInt(id) <= own.last)
        .reduce((sum, { size }) => sum + Number(size), 0);
      worst = Math.max(worst, Math.abs(theirs - own.size) / Math.max(1, theirs));
    }
  }
  return worst;
}

interface Tally {
  first: bigint;
  last: bigint;
  size: number;
}

function tally(engine: EngineOnLinks): ReadonlyMap<string, Tally> {
  const sizes = new Map<string, Tally>();
  engine.view.listen({
    onTrade: (_market, trade) => {
      const known = sizes.get(trade.instrument);
      const id = BigInt(trade.id);
      if (known === undefined) sizes.set(trade.instrument, { first: id, last: id, size: 0 });
      else {
        known.size += trade.sizeUnits / 10 ** trade.sizeDecimals;
        if (id > known.last) known.last = id;
      }
    },
    onClosedCandle: () => undefined,
    onGap: () => undefined,
    onIncident: () => undefined,
    onDirty: () => undefined,
  });
  return sizes;
}

function isCaughtUp(engine: EngineOnLinks): boolean {
  return venueIds.every((venue) =>
    markets.every((market) => {
      const request = { market, venue, group: '0', rows: 1, muted: [] };
      const part = engine.view.bookView(request).parts[0];
      const behind = updateIdNow(engine.simulator, venue, market) - (part?.sequence ?? 0);
      // Diffs are sent ten times a second: what is younger than that cannot be here.
      return part?.counted === true && behind < 10_000;
    }),
  );
}

// One second of the flood: a whole minute of it takes minutes of real time.
test.each([
  ['ten times the usual for ten seconds', 100, 10, 10_000, 6_000],
  ['20,000 messages in a second', 2_000, 25, 1_000, 20_000],
] as const)(
  '[D16] %s: every trade is kept, every book is true, and nothing waits two seconds later',
  (_name, messagesPerSec, factor, durationMs, least) => {
    const engine = new EngineOnLinks({ messagesPerSec });
    const sizes = tally(engine);
    engine.want(markets);
    engine.run(5_000);
    const before = engine.view
      .health()
      .connections.reduce((sum, { messages }) => sum + messages, 0);
    engine.control({ type: 'burst', factor, durationMs });
    engine.run(durationMs);
    const after = engine.view.health().connections.reduce((sum, { messages }) => sum + messages, 0);
    engine.run(2_000);
    expect(after - before).toBeGreaterThan(least);
    expect(engine.shell.queues.frames + engine.shell.queues.inputs).toBe(0);
    expect(isCaughtUp(engine)).toBe(true);
    for (const venue of venueIds) {
      for (const market of markets) {
        expect(bookDifference(engine.view, engine.simulator, venue, market)).toBeNull();
      }
    }
    expect(missingSize(engine, sizes)).toBeLessThan(1e-9);
    expect(engine.view.gaps()).toEqual([]);
    expect(engine.view.health().streams.every(({ status }) => status !== 'stale')).toBe(true);
    engine.close();
  },
);
