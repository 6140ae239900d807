import type { EpochMs } from './market.ts';

/** `off`: switched off, or a host without a profile. The others as the recorder says. */
export type RecordingWord = 'recording' | 'failing' | 'paused' | 'stopped' | 'off';

/** Where the recorded data came from; `imported`: a recording of another program. */
export const sessionSources = ['live', 'simulated', 'imported'] as const;
export type SessionSource = (typeof sessionSources)[number];

/** One recorded session of the profile. */
export interface SessionSummary {
  readonly id: string;
  /** As a person called it; empty: not named. */
  readonly name: string;
  readonly source: SessionSource;
  readonly startTime: EpochMs;
  /** Null while it is written; of one whose program was killed, the time of its last complete input. */
  readonly endTime: EpochMs | null;
  readonly isRecording: boolean;
  readonly pinned: boolean;
  readonly bytes: number;
  readonly segments: number;
  readonly marks: number;
  /** Inputs that could not be written down. */
  readonly lostInputs: number;
  /** For a person: what cannot be read of it; null: nothing is known to be wrong. */
  readonly problem: string | null;
}

export interface RecordingList {
  /** Newest first. */
  readonly sessions: readonly SessionSummary[];
  readonly totalBytes: number;
  readonly quotaBytes: number;
  readonly freeBytes: number;
  /** Where they are, as a person reads it. */
  readonly folder: string;
  /** A host that may show files to the person at this screen (the desktop). */
  readonly canReveal: boolean;
}

/** What becomes of everything that the engine hears. */
export interface RecordingStatus {
  readonly status: RecordingWord;
  /** Id of the session that is written; null when none is. */
  readonly session: string | null;
  readonly since: EpochMs | null;
  /** Written in this session, before packing. */
  readonly bytes: number;
  readonly bytesPerSec: number;
  /** Of all sessions on the disk, and what they may take together. */
  readonly totalBytes: number;
  readonly quotaBytes: number;
  /** Inputs of this session that could not be written: a recording that is not whole says so. */
  readonly lostInputs: number;
  /** For a person: why it fails or waits, and what to do. */
  readonly problem: string | null;
}

/** A host that writes nothing down. */
export const notRecording: RecordingStatus = {
  status: 'off',
  session: null,
  since: null,
  bytes: 0,
  bytesPerSec: 0,
  totalBytes: 0,
  quotaBytes: 0,
  lostInputs: 0,
  problem: null,
};

export const noRecordings: RecordingList = {
  sessions: [],
  totalBytes: 0,
  quotaBytes: 0,
  freeBytes: 0,
  folder: '',
  canReveal: false,
};
