import type { RecordingStatus } from '../../../shared/recordings.ts';
import { venueIds } from '../../../shared/venues.ts';
import type { ClockPort } from '../ports/clock.ts';
import type { FilesPort } from '../ports/files.ts';
import { RecordingError } from '../recording/recordingError.ts';
import { EngineTape } from './engineTape.ts';
import { textOf } from '../commandResult.ts';
import { SessionFiles } from './sessionFiles.ts';
import { WorkLine } from './workLine.ts';
import type { WatchForMarks } from './sessionRecording.ts';
import { SessionRecording } from './sessionRecording.ts';
import type { Timelines } from './timelines.ts';

const rateMs = 1_000;

export interface RecordingsOptions {
  readonly files: FilesPort;
  readonly clock: ClockPort;
  /** Of all sessions. */
  readonly folder: string;
  readonly appVersion: string;
  readonly log: (text: string) => void;
  /** Absent: no marks are kept. */
  readonly notes?: {
    readonly timelines: Timelines;
    readonly watch: WatchForMarks;
  };
  readonly pack?: (path: string) => Promise<void>;
  readonly packState?: (text: string) => Promise<Buffer>;
}

/** Everything that is written down of the engines of this host: one session each, until a person ends it or begins another. */
export class Recordings {
  readonly sessions: SessionFiles;
  /** Another session is written, or none any more. */
  onChange: () => void = () => undefined;
  /** A mark of the session that is written. */
  onMarks: () => void = () => undefined;
  private readonly options: RecordingsOptions;
  private tape: EngineTape | null = null;
  /** Sessions whose last bytes are on their way to the disk. */
  private readonly finishing = new Set<string>();
  /** By the settings. */
  private isWanted: boolean;
  /** By a command, until the next start of the program or change of the setting. */
  private choice: 'started' | 'stopped' | null = null;
  /** What a person and the settings ask for is done in the order in which it was asked. */
  private readonly line = new WorkLine();
  private problem: string | null = null;
  private sample = { bytes: 0, ms: 0 };
  private bytesPerSec = 0;
  private isClosed = false;

  constructor(options: RecordingsOptions, isWanted: boolean, quotaGb: number) {
    this.options = options;
    this.isWanted = isWanted;
    this.sessions = new SessionFiles(options, quotaGb);
  }

  /** The one that is written now. */
  get current(): SessionRecording | null {
    return this.tape?.recording ?? null;
  }

  /** The session is not whole yet, also while its recorder waits for room. */
  isWriting(id: string): boolean {
    return this.current?.id === id || this.finishing.has(id);
  }

  /** Before an engine opens. A tape without a recording: why stands in the status. */
  async openTape(market: EngineTape['market']): Promise<EngineTape> {
    const tape = new EngineTape(market);
    if (!this.isChosen) return tape;
    const recording = this.isClosed ? null : await this.create(market);
    if (recording !== null) tape.begin(recording);
    return tape;
  }

  /** The engine of this tape is the one that is shown. */
  show(tape: EngineTape): void {
    this.tape = tape;
    this.noteCurrent();
    // Chosen otherwise while the engine opened. A tape that could not be begun says why, and waits for a person.
    if (this.isChosen === (tape.recording !== null) || this.problem !== null) return;
    this.follow(this.isChosen ? this.begin() : this.endPresent());
  }

  /** After its engine has ended: the session is whole. */
  end(tape: EngineTape): void {
    const recording = tape.take();
    if (this.tape === tape) this.noteCurrent();
    if (recording !== null) void this.finish(recording);
  }

  /** A new session on the engine that is running. Throws `RecordingError`, whose text says what to do. */
  async start(): Promise<void> {
    this.choice = 'started';
    await this.begin();
  }

  /** Ends the present session whole; resolves when it is on the disk. */
  async stop(): Promise<void> {
    this.choice = 'stopped';
    await this.endPresent();
  }

  /** After the disk had no room. */
  resume(): void {
    this.current?.resume();
  }

  configure(isWanted: boolean, quotaGb: number): void {
    const wasWanted = this.isWanted;
    this.isWanted = isWanted;
    this.sessions.setQuota(quotaGb);
    if (wasWanted === isWanted) return;
    this.choice = null;
    this.follow(isWanted ? this.begin() : this.endPresent());
  }

