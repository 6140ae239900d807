import type { HeldSizes } from '../../../shared/feedHealth.ts';
import type { VenueFeed } from '../feed/venueFeed.ts';
import type { MarketBoard } from '../market/marketBoard.ts';

/** What of an engine grows and is bounded. */
export function computeSizes(
  board: MarketBoard,
  feeds: readonly VenueFeed[],
  logs: { readonly gaps: number; readonly incidents: number },
): HeldSizes {
  let bookLevels = 0;
  let heldUpdates = 0;
  let trades = 0;
  for (const { book, trades: keeper } of board.instruments.values()) {
    bookLevels += (book?.state.book.bids.count ?? 0) + (book?.state.book.asks.count ?? 0);
    heldUpdates += book?.state.heldDeltas ?? 0;
    trades += keeper?.tape.recentCount ?? 0;
  }
  const requests = feeds.reduce((total, { rest }) => total + rest.length, 0);
  return { bookLevels, heldUpdates, trades, requests, ...logs };
}
