import type { Instrument } from '../../market/instrument.ts';
import type { Trade } from '../../market/tradeTape.ts';
import type { AggregateTrade } from './frames.ts';

const keptAggregates = 5000;
const firstAggregateId = 3_640_283_266;

/** Trades merged per taker order and price, with their own contiguous ids. */
export class AggregateTrades {
  private readonly byInstrument = new Map<Instrument, AggregateTrade[]>();
  private readonly nextIds = new Map<Instrument, number>();
  private latestOnes: readonly AggregateTrade[] = [];

  add(instrument: Instrument, trades: readonly Trade[]): void {
    const merged: AggregateTrade[] = [];
    let nextId = this.nextIds.get(instrument) ?? firstAggregateId;
    for (const trade of trades) {
      const last = merged[merged.length - 1];
      if (last !== undefined && last.price === trade.price) {
        merged[merged.length - 1] = { ...last, size: last.size + trade.size, lastId: trade.id };
        continue;
      }
      const { price, size, time, takerBuys } = trade;
      merged.push({
        id: nextId,
        price,
        size,
        firstId: trade.id,
        lastId: trade.id,
        time,
        takerBuys,
      });
      nextId += 1;
    }
    this.nextIds.set(instrument, nextId);
    this.latestOnes = merged;
    const kept = this.all(instrument);
    kept.push(...merged);
    if (kept.length > 2 * keptAggregates) kept.splice(0, keptAggregates);
  }

  /** Those of the trades last added for the instrument, which are being announced now. */
  latest(instrument: Instrument): readonly AggregateTrade[] {
    return this.byInstrument.has(instrument) ? this.latestOnes : [];
  }

  all(instrument: Instrument): AggregateTrade[] {
    let kept = this.byInstrument.get(instrument);
    if (kept === undefined) {
      kept = [];
      this.byInstrument.set(instrument, kept);
    }
    return kept;
  }
}
