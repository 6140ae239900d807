import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../ports/clock.ts';
import { systemFiles } from '../ports/files.ts';
import { RecordingLibrary } from '../recording/recordingLibrary.ts';
import { ExportError, problemOf } from './exportError.ts';
import type { ExportMessage, ExportOrder } from './exportOrder.ts';
import type { ExportProgress } from './exportOptions.ts';
import { exportSession } from './exportSession.ts';

/** Entry of the thread of one export. */

const tellMs = 200;

async function run(order: ExportOrder, signal: AbortSignal): Promise<ExportProgress> {
  const { request, recordings, folder, fileName, tag, appVersion } = order;
  const session = await new RecordingLibrary(systemFiles, recordings).open(request.session);
  if (session === null) {
    throw new ExportError('Nothing was exported: there is no such session any more.');
  }
  let toldMs = Number.NEGATIVE_INFINITY;
  return exportSession({
    ...{ session, request, venue: null, files: systemFiles, folder, fileName },
    ...{ overwrite: false, tag, appVersion, signal },
    onProgress(progress) {
      const nowMs = systemClock.monotonicMs();
      if (nowMs - toldMs < tellMs) return;
      toldMs = nowMs;
      tell({ type: 'progress', progress });
    },
  });
}

function tell(message: ExportMessage): void {
  parentPort?.postMessage(message, []);
}

/** Made by `ExportJobs` of the same program: a look at what it could not be is enough. */
function parseOrder(value: unknown): ExportOrder {
  if (typeof value === 'object' && value !== null && isOrder(value)) return value;
  throw new Error('this thread is started by ExportJobs alone');
}

function isOrder(value: object): value is ExportOrder {
  return 'request' in value && 'recordings' in value && 'folder' in value && 'tag' in value;
}

const cancel = new AbortController();
parentPort?.on('message', () => cancel.abort());
try {
  tell({ type: 'done', progress: await run(parseOrder(workerData), cancel.signal) });
} catch (error) {
  tell({ type: 'failed', problem: problemOf(error) });
} finally {
  parentPort?.close();
}
