import { join } from 'node:path';
import type { EpochMs } from '../../../shared/market.ts';
import type { RecordingList, RecordingStatus, SessionSummary } from '../../../shared/recordings.ts';
import { noRecordings } from '../../../shared/recordings.ts';
import { textOf } from '../commandResult.ts';
import type { ClockPort } from '../ports/clock.ts';
import type { FilesPort } from '../ports/files.ts';
import type { RecordedLoss } from '../recording/recordedLosses.ts';
import { describeLosses, lostInputsOf } from '../recording/recordedLosses.ts';
import type { RecordedSession, RecordingLibrary } from '../recording/recordingLibrary.ts';
import { SessionTimeline, timelineName } from '../recording/sessionTimeline.ts';

/** While somebody looks: sizes grow, and another program may have changed the folder. */
const maxAgeMs = 5_000;

export interface SessionCatalogOptions {
  readonly files: FilesPort;
  readonly clock: ClockPort;
  readonly library: RecordingLibrary;
  /** Of what is recorded now. */
  readonly recording: () => RecordingStatus;
  /** The time of the last input of a session that has no end; null: not known. */
  readonly endOf: (session: RecordedSession) => Promise<EpochMs | null>;
  /** What its files do not hold. */
  readonly lossesOf: (session: RecordedSession) => Promise<readonly RecordedLoss[]>;
  /** What is known to be unreadable of one; null: nothing. */
  readonly problemOf: (id: string) => string | null;
  readonly onChange: () => void;
  readonly log: (text: string) => void;
}

/** What is found out once about a session whose files stay as they are. */
interface Looked {
  readonly key: string;
  readonly marks: number;
  readonly endTime: EpochMs | null;
}

/** Packing changes nothing of it. */
interface KnownLosses {
  readonly key: string;
  readonly lostInputs: number;
  readonly problem: string | null;
}

const noLosses: KnownLosses = { key: '', lostInputs: 0, problem: null };

/** The list of sessions as pages are told it: read from the disk while somebody looks, never while a value is sent. */
export class SessionCatalog {
  private readonly options: SessionCatalogOptions;
  private readonly lookedById = new Map<string, Looked>();
  /** As the recorders of this run counted them. */
  private readonly lostById = new Map<string, number>();
  private readonly lossesById = new Map<string, KnownLosses>();
  private sessions: readonly SessionSummary[] = [];
  private freeBytes = 0;
  private readMs = Number.NEGATIVE_INFINITY;
  private lookedMs = Number.NEGATIVE_INFINITY;
  private reading: Promise<void> | null = null;
  private isOutdated = false;
  private text = '';

  constructor(options: SessionCatalogOptions) {
    this.options = options;
  }

  /** As it was read last; an old one is read anew meanwhile. */
  list(canReveal: boolean): RecordingList {
    const { clock, library, recording } = this.options;
    this.lookedMs = clock.monotonicMs();
    if (this.lookedMs - this.readMs >= maxAgeMs) void this.refresh();
    const { totalBytes, quotaBytes } = recording();
    const { sessions, freeBytes } = this;
    const ownBytes = sessions.reduce((sum, { bytes }) => sum + bytes, 0);
    return {
      ...noRecordings,
      ...{ sessions, freeBytes, folder: library.folder, canReveal },
      ...{ totalBytes: Math.max(totalBytes, ownBytes), quotaBytes },
    };
  }

  /** A session came, went or changed. Read at once where somebody looks. */
  changed(): void {
    this.readMs = Number.NEGATIVE_INFINITY;
    if (this.options.clock.monotonicMs() - this.lookedMs < maxAgeMs) void this.refresh();
  }

  /** One look at a time; what changed during one is looked at again. */
  refresh(): Promise<void> {
    if (this.reading !== null) {
      this.isOutdated = true;
      return this.reading;
    }
    this.readMs = this.options.clock.monotonicMs();
    this.reading = this.read()
      .catch((error: unknown) => this.options.log(`sessions: ${textOf(error)}`))
      .finally(() => {
        this.reading = null;
        if (!this.isOutdated) return;
        this.isOutdated = false;
        void this.refresh();
      });
    return this.reading;
  }

  private async read(): Promise<void> {
    const { library, files, recording, onChange } = this.options;
    const found = await library.list();
    const { session, lostInputs } = recording();
    if (session !== null) this.lostById.set(session, lostInputs);
    const sessions: SessionSummary[] = [];
    for (const each of found.toReversed()) sessions.push(await this.summary(each, session));
    this.sessions = sessions;
    this.freeBytes = await files.freeBytes(library.folder).catch(() => 0);
    const known = new Set(found.map(({ id }) => id));
    for (const map of [this.lookedById, this.lostById, this.lossesById]) {
      for (const id of map.keys()) if (!known.has(id)) map.delete(id);
    }
    const text = JSON.stringify(sessions);
    if (text === this.text) return;
    this.text = text;
    onChange();
  }

  private async summary(session: RecordedSession, active: string | null): Promise<SessionSummary> {
    const { id, name, source, startTime, pinned, bytes, segments } = session;
    const isRecording = id === active;
    const { marks, endTime } = await this.look(session, isRecording);
    const lost = isRecording ? noLosses : await this.losses(session);
    return {
      ...{ id, name, source, startTime, endTime, isRecording, pinned, bytes, marks },
      segments: segments.length,
      // What waited for a disk that failed may have reached it, or not even be counted there.
      lostInputs: Math.max(this.lostById.get(id) ?? 0, lost.lostInputs),
      problem:
        segments.length === 0 && !isRecording
          ? 'Nothing was written of it.'
          : (this.options.problemOf(id) ?? lost.problem ?? session.problem),
    };
  }

  private async losses(session: RecordedSession): Promise<KnownLosses> {
    const { id, endTime, segments } = session;
    const key = JSON.stringify([segments.map(({ number }) => number), endTime]);
    const known = this.lossesById.get(id);
    if (known?.key === key) return known;
    try {
      const losses = await this.options.lossesOf(session);
      // Where nobody knows how many they are, the number alone would say nothing.
      const problem = describeLosses(losses.filter(({ count }) => count === null));
      const found = { key, lostInputs: lostInputsOf(losses), problem };
      this.lossesById.set(id, found);
      return found;
    } catch (error) {
      this.options.log(`losses of ${id}: ${textOf(error)}`);
      return { ...noLosses, problem: 'Whether it is whole could not be found out.' };
    }
  }

  private async look(session: RecordedSession, isRecording: boolean): Promise<Looked> {
    const { files, endOf } = this.options;
    const { id, folder, endTime, bytes } = session;
    const timelineBytes = await files.sizeOf(join(folder, timelineName)).catch(() => 0);
    const key = `${timelineBytes} ${bytes} ${endTime ?? ''} ${isRecording}`;
    const known = this.lookedById.get(id);
    if (known?.key === key) return known;
    const timeline = timelineBytes === 0 ? null : await SessionTimeline.open(files, folder);
    const marks = timeline?.marks().length ?? 0;
    await timeline?.close();
    const last = endTime ?? (isRecording ? null : await endOf(session).catch(() => null));
    const end = isRecording ? null : (last ?? session.startTime);
    const looked = { key, marks, endTime: end };
    this.lookedById.set(id, looked);
    return looked;
  }
}
