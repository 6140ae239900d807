import type { FilesPort } from '../ports/files.ts';
import { SessionTimeline } from '../recording/sessionTimeline.ts';

/** A timeline that is open for one of its readers. */
export interface OpenTimeline {
  readonly file: SessionTimeline;
  /** The last one writes what waits, and ends what is being made of it. */
  release(): Promise<void>;
}

/** Makes what is missing from the records; told to stop, it ends soon. Never rejects. */
export type BuildTimeline = (file: SessionTimeline, signal: AbortSignal) => Promise<void>;

interface Shared {
  readonly file: Promise<SessionTimeline>;
  readonly listeners: Set<() => void>;
  readers: number;
  /** While it is made: for all that read it. */
  build: { readonly ended: Promise<void>; readonly stop: AbortController } | null;
}

/** One timeline per folder, whoever looks at the session: its recording writes it, and the marks of its replays. */
export class Timelines {
  private readonly files: FilesPort;
  private readonly log: (text: string) => void;
  private readonly sharedByFolder = new Map<string, Shared>();
  /** What is still being written must be read by the next reader. */
  private readonly closingByFolder = new Map<string, Promise<void>>();

  constructor(files: FilesPort, log: (text: string) => void) {
    this.files = files;
    this.log = log;
  }

  /** `build`: where none was made, and nobody makes it yet. */
  async reader(
    folder: string,
    onChange: () => void,
    build: BuildTimeline | null = null,
  ): Promise<OpenTimeline> {
    const shared = this.sharedByFolder.get(folder) ?? this.share(folder);
    shared.readers += 1;
    // One reader's own function: two that share it would be one listener.
    const listener = (): void => onChange();
    shared.listeners.add(listener);
    const file = await shared.file;
    if (build !== null && !file.isComplete) this.build(shared, file, build);
    let isReleased = false;
    const release = async (): Promise<void> => {
      if (isReleased) return;
      isReleased = true;
      shared.listeners.delete(listener);
      shared.readers -= 1;
      if (shared.readers === 0) await this.close(folder, shared, file);
    };
    return { file, release };
  }

  private build(shared: Shared, file: SessionTimeline, build: BuildTimeline): void {
    if (shared.build !== null) return;
    const stop = new AbortController();
    const ended = build(file, stop.signal).finally(() => {
      shared.build = null;
    });
    shared.build = { ended, stop };
  }

  private async close(folder: string, shared: Shared, file: SessionTimeline): Promise<void> {
    this.sharedByFolder.delete(folder);
    const closing = endOf(shared, file);
    this.closingByFolder.set(folder, closing);
    try {
      await closing;
    } finally {
      if (this.closingByFolder.get(folder) === closing) this.closingByFolder.delete(folder);
    }
  }

  private share(folder: string): Shared {
    const listeners = new Set<() => void>();
    const shared = { file: this.open(folder, listeners), listeners, readers: 0, build: null };
    this.sharedByFolder.set(folder, shared);
    return shared;
  }

  private async open(folder: string, listeners: ReadonlySet<() => void>): Promise<SessionTimeline> {
    await this.closingByFolder.get(folder)?.catch(() => undefined);
    const file = await SessionTimeline.open(this.files, folder);
    file.onProblem = this.log;
    file.onChange = () => {
      for (const listener of listeners) listener();
    };
    return file;
  }
}

async function endOf({ build }: Shared, file: SessionTimeline): Promise<void> {
  build?.stop.abort();
  await build?.ended;
  await file.close();
}
