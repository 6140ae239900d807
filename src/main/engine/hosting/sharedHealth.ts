import type { FeedHealth } from '../../../shared/feedHealth.ts';
import type { CoreView } from '../coreView.ts';
import type { ClockPort } from '../ports/clock.ts';

const keptMs = 100;

/**
 * The view of a core with a health report that all windows, the status and the latency report share for a moment: it is
 * the one value whose making costs more than its sending.
 */
export function shareHealth(view: CoreView, clock: Pick<ClockPort, 'monotonicMs'>): CoreView {
  let kept: FeedHealth | null = null;
  let madeMs = 0;
  return {
    get sequence() {
      return view.sequence;
    },
    get time() {
      return view.time;
    },
    health() {
      const nowMs = clock.monotonicMs();
      if (kept === null || nowMs - madeMs >= keptMs) {
        kept = view.health();
        madeMs = nowMs;
      }
      return kept;
    },
    tally: () => view.tally(),
    listen: (listener) => view.listen(listener),
    priceOf: (market) => view.priceOf(market),
    quotesOf: (market) => view.quotesOf(market),
    quoteTimeOf: (market, venue) => view.quoteTimeOf(market, venue),
    tickersOf: (market) => view.tickersOf(market),
    bookView: (request) => view.bookView(request),
    openCandle: (market, venue, interval) => view.openCandle(market, venue, interval),
    recentTrades: (market, limit) => view.recentTrades(market, limit),
    gaps: () => view.gaps(),
    incidents: () => view.incidents(),
    coverageOf: (market, from) => view.coverageOf(market, from),
    clockOf: (venue) => view.clockOf(venue),
    instrumentsOf: (market) => view.instrumentsOf(market),
    instrument: (id) => view.instrument(id),
    markets: () => view.markets(),
  };
}
