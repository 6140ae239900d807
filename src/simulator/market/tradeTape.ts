export interface Trade {
  /** +1 per trade of the instrument. */
  readonly id: number;
  readonly time: number;
  /** Ticks. */
  readonly price: number;
  /** Lots. */
  readonly size: number;
  readonly takerBuys: boolean;
  /** The same for all trades of one taker order. */
  readonly orderId: number;
  /** The venue's own number of this trade, where it is not `id` itself. */
  readonly venueSequence: number;
}

const keptTrades = 32_768;
const valuesPerTrade = 5;

/** The last 32,768 trades of an instrument, by contiguous id. */
export class TradeTape {
  readonly firstId: number;
  private nextTradeId: number;
  private values = new Float64Array(256 * valuesPerTrade);
  private capacity = 256;

  constructor(firstId: number) {
    this.firstId = firstId;
    this.nextTradeId = firstId;
  }

  nextId(): number {
    return this.nextTradeId;
  }

  oldestId(): number {
    return Math.max(this.firstId, this.nextTradeId - this.capacity);
  }

  add(trade: Trade): void {
    if (trade.id - this.oldestId() >= this.capacity && this.capacity < keptTrades) this.grow();
    const base = (trade.id % this.capacity) * valuesPerTrade;
    this.values[base] = trade.time;
    this.values[base + 1] = trade.price;
    this.values[base + 2] = trade.takerBuys ? trade.size : -trade.size;
    this.values[base + 3] = trade.orderId;
    this.values[base + 4] = trade.venueSequence;
    this.nextTradeId = trade.id + 1;
  }

  get(id: number): Trade | undefined {
    if (id < this.oldestId() || id >= this.nextTradeId) return undefined;
    const base = (id % this.capacity) * valuesPerTrade;
    const signedSize = this.values[base + 2] ?? 0;
    return {
      id,
      time: this.values[base] ?? 0,
      price: this.values[base + 1] ?? 0,
      size: Math.abs(signedSize),
      takerBuys: signedSize > 0,
      orderId: this.values[base + 3] ?? 0,
      venueSequence: this.values[base + 4] ?? 0,
    };
  }

  last(): Trade | undefined {
    return this.get(this.nextTradeId - 1);
  }

  /** Trades with ids in [fromId, toId), as far as they are kept. */
  range(fromId: number, toId: number): Trade[] {
    const trades: Trade[] = [];
    const end = Math.min(toId, this.nextTradeId);
    for (let id = Math.max(fromId, this.oldestId()); id < end; id += 1) {
      const trade = this.get(id);
      if (trade !== undefined) trades.push(trade);
    }
    return trades;
  }

  private grow(): void {
    const capacity = Math.min(keptTrades, this.capacity * 2);
    const values = new Float64Array(capacity * valuesPerTrade);
    for (let id = this.oldestId(); id < this.nextTradeId; id += 1) {
      const from = (id % this.capacity) * valuesPerTrade;
      values.set(
        this.values.subarray(from, from + valuesPerTrade),
        (id % capacity) * valuesPerTrade,
      );
    }
    this.values = values;
    this.capacity = capacity;
  }
}
