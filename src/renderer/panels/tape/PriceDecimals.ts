import type { InstrumentId } from '../../../shared/market.ts';
import type { TradeValue } from '../../../shared/values.ts';
import { formatUnits } from '../../format/price.ts';

/** Decimals of each venue's prices, as far as its trades have shown them: they only grow, so that no digit comes and goes. */
export class PriceDecimals {
  readonly #byInstrument = new Map<InstrumentId, number>();

  /** Of the column: the most that any venue has. */
  most = 0;

  learn(trade: TradeValue): void {
    const { instrument, priceDecimals } = trade;
    if (priceDecimals <= (this.#byInstrument.get(instrument) ?? -1)) return;
    this.#byInstrument.set(instrument, priceDecimals);
    this.most = Math.max(this.most, priceDecimals);
  }

  of(trade: TradeValue): number {
    return Math.max(trade.priceDecimals, this.#byInstrument.get(trade.instrument) ?? 0);
  }

  write(trade: TradeValue): string {
    return formatUnits(trade.priceUnits, trade.priceDecimals, this.of(trade));
  }

  /** Everything known, for what is painted with it. */
  get signature(): string {
    return [...this.#byInstrument].join();
  }

  reset(): void {
    this.#byInstrument.clear();
    this.most = 0;
  }
}
