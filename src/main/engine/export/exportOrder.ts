import type { ExportRequest } from '../../../shared/exports.ts';
import type { ExportProgress } from './exportOptions.ts';

/** What the thread of one export is told. */
export interface ExportOrder {
  readonly request: ExportRequest;
  /** Folder of all sessions. */
  readonly recordings: string;
  readonly folder: string;
  readonly fileName: string;
  readonly tag: string;
  readonly appVersion: string;
}

/** What it tells. */
export type ExportMessage =
  | { readonly type: 'progress'; readonly progress: ExportProgress }
  | { readonly type: 'done'; readonly progress: ExportProgress }
  | { readonly type: 'failed'; readonly problem: string };
