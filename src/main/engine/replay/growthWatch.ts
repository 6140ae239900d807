import type { EpochMs } from '../../../shared/market.ts';
import type { ClockPort } from '../ports/clock.ts';
import type { RecordingReader } from '../recording/recordingReader.ts';

const everyMs = 1_000;

/** What has become of a session that is still being recorded. */
export interface SessionGrowth {
  readonly paths: readonly string[];
  /** It may grow further. */
  readonly isActive: boolean;
}

export interface GrowthListener {
  /** Time of its last input by now. */
  onEnd(time: EpochMs): void;
  onFailed(error: unknown): void;
}

/** Keeps a reader told of what is added to a session while somebody looks at it. */
export class GrowthWatch {
  private readonly reader: RecordingReader;
  private readonly clock: ClockPort;
  private readonly look: (() => Promise<SessionGrowth>) | null;
  private readonly listener: GrowthListener;
  private cancelTimer: () => void = () => undefined;
  private isClosed = false;

  /** `look` null: no segment is added, but the last one grows. */
  constructor(
    reader: RecordingReader,
    clock: ClockPort,
    look: (() => Promise<SessionGrowth>) | null,
    listener: GrowthListener,
  ) {
    this.reader = reader;
    this.clock = clock;
    this.look = look;
    this.listener = listener;
  }

  start(): void {
    this.reader.isGrowing = true;
    this.schedule();
  }

  close(): void {
    this.isClosed = true;
    this.cancelTimer();
  }

  private schedule(): void {
    this.cancelTimer = this.clock.setTimer(everyMs, () => {
      void this.grow().then(() => {
        if (this.reader.isGrowing && !this.isClosed) this.schedule();
      });
    });
  }

  private async grow(): Promise<void> {
    const { reader, listener, look } = this;
    try {
      const { paths, isActive } = look === null ? { paths: [], isActive: true } : await look();
      await reader.add(paths);
      const time = await reader.lastTime();
      if (time !== null) listener.onEnd(time);
      reader.isGrowing = isActive;
    } catch (error) {
      listener.onFailed(error);
    }
  }
}