  status(): RecordingStatus {
    const { current } = this;
    const state = current?.state ?? null;
    this.measure(state?.bytes ?? 0);
    return {
      status: state?.status ?? (this.choice === 'stopped' && this.isWanted ? 'stopped' : 'off'),
      session: current?.id ?? null,
      since: current?.startTime ?? null,
      bytes: state?.bytes ?? 0,
      bytesPerSec: this.bytesPerSec,
      totalBytes: this.sessions.totalBytes,
      quotaBytes: this.sessions.quotaBytes,
      lostInputs: state?.lostInputs ?? 0,
      problem: state?.problem ?? this.problem ?? (state === null ? null : this.crowding),
    };
  }

  /** Until everything is on the disk; what was being packed stays plain. */
  async close(): Promise<void> {
    this.isClosed = true;
    await this.line.whenIdle();
    if (this.tape !== null) this.end(this.tape);
    await this.sessions.close();
  }

  /** By whoever chose last. */
  private get isChosen(): boolean {
    return this.choice === null ? this.isWanted : this.choice === 'started';
  }

  private follow(change: Promise<void>): void {
    change.catch((error: unknown) => this.options.log(`recordings: ${textOf(error)}`));
  }

  private begin(): Promise<void> {
    return this.line.add(() => this.beginInTurn());
  }

  /** Its place is free before it is on the disk: what follows need not wait for that. */
  private async endPresent(): Promise<void> {
    const recording = await this.line.add(() => Promise.resolve(this.takePresent()));
    if (recording !== null) await this.finish(recording);
  }

  private takePresent(): SessionRecording | null {
    const recording = this.tape?.take() ?? null;
    this.problem = null;
    this.noteCurrent();
    return recording;
  }

  /** For a person: what is pinned leaves too little to what is recorded. */
  private get crowding(): string | null {
    return this.sessions.pinnableBytes < 0 ? crowded : null;
  }

  private async beginInTurn(): Promise<void> {
    const { tape } = this;
    if (tape === null || this.isClosed) {
      throw new RecordingError('No market is open; a recording begins with one.');
    }
    if (tape.recording !== null) {
      tape.recording.resume();
      return;
    }
    const recording = await this.create(tape.market);
    if (recording === null) throw new RecordingError(this.problem ?? 'Nothing is recorded.');
    // Another engine took over meanwhile, with a session of its own.
    if (this.tape !== tape || this.isClosed) {
      await recording.stop();
      await this.sessions.delete(recording.id);
      return;
    }
    tape.begin(recording);
    this.noteCurrent();
  }

  /** Null: why stands in the status. */
  private async create(market: EngineTape['market']): Promise<SessionRecording | null> {
    const { clock, files, appVersion, notes, packState } = this.options;
    const startTime = clock.wallMs();
    try {
      const session = await this.sessions.library.create(market, startTime);
      this.sessions.own(session.id);
      const timeline =
        (await notes?.timelines.reader(session.folder, () => this.onMarks())) ?? null;
      this.problem = null;
      return new SessionRecording({
        ...{ id: session.id, startTime, folder: session.folder, files, clock, timeline },
        watch: notes?.watch ?? unwatched,
        describe: () => ({ appVersion, source: market, session: session.id, venues: venueIds }),
        onSegment: (path) => this.sessions.pack(path),
        onFailure: (reason) => this.options.log(`recording ${session.id}: ${textOf(reason)}`),
        ...(packState === undefined ? {} : { packState }),
      });
    } catch (error) {
      this.problem = `Nothing is recorded: ${textOf(error)}. Make room or choose another profile, then press Record.`;
      this.options.log(this.problem);
      return null;
    }
  }

  /** Its last state is that of this moment. */
  private async finish(recording: SessionRecording): Promise<void> {
    const failed = (error: unknown): void => this.options.log(`recordings: ${textOf(error)}`);
    const { id } = recording;
    this.finishing.add(id);
    const stopped = recording.stop().catch(failed);
    await this.sessions.finish(id, this.options.clock.wallMs(), stopped).catch(failed);
    this.finishing.delete(id);
  }

  private noteCurrent(): void {
    this.sessions.setActive(this.current?.id ?? null);
    this.sample = { bytes: 0, ms: 0 };
    this.bytesPerSec = 0;
    this.onChange();
  }

  private measure(bytes: number): void {
    const ms = this.options.clock.monotonicMs();
    if (ms - this.sample.ms < rateMs) return;
    const passedMs = ms - this.sample.ms;
    this.bytesPerSec = Math.max(0, ((bytes - this.sample.bytes) / passedMs) * 1000);
    this.sample = { bytes, ms };
  }
}

function unwatched(): () => void {
  return () => undefined;
}

const crowded =
  'Pinned and imported sessions leave less than a quarter of the space to what is recorded now. Unpin or delete some, or raise the limit in the settings.';
