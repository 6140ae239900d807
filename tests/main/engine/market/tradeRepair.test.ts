import { expect, test } from 'vitest';
import type { VenueId } from '../../../../src/shared/venues.ts';
import { EngineOnLinks } from '../../../support/engineOnLinks.ts';

test.each<VenueId>(['binance', 'bybit'])(
  'trades missed while the clock of %s was set back are not taken for known ones',
  (venue) => {
    const engine = new EngineOnLinks({ venues: [venue], messagesPerSec: 100 });
    const ids = new Set<string>();
    engine.view.listen({
      onTrade: (_market, trade) => ids.add(trade.id),
      onClosedCandle: () => undefined,
      onGap: () => undefined,
      onDirty: () => undefined,
    });
    engine.want(['BTC-USDT']);
    engine.run(5_000);
    engine.control({ type: 'clockSkew', venue, offsetMs: 2_500, durationMs: 5_000 });
    engine.run(5_000);
    engine.control({ type: 'refuse', venue, durationMs: 1_000 });
    engine.control({ type: 'reset', venue });
    engine.run(15_000);
    const theirs = engine.simulator.oracle.trades(venue, 'BTC-USDT').map(({ id }) => id);
    const first = theirs.findIndex((id) => ids.has(id));
    const last = theirs.findLastIndex((id) => ids.has(id));
    const missing = theirs.slice(first, last + 1).filter((id) => !ids.has(id));
    expect([missing, engine.view.health().gapsTotal > 0]).toEqual([[], true]);
    engine.close();
  },
);
