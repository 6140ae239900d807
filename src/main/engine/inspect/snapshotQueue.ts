import { DecodeError } from '../errors.ts';
import { RecordingError } from '../recording/recordingError.ts';
import { readRecordedText } from '../recording/tardisLines.ts';
import type { BookDecimals, BookSnapshot, Venue } from '../venues/venue.ts';
import type { SnapshotArgument } from './inspectArguments.ts';

interface RecordedAnswer {
  readonly argument: SnapshotArgument;
  readonly body: string;
}

/** Recorded REST answers, each given once, in the order of the command line. */
export class SnapshotQueue {
  readonly #venue: Venue;
  readonly #answers: RecordedAnswer[];

  private constructor(venue: Venue, answers: RecordedAnswer[]) {
    this.#venue = venue;
    this.#answers = answers;
  }

  /** Reads all of them at once, so that a damaged file is known before the work begins. */
  static async load(venue: Venue, snapshots: readonly SnapshotArgument[]): Promise<SnapshotQueue> {
    const answers: RecordedAnswer[] = [];
    for (const argument of snapshots) {
      const answer = { argument, body: await readRecordedText(argument.file) };
      readSnapshot(venue, answer, { price: 0, size: 0 });
      answers.push(answer);
    }
    return new SnapshotQueue(venue, answers);
  }

  isReady(symbol: string, line: number): boolean {
    const next = this.#answers.find(({ argument }) => argument.symbol === symbol);
    return next !== undefined && (next.argument.atLine ?? 0) <= line;
  }

  take(symbol: string, decimals: BookDecimals): BookSnapshot | null {
    const index = this.#answers.findIndex(({ argument }) => argument.symbol === symbol);
    const [answer] = index < 0 ? [] : this.#answers.splice(index, 1);
    return answer === undefined ? null : readSnapshot(this.#venue, answer, decimals);
  }
}

function readSnapshot(venue: Venue, answer: RecordedAnswer, decimals: BookDecimals): BookSnapshot {
  try {
    return venue.rest.readBookSnapshot(answer.body, decimals);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    const { file } = answer.argument;
    throw new RecordingError(`${file} is not a book snapshot of ${venue.id}: ${error.message}.`);
  }
}
