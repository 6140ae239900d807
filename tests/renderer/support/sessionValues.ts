import type {
  RecordingList,
  RecordingStatus,
  SessionSummary,
} from '../../../src/shared/recordings.ts';

export const sessionsNow = 1_700_000_000_000;
const hourMs = 3_600_000;

export function sessionSummary(changes: Partial<SessionSummary> = {}): SessionSummary {
  return {
    ...{ id: '2023-11-14t09-00-00-live', name: '', source: 'live' },
    ...{ startTime: sessionsNow - 10 * hourMs, endTime: sessionsNow - 8 * hourMs },
    ...{ isRecording: false, pinned: false, bytes: 1_240_000_000, segments: 12, marks: 3 },
    ...{ lostInputs: 0, problem: null },
    ...changes,
  };
}

/** Newest first, an hour apart. */
export function manySessions(count: number): readonly SessionSummary[] {
  return Array.from({ length: count }, (_, index) =>
    sessionSummary({
      ...{ id: `session-${index}`, name: `Session ${String(index).padStart(4, '0')}` },
      ...{ startTime: sessionsNow - (index + 2) * hourMs },
      ...{ endTime: sessionsNow - (index + 1) * hourMs, bytes: 1000 * (index + 1) },
    }),
  );
}

export function recordingList(
  sessions: readonly SessionSummary[],
  changes: Partial<RecordingList> = {},
): RecordingList {
  return {
    sessions,
    ...{ totalBytes: 8_200_000_000, quotaBytes: 10_000_000_000, freeBytes: 212_000_000_000 },
    ...{ folder: 'Profile/recordings', canReveal: false },
    ...changes,
  };
}

export function recordingStatus(changes: Partial<RecordingStatus> = {}): RecordingStatus {
  return {
    ...{ status: 'recording', session: 'now', since: sessionsNow - 8_077_000 },
    ...{ bytes: 412_000_000, bytesPerSec: 38_400, lostInputs: 0, problem: null },
    ...{ totalBytes: 8_200_000_000, quotaBytes: 10_000_000_000 },
    ...changes,
  };
}
