import type { LatencyReport, LatencySpan } from '../../../shared/latency.ts';
import type { EpochMs } from '../../../shared/market.ts';
import type { DataSource, HostStatus, LinkState } from '../../../shared/values.ts';
import type { CoreView } from '../coreView.ts';

/** One engine as a session reads it; a switch of source gives the session another one. */
export interface DeliverySource {
  readonly source: DataSource;
  readonly view: CoreView;
  /** The clock that the values' times are on: the wall clock, or a replay's position. */
  readonly now: () => EpochMs;
}

/** What the host itself contributes beside the core. */
export interface HostView {
  status(): HostStatus;
  links(): readonly LinkState[];
  latency(span: LatencySpan): LatencyReport;
}
