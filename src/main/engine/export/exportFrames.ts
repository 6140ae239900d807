import { join } from 'node:path';
import { exportTardis } from '../recording/exportTardis.ts';
import { ExportError } from './exportError.ts';
import type { ExportOptions, ExportProgress } from './exportOptions.ts';

/** The raw traffic in the interchange form: the frames under the name asked for, and files beside it for what else it takes. */
export async function exportFrames(options: ExportOptions): Promise<ExportProgress> {
  const { session, request, venue, files, folder, fileName, signal, onProgress } = options;
  if (request.markets.length > 0) {
    throw new ExportError(
      'Raw frames are not of single markets: choose all of them, or a table of one market.',
    );
  }
  const { from, to } = request;
  const path = join(folder, fileName);
  const { frames } = await exportTardis({
    ...{ session, path, files, signal, selection: { from, to, venue } },
    onProgress: (progress) => onProgress({ progress, rows: 0, bytes: 0 }),
  });
  return { progress: 1, rows: frames, bytes: await files.sizeOf(path) };
}
