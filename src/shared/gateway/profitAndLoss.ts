import type { EpochMs } from '../market.ts';

/**
 * Profit and loss, in the names that programs know. Nothing computes it yet: every figure is null and the status says so,
 * because a 0 would be a figure.
 */
export interface ProfitAndLoss {
  readonly type: 'pnl';
  readonly status: 'not-computed';
  readonly message: string;
  readonly revenue: null;
  readonly expenses: null;
  readonly netPL: null;
  readonly parts: readonly [];
  /** When a figure was computed. */
  readonly computedTime: null;
  readonly time: EpochMs;
}

export const profitAndLossCadenceMs = 5_000;

export function profitAndLossAt(time: EpochMs): ProfitAndLoss {
  return {
    type: 'pnl',
    status: 'not-computed',
    message: 'This gateway computes no profit and loss yet: it has no account or position data.',
    revenue: null,
    expenses: null,
    netPL: null,
    parts: [],
    computedTime: null,
    time,
  };
}
