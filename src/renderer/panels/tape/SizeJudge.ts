import type { TradeTape } from '../../store/marketStore.ts';
import { chooseTapeDecimals, computeLargeSize } from './largeSize.ts';
import { tradeSize } from './tapeFilter.ts';

/** Sizes are judged anew this often: a threshold that moves with every trade is none. */
const judgeMs = 30_000;
const firstJudgeMs = 1_000;
const judgedTrades = 500;

/** What is large on a market, and how many decimals its sizes need, from its own recent trades. */
export class SizeJudge {
  #judgedAt = -Infinity;
  #large: number | null = null;
  #decimals = 4;

  get large(): number | null {
    return this.#large;
  }

  get decimals(): number {
    return this.#decimals;
  }

  follow(tape: TradeTape, frameTime: number): void {
    const due = frameTime - this.#judgedAt >= (this.#large === null ? firstJudgeMs : judgeMs);
    if (!due) return;
    this.#judgedAt = frameTime;
    const sizes: number[] = [];
    for (let index = Math.max(0, tape.length - judgedTrades); index < tape.length; index += 1) {
      const row = tape.at(index);
      if (row?.type === 'trade') sizes.push(tradeSize(row));
    }
    if (sizes.length === 0) return;
    // Decimals stay once they are chosen: a column that changes its form cannot be read.
    if (this.#large === null) this.#decimals = chooseTapeDecimals(sizes);
    this.#large = computeLargeSize(sizes);
  }

  reset(): void {
    this.#judgedAt = -Infinity;
    this.#large = null;
    this.#decimals = 4;
  }
}
