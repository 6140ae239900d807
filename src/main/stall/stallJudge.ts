import type { StallOrders } from './stallOrders.ts';

/**
 * Whether the loop of another thread still turns. It counts looks, not time: while the machine sleeps or the process is
 * stopped nobody looks, and that is no stall.
 */
export class StallJudge {
  private readonly orders: Pick<StallOrders, 'looks' | 'pauseLooks'>;
  private seen: number | null = null;
  private stillLooks = 0;

  constructor(orders: Pick<StallOrders, 'looks' | 'pauseLooks'>) {
    this.orders = orders;
  }

  /** For how many looks it has stood still where that has to be told now, else null. */
  look(beat: number): number | null {
    if (beat !== this.seen) {
      this.seen = beat;
      this.stillLooks = 0;
      return null;
    }
    this.stillLooks += 1;
    const late = this.stillLooks - this.orders.looks;
    return late >= 0 && late % this.orders.pauseLooks === 0 ? this.stillLooks : null;
  }
}
