import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { exportAddress } from '../../../shared/channels.ts';
import type { ExportReport } from '../../../shared/exports.ts';
import type { MarkList } from '../../../shared/marks.ts';
import type { RecordingList, RecordingStatus } from '../../../shared/recordings.ts';
import { noRecordings, notRecording } from '../../../shared/recordings.ts';
import type { Settings } from '../../../shared/settings.ts';
import { textOf } from '../commandResult.ts';
import { systemClock } from '../ports/clock.ts';
import { systemFiles } from '../ports/files.ts';
import { ExportJobs } from '../export/exportJobs.ts';
import { buildTimeline } from '../recording/buildTimeline.ts';
import { watchForMarks } from '../recording/markMaker.ts';
import { noteLosses, readLosses } from '../recording/recordedLosses.ts';
import { RecordingError } from '../recording/recordingError.ts';
import { RecordingLibrary } from '../recording/recordingLibrary.ts';
import type { RecordedSession } from '../recording/recordingLibrary.ts';
import { LoopShare } from '../replay/loopShare.ts';
import { removeAbandoned } from '../recording/sessionDraft.ts';
import { openSessionPlayer } from '../replay/openSessionPlayer.ts';
import { VenueRecording } from '../replay/venueRecording.ts';
import type { SessionPlayer } from '../replay/sessionPlayer.ts';
import type { LookedSession } from '../lookedCommands.ts';
import type { RecordedTargets } from '../sessionCommands.ts';
import { findSession, lastTimeOf } from './findSession.ts';
import type { EngineHostOptions } from './hostContract.ts';
import type { HostWindow } from './hostWindow.ts';
import { importUpload } from './importUpload.ts';
import { Recordings } from './recordings.ts';
import type { ReplayRun } from './replays.ts';
import { Replays } from './replays.ts';
import { SessionCatalog } from './sessionCatalog.ts';
import type { BuildTimeline, OpenTimeline } from './timelines.ts';
import { Timelines } from './timelines.ts';
import { Uploads } from './uploads.ts';
import type { VenueRecordingFeed, VenueRecordingRequest } from './venueRecordingContract.ts';

/** Of the loop's time, beside a market that must not wait. */
const shareOfReplays = 0.5;

/** What windows are told of; nobody is there to be told before the host is. */
export class RecordedEvents {
  onJump: (run: ReplayRun) => void = () => undefined;
  onEnd: (run: ReplayRun) => void = () => undefined;
  /** Null: of the session that is recorded. */
  onMarks: (run: ReplayRun | null) => void = () => undefined;
  onSessions: () => void = () => undefined;
  onExports: () => void = () => undefined;
}

/** Everything about recorded sessions in one host: what is written, what is there, what is played, brought in and exported. */
export class RecordedSessions {
  /** Null: this host writes nothing down and changes no session. */
  readonly recordings: Recordings | null;
  readonly replays: Replays;
  /** The replay that the host was opened for. */
  base: ReplayRun | null = null;
  private readonly library: RecordingLibrary | null;
  private readonly catalog: SessionCatalog | null;
  private readonly uploads: Uploads | null;
  private readonly exports: ExportJobs | null;
  /** What replays and what is made from records take of this loop. */
  private readonly share: LoopShare;
  private readonly importing = new AbortController();

