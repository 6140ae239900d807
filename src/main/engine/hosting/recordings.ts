import type { RecordingStatus } from '../../../shared/recordings.ts';
import type { ClockPort } from '../ports/clock.ts';
import type { FilesPort } from '../ports/files.ts';
import { packSegment } from '../recording/packSegment.ts';
import { repairTail } from '../recording/repairTail.ts';
import { RecordingLibrary } from '../recording/recordingLibrary.ts';
import { SessionRecording } from './sessionRecording.ts';

const quotaCheckMs = 30_000;
const rateMs = 1_000;
const gibibyte = 1024 * 1024 * 1024;
/** A disk that is small is not filled, whatever the quota. */
const freeShare = 0.1;

export interface RecordingsOptions {
  readonly files: FilesPort;
  readonly clock: ClockPort;
  /** Of all sessions. */
  readonly folder: string;
  readonly appVersion: string;
  readonly log: (text: string) => void;
  readonly pack?: (path: string) => Promise<void>;
}

/** Everything that is written down of the engines of this host: one session each, packed, inside of a quota. */
export class Recordings {
  readonly library: RecordingLibrary;
  private readonly options: RecordingsOptions;
  private current: SessionRecording | null = null;
  private isWanted: boolean;
  private quotaGb: number;
  private quotaBytes = 0;
  private totalBytes = 0;
  private problem: string | null = null;
  /** One piece of work on the files at a time. */
  private working: Promise<void> = Promise.resolve();
  private cancelTimer: () => void = () => undefined;
  private sample = { bytes: 0, ms: 0 };
  private bytesPerSec = 0;
  private isClosed = false;

  constructor(options: RecordingsOptions, isWanted: boolean, quotaGb: number) {
    this.options = options;
    this.isWanted = isWanted;
    this.quotaGb = quotaGb;
    this.library = new RecordingLibrary(options.files, options.folder);
    this.packOld();
    this.keepQuota();
  }

  /** Before an engine opens. Null: nothing is recorded; why stands in the status. */
  async begin(source: 'live' | 'simulated'): Promise<SessionRecording | null> {
    if (!this.isWanted || this.isClosed) return null;
    const { clock, files, appVersion } = this.options;
    const startTime = clock.wallMs();
    try {
      const session = await this.library.create(source, startTime);
      this.problem = null;
      return new SessionRecording({
        id: session.id,
        startTime,
        folder: session.folder,
        files,
        clock,
        describe: () => ({ appVersion, source }),
        onSegment: (path) => this.pack(path),
      });
    } catch (error) {
      this.problem = `Nothing is recorded: ${textOf(error)}. Make room or choose another profile, then press Record.`;
      this.options.log(this.problem);
      return null;
    }
  }

  /** The engine of this recording is the one that is shown. */
  show(recording: SessionRecording | null): void {
    this.current = recording;
    this.sample = { bytes: 0, ms: 0 };
    this.bytesPerSec = 0;
  }

  /** After its engine has ended: the session is whole. */
  end(recording: SessionRecording): void {
    if (this.current === recording) this.current = null;
    this.enqueue(async () => {
      await recording.stop();
      await this.library.change(recording.id, { endTime: this.options.clock.wallMs() });
    });
  }

  configure(isWanted: boolean, quotaGb: number): void {
    const wasWanted = this.isWanted;
    this.isWanted = isWanted;
    if (quotaGb !== this.quotaGb) {
      this.quotaGb = quotaGb;
      this.enforce();
    }
    if (wasWanted && !isWanted) void this.current?.stop();
    if (!wasWanted && isWanted) this.current?.resume();
  }

  /** After the disk had no room. */
  resume(): void {
    this.current?.resume();
  }

  status(): RecordingStatus {
    const state = this.current?.state ?? null;
    this.measure(state?.bytes ?? 0);
    return {
      status: state?.status ?? 'off',
      session: this.current?.id ?? null,
      since: this.current?.startTime ?? null,
      bytes: state?.bytes ?? 0,
      bytesPerSec: this.bytesPerSec,
      totalBytes: this.totalBytes,
      quotaBytes: this.quotaBytes,
      lostInputs: state?.lostInputs ?? 0,
      problem: state?.problem ?? this.problem,
    };
  }

  /** Until everything is on the disk; what was being packed stays plain. */
  async close(): Promise<void> {
    this.isClosed = true;
    this.cancelTimer();
    if (this.current !== null) this.end(this.current);
    await this.working;
  }

  private measure(bytes: number): void {
    const ms = this.options.clock.monotonicMs();
    if (ms - this.sample.ms < rateMs) return;
    const passedMs = ms - this.sample.ms;
    this.bytesPerSec = Math.max(0, ((bytes - this.sample.bytes) / passedMs) * 1000);
    this.sample = { bytes, ms };
  }

  private pack(path: string): void {
    this.enqueue(async () => {
      if (this.isClosed) return;
      await (this.options.pack ?? packSegment)(path);
    });
  }

  /** What a former run left plain: it may have been killed in the middle of a frame. */
  private packOld(): void {
    this.enqueue(async () => {
      for (const session of await this.library.list()) {
        for (const { path, isPacked } of session.segments) {
          if (!isPacked && !this.isClosed) await this.packOne(path);
        }
      }
    });
  }

  /** What cannot be packed stays as it is; the others are packed all the same. */
  private async packOne(path: string): Promise<void> {
    try {
      const damage = await repairTail(path);
      if (damage !== null) this.options.log(`${path}: cut at ${damage.offset}, ${damage.reason}`);
      await (this.options.pack ?? packSegment)(path);
    } catch (error) {
      this.options.log(`${path} stays unpacked: ${textOf(error)}`);
    }
  }

  private keepQuota(): void {
    this.enforce();
    this.cancelTimer = this.options.clock.setTimer(quotaCheckMs, () => {
      if (!this.isClosed) this.keepQuota();
    });
  }

  private enforce(): void {
    this.enqueue(async () => {
      const { files, folder } = this.options;
      await files.makeFolder(folder);
      const sessions = await this.library.list();
      this.totalBytes = sessions.reduce((sum, { bytes }) => sum + bytes, 0);
      const free = await files.freeBytes(folder);
      this.quotaBytes = Math.min(this.quotaGb * gibibyte, (free + this.totalBytes) * freeShare);
      const freed = await this.library.enforce(this.quotaBytes, this.current?.id ?? null);
      this.totalBytes -= freed;
    });
  }

  private enqueue(work: () => Promise<void>): void {
    this.working = this.working.then(work).catch((error: unknown) => {
      this.options.log(`recordings: ${textOf(error)}`);
    });
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
