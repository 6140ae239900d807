import type { gatewayLimits } from '../../../shared/gateway/limits.ts';
import type { HostLogEntry } from '../../engine/host.ts';
import type { GatewayClock } from '../gatewayClock.ts';
import type { MarketHub } from './clientContract.ts';
import type { MarketFeed } from './marketFeed.ts';

export type HubLimits = {
  readonly [Name in keyof typeof gatewayLimits]: (typeof gatewayLimits)[Name] extends number
    ? number
    : (typeof gatewayLimits)[Name];
};

export interface MarketHubOptions {
  readonly feed: MarketFeed;
  readonly clock: GatewayClock;
  readonly version: string;
  readonly log: (entry: HostLogEntry) => void;
  readonly limits?: Partial<HubLimits>;
}

export function createMarketHub(options: MarketHubOptions): MarketHub {
  throw new Error(`the hub of ${options.version} is not there yet`);
}