  private constructor(
    options: EngineHostOptions,
    settings: Settings,
    library: RecordingLibrary | null,
    events: RecordedEvents,
  ) {
    const log = (text: string): void => options.log({ level: 'warning', scope: 'recorder', text });
    const { appVersion } = options;
    const timelines = new Timelines(systemFiles, log);
    this.share = new LoopShare(systemClock, () => (isMarketBeside(options) ? shareOfReplays : 1));
    this.library = library;
    this.recordings = openRecordings(options, settings, timelines, log);
    this.replays = new Replays({
      clock: systemClock,
      openPlayer: (session) => this.openPlayer(session),
      openTimeline: (session, onChange) => this.openTimeline(session, timelines, onChange, log),
      hold: (id) => this.recordings?.sessions.hold(id) ?? (() => undefined),
      onJump: (run) => events.onJump(run),
      onEnd: (run) => events.onEnd(run),
      onMarks: (run) => events.onMarks(run),
    });
    this.catalog =
      library === null
        ? null
        : new SessionCatalog({
            ...{ files: systemFiles, clock: systemClock, library, log },
            recording: () => this.status(),
            endOf: lastTimeOf,
            lossesOf: readLosses,
            problemOf: (id) => this.recordings?.sessions.problemOf(id) ?? null,
            onChange: () => events.onSessions(),
          });
    const { recordings, catalog } = this;
    this.exports = library === null ? null : openExports(options, library, recordings, log);
    if (this.exports !== null) this.exports.onChange = () => events.onExports();
    void this.catalog?.refresh();
    this.uploads = recordings === null ? null : this.openUploads(recordings, appVersion, log);
    if (recordings === null) return;
    recordings.onChange = () => {
      catalog?.changed();
      events.onMarks(null);
    };
    recordings.onMarks = () => events.onMarks(null);
    recordings.sessions.onChange = () => catalog?.changed();
  }

  /** Throws `RecordingError` where the session that is to be shown cannot be. */
  static async open(
    options: EngineHostOptions,
    settings: Settings,
    events: RecordedEvents,
  ): Promise<RecordedSessions> {
    const { profile, replaySession = null } = options;
    const folder = profile === null ? null : join(profile, 'recordings');
    const library = folder === null ? null : new RecordingLibrary(systemFiles, folder);
    if (replaySession === null) return new RecordedSessions(options, settings, library, events);
    const found = await findSession(library, replaySession);
    const recorded = new RecordedSessions(options, settings, found.library, events);
    const { at = null, speed = 1 } = options.replayStart ?? {};
    recorded.base = await recorded.replays.start(found.session, at, 'host');
    recorded.base.player.setSpeed(speed);
    return recorded;
  }

  status(): RecordingStatus {
    return this.recordings?.status() ?? notRecording;
  }

  list(canReveal: boolean): RecordingList {
    return this.catalog?.list(canReveal) ?? noRecordings;
  }

  exportReport(): ExportReport {
    return this.exports?.report() ?? { jobs: [], folder: '' };
  }

  exportFile(id: number): { readonly path: string; readonly fileName: string } | null {
    const path = this.exports?.pathOf(id) ?? null;
    return path === null ? null : { path, fileName: basename(path) };
  }

  marksOf(window: HostWindow): MarkList {
    const looked = this.looked(window);
    if (looked === null) return { session: null, marks: [], dropped: 0 };
    const { id, timeline } = looked;
    return { session: id, marks: timeline.marks(), dropped: timeline.dropped };
  }

  /** Throws `RecordingError`. Its files are held until it is closed, or until the host is. */
  async openVenueRecording(request: VenueRecordingRequest): Promise<VenueRecordingFeed> {
    const { library, base, share, recordings } = this;
    const session =
      request.session === '' && base !== null
        ? base.session
        : (await findSession(library, request.session)).session;
    const release = recordings?.sessions.hold(session.id) ?? (() => undefined);
    try {
      const { from, speed } = request;
      const feed = await VenueRecording.open({ session, from, speed, clock: systemClock, share });
      feed.onClosed = release;
      return feed;
    } catch (error) {
      release();
      throw error;
    }
  }

  targetsFor(
    window: HostWindow,
    openReplayWindow: RecordedTargets['openReplayWindow'],
  ): RecordedTargets {
    const { recordings, replays, base, uploads, exports, library } = this;
    return {
      ...{ window, recordings, replays, base, uploads, exports, openReplayWindow },
      findSession: (id) => library?.open(id) ?? Promise.resolve(null),
      looked: () => this.looked(window),
    };
  }

  /** Until everything is on the disk. The engine has ended by then. */
  async close(): Promise<void> {
    this.importing.abort();
    const { replays, uploads, exports, recordings } = this;
    await Promise.all([recordings?.close(), replays.close(), uploads?.close(), exports?.close()]);
  }

