import type { TradeValue } from '../../src/shared/values.ts';
import type { VenueId } from '../../src/shared/venues.ts';
import type { EngineOnLinks } from './engineOnLinks.ts';

/** All trades that an engine tells of, by market; of one venue at a time. */
export function hearTrades(
  engine: EngineOnLinks,
): (venue: VenueId, market: string) => TradeValue[] {
  const heard: TradeValue[] = [];
  engine.view.listen({
    onTrade: (_market, trade) => heard.push(trade),
    onClosedCandle: () => undefined,
    onGap: () => undefined,
    onIncident: () => undefined,
    onDirty: () => undefined,
  });
  return (venue, market) => heard.filter(({ instrument }) => instrument === `${venue}:${market}`);
}
