import type { ExportRequest } from '../../../shared/exports.ts';
import type { VenueId } from '../../../shared/venues.ts';
import type { FilesPort } from '../ports/files.ts';
import type { RecordedSession } from '../recording/recordingLibrary.ts';

export interface ExportProgress {
  /** Of the session's time, 0 to 1. */
  readonly progress: number;
  readonly rows: number;
  readonly bytes: number;
}

export interface ExportOptions {
  readonly session: RecordedSession;
  readonly request: Omit<ExportRequest, 'session' | 'fileName'>;
  /** Of raw frames; null: all. */
  readonly venue: VenueId | null;
  readonly files: FilesPort;
  readonly folder: string;
  /** Checked, with its ending. */
  readonly fileName: string;
  readonly overwrite: boolean;
  /** Tells the part files of one program apart. */
  readonly tag: string;
  readonly appVersion: string;
  readonly onProgress: (progress: ExportProgress) => void;
  readonly signal: AbortSignal;
}
