import type { EpochMs } from '../../../shared/market.ts';
import type { TardisLine } from '../recording/tardisLines.ts';
import { tardisLines } from '../recording/tardisLines.ts';
import type { ScannedFile } from './scanRecording.ts';

interface Cursor {
  readonly source: ScannedFile;
  readonly portions: AsyncGenerator<readonly TardisLine[]>;
  portion: readonly TardisLine[];
  index: number;
}

export interface MergedPortion {
  readonly source: ScannedFile;
  readonly lines: readonly TardisLine[];
}

/** Lines of several files by their receive time, each file in its own order. A file is opened when its first line is due. */
export class MergedLines {
  readonly #waiting: ScannedFile[];
  #cursors: Cursor[] = [];

  /** `files` in the order in which they begin. */
  constructor(files: readonly ScannedFile[]) {
    this.#waiting = [...files];
  }

  /** Null: no line is left. */
  async next(): Promise<MergedPortion | null> {
    await this.#openDue();
    const first = this.#earliest(null);
    if (first === null) return null;
    const until = this.#limit(first);
    const from = first.index;
    while (first.index < first.portion.length) {
      const line = first.portion[first.index];
      if (line === undefined || (line.receivedTime > until && first.index > from)) break;
      first.index += 1;
    }
    const lines = first.portion.slice(from, first.index);
    if (first.index === first.portion.length) await this.#readOn(first);
    return { source: first.source, lines };
  }

  async close(): Promise<void> {
    const cursors = this.#cursors;
    this.#cursors = [];
    this.#waiting.length = 0;
    for (const { portions } of cursors) await portions.return(undefined);
  }

  async #openDue(): Promise<void> {
    for (;;) {
      const [next] = this.#waiting;
      const first = this.#earliest(null);
      if (next === undefined) return;
      if (first !== null && timeOf(first) < next.firstTime) return;
      this.#waiting.shift();
      const portions = tardisLines(next.file);
      const cursor = { source: next, portions, portion: [], index: 0 };
      this.#cursors.push(cursor);
      await this.#readOn(cursor);
    }
  }

  /** Up to the line that another file has first. */
  #limit(first: Cursor): EpochMs {
    const other = this.#earliest(first);
    const waiting = this.#waiting[0]?.firstTime ?? Number.POSITIVE_INFINITY;
    return Math.min(waiting, other === null ? Number.POSITIVE_INFINITY : timeOf(other));
  }

  #earliest(except: Cursor | null): Cursor | null {
    let best: Cursor | null = null;
    for (const cursor of this.#cursors) {
      if (cursor === except) continue;
      if (best === null || timeOf(cursor) < timeOf(best)) best = cursor;
    }
    return best;
  }

  async #readOn(cursor: Cursor): Promise<void> {
    cursor.index = 0;
    do {
      const result = await cursor.portions.next();
      if (result.done === true) {
        this.#cursors = this.#cursors.filter((other) => other !== cursor);
        return;
      }
      cursor.portion = result.value;
    } while (cursor.portion.length === 0);
  }
}

function timeOf(cursor: Cursor): EpochMs {
  return cursor.portion[cursor.index]?.receivedTime ?? Number.POSITIVE_INFINITY;
}
