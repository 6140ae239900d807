import type { EngineHost } from '../../engine/host.ts';
import type { GatewayClock } from '../gatewayClock.ts';
import type { MarketFeed, PublicationSink } from './marketFeed.ts';

export interface EngineFeedOptions {
  readonly host: EngineHost;
  readonly clock: GatewayClock;
  /** Where publications go beside the listener. */
  readonly sinks?: readonly PublicationSink[];
}

export function openEngineFeed(options: EngineFeedOptions): MarketFeed {
  throw new Error(`no feed of ${String(options.clock.wallMs())} yet`);
}
