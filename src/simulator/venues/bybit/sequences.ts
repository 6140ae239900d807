import type { Instrument } from '../../market/instrument.ts';
import type { Trade } from '../../market/tradeTape.ts';

const firstSequence = 115_058_638_774;
/** REST shows at most 60 trades: older numbers are never asked for. */
const keptTradeNumbers = 256;

/** The venue's one increasing `seq` over all symbols, as it stands at each symbol. */
export class Sequences {
  private latest = firstSequence;
  private readonly byInstrument = new Map<Instrument, number>();
  private readonly byTrade = new Map<Instrument, Map<number, number>>();

  onTrades(instrument: Instrument, trades: readonly Trade[]): void {
    const sequence = this.advance(instrument);
    const numbers = this.byTrade.get(instrument) ?? new Map<number, number>();
    this.byTrade.set(instrument, numbers);
    for (const trade of trades) numbers.set(trade.id, sequence);
    for (const id of numbers.keys()) {
      if (numbers.size <= keptTradeNumbers) break;
      numbers.delete(id);
    }
  }

  onBookChanged(instrument: Instrument): void {
    this.advance(instrument);
  }

  of(instrument: Instrument): number {
    return this.byInstrument.get(instrument) ?? firstSequence;
  }

  ofTrade(instrument: Instrument, tradeId: number): number {
    return this.byTrade.get(instrument)?.get(tradeId) ?? firstSequence;
  }

  private advance(instrument: Instrument): number {
    this.latest += 1;
    this.byInstrument.set(instrument, this.latest);
    return this.latest;
  }
}