  private looked({ run }: HostWindow): LookedSession | null {
    if (run !== null) {
      const { session, player, timeline } = run;
      const { startTime, endTime } = player.state;
      if (timeline === null) return null;
      return { id: session.id, timeline: timeline.file, startTime, endTime, now: player.now() };
    }
    const current = this.recordings?.current ?? null;
    if (current === null || current.timeline === null) return null;
    const { id, timeline, startTime } = current;
    const now = systemClock.wallMs();
    return { id, timeline, startTime, endTime: now, now };
  }

  /** As it is when nothing is at work on it. */
  private async openPlayer(session: RecordedSession): Promise<SessionPlayer> {
    const { recordings, share } = this;
    if (recordings === null) return openSessionPlayer(session, systemClock, share);
    const { id } = session;
    const present = await recordings.sessions.find(id);
    if (present === null) throw new RecordingError(`There is no recorded session ${id} any more.`);
    return openSessionPlayer(present, systemClock, share, () => recordings.isWriting(id));
  }

  /** One that is missing is made from the records, while the replay plays; a whole one is told what its recorder lost. */
  private async openTimeline(
    session: RecordedSession,
    timelines: Timelines,
    onChange: () => void,
    log: (text: string) => void,
  ): Promise<OpenTimeline> {
    const isWritten = session.id === this.recordings?.current?.id;
    const build: BuildTimeline = (file, signal) =>
      buildTimeline(session, file, { signal, share: this.share }).catch((error: unknown) =>
        log(`timeline of ${session.id}: ${textOf(error)}`),
      );
    const opened = await timelines.reader(session.folder, onChange, isWritten ? null : build);
    if (isWritten) return opened;
    try {
      noteLosses(await readLosses(session), opened.file);
    } catch (error) {
      log(`losses of ${session.id}: ${textOf(error)}`);
    }
    return opened;
  }

  private openUploads(
    recordings: Recordings,
    appVersion: string,
    log: (text: string) => void,
  ): Uploads {
    const { library } = recordings.sessions;
    void removeAbandoned(library, systemFiles);
    return new Uploads({
      ...{ files: systemFiles, clock: systemClock, log },
      folder: join(library.folder, 'incoming'),
      maxBytes: () => recordings.sessions.pinnableBytes,
      importFile: async (file) => {
        const session = await importUpload(file, {
          library,
          appVersion,
          signal: this.importing.signal,
        });
        recordings.sessions.imported(session);
        return session.id;
      },
    });
  }
}

function isMarketBeside({ replay, replaySession = null }: EngineHostOptions): boolean {
  return replay === null && replaySession === null;
}

/** Null: a host that exports nothing. */
function openExports(
  { profile, appVersion, exportWorker, exportFolder, hostKind }: EngineHostOptions,
  library: RecordingLibrary,
  recordings: Recordings | null,
  log: (text: string) => void,
): ExportJobs | null {
  if (exportWorker === undefined) return null;
  return new ExportJobs({
    folder: exportFolder ?? (profile === null ? privateFolder() : join(profile, 'exports')),
    ...{ library, worker: exportWorker, appVersion, log },
    hold: async (id) => (await recordings?.sessions.holdStill(id)) ?? (() => undefined),
    addressOf: (id) => (hostKind === 'gateway' ? exportAddress(id) : null),
  });
}

/** Made by the first export; its name cannot be foreseen, and it opens for this user alone. */
function privateFolder(): string {
  return join(tmpdir(), `truetape-exports-${randomBytes(12).toString('hex')}`);
}

/** Null: a replay, or a host that keeps nothing. */
function openRecordings(
  options: EngineHostOptions,
  settings: Settings,
  timelines: Timelines,
  log: (text: string) => void,
): Recordings | null {
  const { profile, replay, replaySession = null, appVersion } = options;
  if (profile === null || replay !== null || replaySession !== null) return null;
  return new Recordings(
    {
      ...{ files: systemFiles, clock: systemClock, appVersion, log },
      folder: join(profile, 'recordings'),
      notes: {
        timelines,
        watch: (view, file, isRecording) => watchForMarks(view, file, systemClock, { isRecording }),
      },
    },
    settings.recording,
    settings.recordingQuotaGb,
  );
}
