import type { LatencyReport, LatencySpan } from '../../../shared/latency.ts';
import type { CandleInterval, EpochMs, MarketId } from '../../../shared/market.ts';
import type { CandlePage, HostStatus } from '../../../shared/values.ts';
import type { VenueId } from '../../../shared/venues.ts';
import type { DeliverySource } from '../delivery/deliverySource.ts';
import type { EngineCommand } from '../engineCommand.ts';

export interface CandleHistory {
  readonly market: MarketId;
  /** Null: consolidated. */
  readonly venue: VenueId | null;
  readonly interval: CandleInterval;
  readonly before: EpochMs | null;
  readonly limit: number;
}

/** A core with what feeds it: sockets, or a recording. One source, from an empty state to `close`. */
export interface RunningEngine extends DeliverySource {
  command(command: EngineCommand): void;
  /** Never rejects: what cannot be had is said in `problem`. */
  loadCandles(history: CandleHistory): Promise<CandlePage>;
  /** How long messages took to the screen; empty where nothing is measured. */
  latency(span: LatencySpan): LatencyReport;
  readonly watchedSince: EpochMs;
  /** Messages that wait to be sent, on the socket with the most. */
  queuedMessages(): number;
  /** The same of one connection; absent where nothing is sent. */
  readonly queuedOn?: (connection: string) => number;
  /** Position of a recording; null for a market. */
  replay(): HostStatus['replay'];
  /** Safe to call twice. */
  close(): void;
}
