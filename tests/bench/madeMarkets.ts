import type { BenchMarket, BenchSession } from './benchSession.ts';
import { binanceInstrument } from './benchSession.ts';

const levelsPerSide = 1_000;
/** Of each ten minutes one is lively. */
const burstEveryMs = 600_000;
const burstMs = 60_000;
const burstFactor = 10;

export interface PlayPlan {
  readonly forMs: number;
  readonly perSec: number;
  readonly settle: () => Promise<void>;
}

/** Invented markets in Binance's words: trades, best prices and deltas of books a thousand levels deep. */
export class MadeMarkets {
  readonly markets: readonly BenchMarket[];
  private readonly books: readonly MadeBook[];
  private draw = 17;

  constructor(bases: readonly string[]) {
    this.books = bases.map((base, index) => new MadeBook(base, 10_000_00 * (index + 1)));
    this.markets = this.books.map((book) => ({
      instrument: binanceInstrument(book.base),
      snapshot: () => book.snapshot(),
    }));
  }

  async play(session: BenchSession, { forMs, perSec, settle }: PlayPlan): Promise<void> {
    const start = session.time;
    let count = 0;
    for (let at = 0; at < forMs;) {
      const isLively = at % burstEveryMs >= burstEveryMs - burstMs;
      at += 1_000 / (isLively ? perSec * burstFactor : perSec);
      const book = this.books[count % this.books.length];
      if (book === undefined) return;
      const time = start + at;
      const random = this.random();
      if (random < 0.2) session.frame(time, book.trade(time, this.random()));
      else if (random < 0.7)
        session.frame(
          time,
          book.delta(time, () => this.random()),
        );
      else session.frame(time, book.top());
      count += 1;
      if (count % 4_000 === 0) await settle();
    }
  }

  private random(): number {
    this.draw = (this.draw * 48_271) % 2_147_483_647;
    return this.draw / 2_147_483_647;
  }
}

class MadeBook {
  readonly base: string;
  private readonly symbol: string;
  private readonly middle: number;
  private sequence = 1_000;
  private trades = 0;

  constructor(base: string, middle: number) {
    this.base = base;
    this.symbol = `${base}USDT`;
    this.middle = middle;
  }

  /** The best prices never move, so that what is told of them is right. */
  snapshot(): string {
    const side = (sign: number) =>
      Array.from({ length: levelsPerSide }, (_, level) => [
        this.price(sign * (level + 1)),
        '1.50000',
      ]);
    return JSON.stringify({ lastUpdateId: this.sequence, bids: side(-1), asks: side(1) });
  }

  trade(time: number, random: number): string {
    this.trades += 1;
    const stamp = Math.round(time);
    const side = random < 0.5;
    return (
      `{"stream":"${this.symbol.toLowerCase()}@trade","data":{"e":"trade","E":${stamp},"s":"${this.symbol}",` +
      `"t":${this.trades},"p":"${this.price(side ? -1 : 1)}","q":"${(0.001 + random).toFixed(5)}","T":${stamp},"m":${side},"M":true}}`
    );
  }

  top(): string {
    return (
      `{"stream":"${this.symbol.toLowerCase()}@bookTicker","data":{"u":${this.sequence},"s":"${this.symbol}",` +
      `"b":"${this.price(-1)}","B":"1.50000","a":"${this.price(1)}","A":"1.50000"}}`
    );
  }

  delta(time: number, random: () => number): string {
    const first = this.sequence + 1;
    this.sequence += 3;
    const levels = (sign: number) =>
      Array.from({ length: 6 }, () => {
        const level = 2 + Math.floor(random() * (levelsPerSide - 2));
        return `["${this.price(sign * level)}","${(random() * 3 + 0.001).toFixed(5)}"]`;
      }).join(',');
    return (
      `{"stream":"${this.symbol.toLowerCase()}@depth@100ms","data":{"e":"depthUpdate","E":${Math.round(time)},"s":"${this.symbol}",` +
      `"U":${first},"u":${this.sequence},"b":[${levels(-1)}],"a":[${levels(1)}]}}`
    );
  }

  private price(ticks: number): string {
    return ((this.middle + ticks) / 100).toFixed(2);
  }
}
