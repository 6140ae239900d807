import type { GapRecord } from '../../src/shared/feedHealth.ts';
import type { TradeValue } from '../../src/shared/values.ts';
import type { OracleTrade } from '../../src/simulator/simulator.ts';

/** Where trades may be missing; `to` null: still open, which only a stream that is not live may leave behind. */
export type Span = Pick<GapRecord, 'from' | 'to' | 'firstId' | 'lastId'>;

/** How far a gap's times may lie from the trades' own: latency, delays and clocks that err. */
const slackMs = 1_500;

/**
 * Null: each true trade after our first is among ours once, or lies in a recorded gap that nobody claims to have filled. On
 * OKX several trades of one order come as one print with the last one's id and the sum of sizes.
 */
export function tradesNotAccountedFor(
  theirs: readonly OracleTrade[],
  ours: readonly TradeValue[],
  unrepaired: readonly Span[],
  isMerged: boolean,
  zeroTime: number,
): string | null {
  const at = (trade: OracleTrade): string => `${(trade.time - zeroTime).toFixed(0)} ms`;
  const byId = new Map<string, TradeValue>();
  for (const trade of ours) {
    if (byId.has(trade.id)) return `trade ${trade.id} came twice`;
    byId.set(trade.id, trade);
  }
  const first = theirs.findIndex(({ id }) => byId.has(id));
  if (first < 0) return ours.length === 0 ? null : 'none of our trades is true';
  const last = theirs.findLastIndex(({ id }) => byId.has(id));
  let sum = 0;
  let pending: OracleTrade[] = [];
  let matched = 0;
  for (const trade of theirs.slice(first, last + 1)) {
    const own = byId.get(trade.id);
    sum += Math.round(Number(trade.size) * 1e8);
    pending.push(trade);
    if (own === undefined) {
      if (isMerged) continue;
      if (!isInside(trade, unrepaired))
        return `trade ${trade.id} of ${at(trade)} is lost without a gap`;
      continue;
    }
    matched += 1;
    const size = Math.round(own.sizeUnits * 10 ** (8 - own.sizeDecimals));
    const expected = isMerged ? sum : Math.round(Number(trade.size) * 1e8);
    // The first print of a subscription may have begun before it.
    if (size !== expected && matched > 1) {
      const lost = size < expected && isMerged;
      if (!lost || !pending.some((each) => isInside(each, unrepaired))) {
        return `trade ${trade.id} of ${at(trade)}: ${size}, the oracle has ${expected}`;
      }
    }
    sum = 0;
    pending = [];
  }
  const strange = ours.length - matched;
  return strange > 0 ? `${strange} of our trades are not true` : null;
}

function isInside(trade: OracleTrade, gaps: readonly Span[]): boolean {
  return gaps.some((gap) => {
    if (gap.firstId !== null && gap.lastId !== null) {
      const id = BigInt(trade.id);
      if (id >= BigInt(gap.firstId) && id <= BigInt(gap.lastId)) return true;
    }
    return trade.time >= gap.from - slackMs && trade.time <= (gap.to ?? Infinity) + slackMs;
  });
}
