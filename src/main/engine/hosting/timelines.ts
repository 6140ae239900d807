import type { EpochMs, MarketId } from '../../../shared/market.ts';
import type { Mark, MarkList } from '../../../shared/marks.ts';
import type { Timeline } from '../../../shared/replay.ts';

/** Marks and course of one session, as its folder keeps them. */
export interface SessionNotes {
  marks(): readonly Mark[];
  readonly dropped: number;
  onChange: () => void;
  add(mark: Omit<Mark, 'id'>): Mark;
  change(id: string, note: string): boolean;
  remove(id: string): boolean;
  timeline(
    market: MarketId,
    buckets: number,
    range: { readonly startTime: EpochMs; readonly endTime: EpochMs },
  ): Omit<Timeline, 'session'>;
  close(): Promise<void>;
}

/** A timeline that is open for one of its readers. */
export interface OpenTimeline<File extends SessionNotes = SessionNotes> {
  readonly file: File;
  /** The last one writes what waits. */
  release(): Promise<void>;
}

interface Shared<File extends SessionNotes> {
  readonly file: Promise<File>;
  readonly listeners: Set<() => void>;
  readers: number;
}

/** One timeline per folder, whoever looks at the session: it is written by its recording and by the marks of its replays. */
export class Timelines<File extends SessionNotes> {
  private readonly open: (folder: string) => Promise<File>;
  private readonly sharedByFolder = new Map<string, Shared<File>>();
  /** What is still being written must be read by the next reader. */
  private readonly closingByFolder = new Map<string, Promise<void>>();

  constructor(open: (folder: string) => Promise<File>) {
    this.open = open;
  }

  async reader(folder: string, onChange: () => void): Promise<OpenTimeline<File>> {
    const shared = this.sharedByFolder.get(folder) ?? this.share(folder);
    shared.readers += 1;
    // One reader's own function: two that share it would be one listener.
    const listener = (): void => onChange();
    shared.listeners.add(listener);
    let isReleased = false;
    const release = async (): Promise<void> => {
      if (isReleased) return;
      isReleased = true;
      shared.listeners.delete(listener);
      shared.readers -= 1;
      if (shared.readers > 0) return;
      this.sharedByFolder.delete(folder);
      await this.close(folder, await shared.file);
    };
    try {
      return { file: await shared.file, release };
    } catch (error) {
      this.sharedByFolder.delete(folder);
      throw error;
    }
  }

  private async close(folder: string, file: File): Promise<void> {
    const closing = file.close().catch(() => undefined);
    this.closingByFolder.set(folder, closing);
    await closing;
    if (this.closingByFolder.get(folder) === closing) this.closingByFolder.delete(folder);
  }

  private share(folder: string): Shared<File> {
    const listeners = new Set<() => void>();
    const closed = this.closingByFolder.get(folder) ?? Promise.resolve();
    const file = closed.then(async () => {
      const opened = await this.open(folder);
      opened.onChange = () => {
        for (const listener of listeners) listener();
      };
      return opened;
    });
    const shared = { file, listeners, readers: 0 };
    this.sharedByFolder.set(folder, shared);
    return shared;
  }
}

export function markListOf(session: string, file: SessionNotes): MarkList {
  return { session, marks: file.marks(), dropped: file.dropped };
}
