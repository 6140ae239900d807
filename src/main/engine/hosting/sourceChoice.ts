import type { HostStatus } from '../../../shared/values.ts';
import type { MarketChoice } from './hostContract.ts';

/** How long a first start waits for any venue before it shows the simulated market. */
export const firstStartWaitMs = 8_000;
/** How often the venues are asked while the simulated market is shown. */
export const reachProbeMs = 30_000;

export interface SourceChoiceOptions {
  /** `--market`. */
  readonly flag: MarketChoice | null;
  /** The saved setting. */
  readonly saved: MarketChoice | null;
  readonly sawLiveData: boolean;
  readonly canSimulate: boolean;
}

export interface SourcePlan {
  readonly market: MarketChoice;
  readonly reason: HostStatus['sourceReason'];
  /** Fall back to the simulated market when a window is attached and no venue answers in time. */
  readonly mayFallBack: boolean;
}

/**
 * Which market a start shows. Only a profile that has never seen a live frame, and whose owner has chosen nothing, may end
 * in the simulated market by itself.
 */
export function planSource(options: SourceChoiceOptions): SourcePlan {
  const chosen = options.flag ?? options.saved;
  if (chosen === 'simulated') return { market: 'simulated', reason: 'chosen', mayFallBack: false };
  const mayFallBack = chosen === null && !options.sawLiveData && options.canSimulate;
  return { market: 'live', reason: mayFallBack ? 'probing' : 'live', mayFallBack };
}
