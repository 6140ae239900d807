import type { EpochMs } from './market.ts';

/** `off`: switched off, or a host without a profile. The others as the recorder says. */
export type RecordingWord = 'recording' | 'failing' | 'paused' | 'stopped' | 'off';

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
