import { useSyncExternalStore } from 'react';
import { useStore } from 'zustand';
import type { EpochMs, MarketId } from '../../shared/market.ts';
import { defaultMarkets } from '../../shared/market.ts';
import type { DataSource, HostStatus } from '../../shared/values.ts';
import {
  useHostStatus,
  useLinkHealth,
  useLinks,
  useMarketStore,
  usePrice,
} from '../store/hooks.ts';
import { isRecorded } from '../store/windowState.ts';
import type { LinkHealth, WindowState } from '../store/marketStore.ts';
import { isNextTick } from '../store/renderGate.ts';
import type { LinkGroup } from '../widgets/LinkChip.tsx';
import type { CoverageCell } from '../widgets/validity.ts';
import { priceCoverage } from '../widgets/validity.ts';

export interface Session {
  readonly link: LinkHealth;
  /** Only then may anything look live. */
  readonly linked: boolean;
  /** Null while it is not decided: no contact yet, or a first start that still looks for venues. */
  readonly source: DataSource | null;
  readonly status: HostStatus | null;
}

export function useWindowState<Value>(select: (state: WindowState) => Value): Value {
  return useStore(useMarketStore().windowState, select);
}

export function useSession(): Session {
  const link = useLinkHealth();
  const status = useHostStatus();
  const source = useWindowState((state) => state.source);
  const probing = status?.sourceReason === 'probing';
  return { link, linked: link.status === 'open', source: probing ? null : source, status };
}

/** What is shown has happened: nothing can be asked of a venue. */
export function useIsRecorded(): boolean {
  return useWindowState(({ source }) => isRecorded(source));
}

export const recordedWords = 'This is a recording. No venue hears of it.';

/** A replay's clock may make hundreds of steps between two frames: nobody reads so fast. */
const leastStepMs = 100;

/** A clock in steps: renders once per step, without a timer of its own. */
function useClockStep(now: () => EpochMs, stepMs: number): EpochMs {
  const store = useMarketStore();
  const stepped = () => Math.floor(now() / stepMs) * stepMs;
  return useSyncExternalStore((changed) => {
    let last = stepped();
    let lastMs = Number.NEGATIVE_INFINITY;
    return store.onFrame((frameTime) => {
      const now = stepped();
      if (now === last || !isNextTick(lastMs, frameTime, leastStepMs)) return;
      last = now;
      lastMs = frameTime;
      changed();
    });
  }, stepped);
}

export function useHostStep(stepMs: number): EpochMs {
  const store = useMarketStore();
  return useClockStep(() => store.hostNow(), stepMs);
}

/** The page's own clock, for what it does while the host's cannot be heard. */
export function usePageStep(stepMs: number): EpochMs {
  return useClockStep(Date.now, stepMs);
}

/** The host's clock right now, for ages and countdowns; renders again with each step. */
export function useHostNow(stepMs = 1000): EpochMs {
  useHostStep(stepMs);
  return useMarketStore().hostNow();
}

/** The market of a link group; a first run follows the first default market. */
export function useLinkedMarket(group: LinkGroup): MarketId {
  const link = useLinks().find((candidate) => candidate.group === group);
  return link?.market ?? defaultMarkets[0] ?? 'BTC-USDT';
}

/** Which venues count in a market's consolidated price, one cell per venue. */
export function useCoverage(market: MarketId): readonly CoverageCell[] {
  const price = usePrice(market);
  const { linked } = useSession();
  const now = useHostNow();
  return priceCoverage(price, linked, now);
}

/** True only while the page hears from its host: nothing may look live otherwise. */
export function useLinked(): boolean {
  return useLinkHealth().status === 'open';
}
