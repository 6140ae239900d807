import type { LatencyReport, LatencySpan } from '../../../shared/latency.ts';
import type { ExportReport } from '../../../shared/exports.ts';
import type { EpochMs } from '../../../shared/market.ts';
import type { MarkList } from '../../../shared/marks.ts';
import type { RecordingList } from '../../../shared/recordings.ts';
import type { SessionMetrics } from '../../../shared/sessionMetrics.ts';
import type { DataSource, HostStatus, LinkState } from '../../../shared/values.ts';
import type { CoreView } from '../coreView.ts';
import type { TraceSource } from '../health/messageTracer.ts';

/** One engine as a session reads it; a switch of source gives the session another one. */
export interface DeliverySource {
  readonly source: DataSource;
  readonly view: CoreView;
  /** The message in work, for the latency of what windows paint; absent where nothing is measured (a replay). */
  readonly traces?: TraceSource;
  /** The clock that the values' times are on: the wall clock, or a replay's position. */
  readonly now: () => EpochMs;
}

/** What the host itself contributes to one window beside the core. */
export interface HostView {
  status(): HostStatus;
  links(): readonly LinkState[];
  latency(span: LatencySpan): LatencyReport;
  recordings(): RecordingList;
  exports(): ExportReport;
  /** Of the session that this window looks at. */
  marks(): MarkList;
  metrics(): SessionMetrics;
}
