import type { ConnectionHealth } from '../../../shared/feedHealth.ts';
import type { LatencyReport, LatencySpan } from '../../../shared/latency.ts';
import type { ClockPort } from '../ports/clock.ts';
import type { LatencyMeter } from './latencyMeter.ts';
import { createLatencyReport } from './latencyReport.ts';

const keptMs = 500;

/** Makes reports when they are asked for; windows that ask for the same one within half a second share it. */
export class LatencyReporter {
  private readonly meter: LatencyMeter;
  private readonly clock: Pick<ClockPort, 'wallMs' | 'monotonicMs'>;
  private readonly connections: () => readonly ConnectionHealth[];
  private readonly kept = new Map<
    LatencySpan,
    { readonly madeMs: number; readonly report: LatencyReport }
  >();

  constructor(
    meter: LatencyMeter,
    clock: Pick<ClockPort, 'wallMs' | 'monotonicMs'>,
    connections: () => readonly ConnectionHealth[],
  ) {
    this.meter = meter;
    this.clock = clock;
    this.connections = connections;
  }

  report(span: LatencySpan): LatencyReport {
    const nowMs = this.clock.monotonicMs();
    const kept = this.kept.get(span);
    if (kept !== undefined && nowMs - kept.madeMs < keptMs) return kept.report;
    const { meter, clock, connections } = this;
    const report = createLatencyReport(meter, span, clock.wallMs(), connections());
    this.kept.set(span, { madeMs: nowMs, report });
    return report;
  }
}
