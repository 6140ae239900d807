import type { HostView } from '../../src/main/engine/delivery/deliverySource.ts';
import { emptyLatencyReport } from '../../src/main/engine/health/latencyReport.ts';
import { noRecordings } from '../../src/shared/recordings.ts';
import type { ReplayState } from '../../src/shared/replay.ts';
import { hostStatus } from './fakeEngineHost.ts';

/** A host that has nothing to tell beside the core. */
export function hostView(now: () => number, changes: Partial<HostView> = {}): HostView {
  return {
    status: () => hostStatus({ startedTime: now() }),
    links: () => [],
    latency: (span) => emptyLatencyReport(span, now()),
    recordings: () => noRecordings,
    exports: () => ({ jobs: [], folder: '' }),
    marks: () => ({ session: null, marks: [], dropped: 0 }),
    metrics: () => ({
      ...{ version: 1, source: 'simulated', startTime: now(), time: now() },
      roundTrip: { count: 0, p50Ms: null, p99Ms: null, maxMs: null },
      lag: { count: 0, p50Ms: null, p99Ms: null, maxMs: null },
      ...{ venues: [], connections: [], streams: [] },
    }),
    ...changes,
  };
}

export function replayState(changes: Partial<ReplayState> = {}): ReplayState {
  return {
    ...{ session: '2026-11-18t09-00-00-live', name: '', recordedSource: 'live' },
    ...{ time: 1_000, startTime: 0, endTime: 3_600_000, inputs: 1 },
    ...{ isPlaying: true, isSeeking: false, isFinished: false, speed: 1, loop: null },
    ...{ check: null, problem: null },
    ...changes,
  };
}
