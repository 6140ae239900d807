/** Exports a session until it is killed: RECORDINGS SESSION FOLDER. */
import { systemFiles } from '../../src/main/engine/ports/files.ts';
import { RecordingLibrary } from '../../src/main/engine/recording/recordingLibrary.ts';
import { exportSession } from '../../src/main/engine/export/exportSession.ts';
import { exportOptions } from './exportOptions.ts';

const [recordings = '', id = '', folder = ''] = process.argv.slice(2);
const session = await new RecordingLibrary(systemFiles, recordings).open(id);
if (session === null) throw new Error(`no session ${id}`);
for (let round = 0; ; round += 1) {
  const options = exportOptions(session, folder, `book-${round}.csv`, {
    content: { type: 'table', table: 'book', format: 'csv' },
    everyMs: 100,
  });
  const started = () => process.stdout.write(`writing\n`);
  await exportSession({ ...options, onProgress: started });
}
