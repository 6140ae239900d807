import type { ExportOptions } from '../../src/main/engine/export/exportOptions.ts';
import type { FilesPort } from '../../src/main/engine/ports/files.ts';
import { systemFiles } from '../../src/main/engine/ports/files.ts';
import type { RecordedSession } from '../../src/main/engine/recording/recordingLibrary.ts';
import type { ExportContent } from '../../src/shared/exports.ts';

export const tradesAsCsv: ExportContent = { type: 'table', table: 'trades', format: 'csv' };

/** An export of everything, into `folder`. */
export function exportOptions(
  session: RecordedSession,
  folder: string,
  fileName: string,
  changes: Partial<ExportOptions['request']> = {},
  files: FilesPort = systemFiles,
): ExportOptions {
  return {
    session,
    request: {
      content: tradesAsCsv,
      ...{ from: null, to: null, markets: [], everyMs: 1_000, interval: '1s', levels: 20 },
      ...changes,
    },
    ...{ venue: null, files, folder, fileName, overwrite: true, tag: 't1' },
    ...{ appVersion: '1.2.3', onProgress: () => undefined },
    signal: new AbortController().signal,
  };
}
