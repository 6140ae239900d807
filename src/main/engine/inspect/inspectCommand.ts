import { RecordingError } from '../recording/recordingError.ts';
import { UsageError, parseInspectArguments, usage } from './inspectArguments.ts';
import { inspectRecordings } from './inspectRecordings.ts';
import { inspectTable } from './inspectTable.ts';

/** Where the command writes. */
export interface InspectIo {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

/**
 * `truetape inspect`. Resolves with the exit code: 2 for a wrong command line, 1 for a recording that cannot be read, also
 * where only some of its messages cannot.
 */
export async function runInspect(args: readonly string[], io: InspectIo): Promise<number> {
  try {
    const parsed = parseInspectArguments(args);
    if (parsed === null) {
      io.stdout(usage);
      return 0;
    }
    const report = await inspectRecordings(parsed);
    io.stdout(parsed.json ? `${JSON.stringify(report, null, 2)}\n` : inspectTable(report));
    const { count, first } = report.decodeErrors;
    if (first === null) return 0;
    const what = count === 1 ? '1 message' : `${count} messages`;
    io.stderr(
      `truetape: ${what} could not be decoded, the first in line ${first.line}: ${first.reason}\n`,
    );
    return 1;
  } catch (error) {
    if (error instanceof UsageError || error instanceof RecordingError) {
      io.stderr(`truetape: ${error.message}\n`);
      return error instanceof UsageError ? 2 : 1;
    }
    throw error;
  }
}
