import type { EpochMs } from '../../../shared/market.ts';
import { replayWindowPrefix } from '../../../shared/pageSecurity.ts';
import type { ClockPort } from '../ports/clock.ts';
import { RecordingError } from '../recording/recordingError.ts';
import type { RecordedSession } from '../recording/recordingLibrary.ts';
import type { SessionPlayer } from '../replay/sessionPlayer.ts';
import type { OpenTimeline } from './timelines.ts';

/** A page that is loaded again, or comes back after a lost connection, finds its replay where it was. */
export const lingerMs = 30_000;
export const maxReplays = 4;
const keptEnds = 200;

/** What a host needs of a player. */
export type ReplayPlayer = Pick<SessionPlayer, keyof SessionPlayer>;

/** One recorded session that is being played, for the windows that look at it. */
export interface ReplayRun {
  readonly session: RecordedSession;
  readonly player: ReplayPlayer;
  /** Null: its marks cannot be read. */
  readonly timeline: OpenTimeline | null;
}

export interface ReplaysOptions {
  readonly clock: ClockPort;
  /** Throws `RecordingError`, whose text is for a person. */
  readonly openPlayer: (session: RecordedSession) => Promise<ReplayPlayer>;
  readonly openTimeline: (
    session: RecordedSession,
    onChange: () => void,
  ) => Promise<OpenTimeline | null>;
  /** Keeps the files of a session as they are while it is played. */
  readonly hold: (id: string) => () => void;
  /** The state of the player is that of another moment, which nothing of before led to. */
  readonly onJump: (run: ReplayRun) => void;
  readonly onMarks: (run: ReplayRun) => void;
  /** Whoever still looks at it has to look elsewhere. */
  readonly onEnd: (run: ReplayRun) => void;
}

interface OpenRun {
  readonly run: ReplayRun;
  readonly release: () => void;
  /** Windows that show it when their page comes. */
  readonly windows: Set<string>;
  /** It ends with the host, not with its windows. */
  readonly isKept: boolean;
  /** Pages that are there. */
  pages: number;
  wasSeen: boolean;
  cancelEnd: () => void;
}

/** What a window that comes is shown. */
export interface WindowReplay {
  readonly run: ReplayRun | null;
  /** For a person: why a window that showed a replay shows the market; null: it never did. */
  readonly notice: string | null;
}

/** The replays of a host, each with a clock of its own, and which window looks at which. */
export class Replays {
  private readonly options: ReplaysOptions;
  private readonly open = new Map<ReplayRun, OpenRun>();
  private readonly openByWindow = new Map<string, OpenRun>();
  /** Windows whose replay is over, and the sentence that says so; empty once it has been said. */
  private readonly endByWindow = new Map<string, string>();
  private opening = 0;
  private isClosed = false;

  constructor(options: ReplaysOptions) {
    this.options = options;
  }

  /** Somebody plays this session. */
  has(sessionId: string): boolean {
    return [...this.open.keys()].some(({ session }) => session.id === sessionId);
  }

  /** Stands at `at` when it resolves, or at the start, and plays when its first page has come. Throws `RecordingError`. */
  async start(
    session: RecordedSession,
    at: EpochMs | null,
    lifetime: 'windows' | 'host' = 'windows',
  ): Promise<ReplayRun> {
    if (this.open.size + this.opening >= maxReplays) {
      throw new RecordingError(
        `${maxReplays} replays are open, which is as many as fit beside the market. Close one first.`,
      );
    }
    this.opening += 1;
    try {
      return await this.openRun(session, at, lifetime === 'host');
    } finally {
      this.opening -= 1;
    }
  }

  /** The window looks at the replay from here on, also when its page is still to come. */
  bind(run: ReplayRun, window: string, isPageThere: boolean): void {
    this.leave(window, isPageThere);
    const opened = this.open.get(run);
    if (opened === undefined) return;
    this.openByWindow.set(window, opened);
    opened.windows.add(window);
    if (isPageThere) this.count(opened, 1);
  }

  /** The window goes back to the market. */
  leave(window: string, isPageThere: boolean): void {
    const opened = this.openByWindow.get(window);
    if (opened === undefined) return;
    this.openByWindow.delete(window);
    opened.windows.delete(window);
    this.noteEnd(window, '');
    if (isPageThere) opened.pages -= 1;
    if (opened.windows.size === 0 && !opened.isKept) void this.endRun(opened, '');
  }

  /** A page of the window has come. */
  come(window: string): WindowReplay {
    const opened = this.openByWindow.get(window);
    if (opened !== undefined) {
      this.count(opened, 1);
      return { run: opened.run, notice: null };
    }
    const known = this.endByWindow.get(window);
    const isOfFormerRun = known === undefined && window.startsWith(replayWindowPrefix);
    const notice = isOfFormerRun ? restarted : (known ?? '');
    this.noteEnd(window, '');
    return { run: null, notice: notice === '' ? null : notice };
  }

  /** A page that looked at it has gone. */
  go(run: ReplayRun): void {
    const opened = this.open.get(run);
    if (opened !== undefined) this.count(opened, -1);
  }

  /** Nobody is to look at it. */
  async end(run: ReplayRun): Promise<void> {
    const opened = this.open.get(run);
    if (opened !== undefined) await this.endRun(opened, '');
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await Promise.all([...this.open.values()].map((opened) => this.endRun(opened, '')));
  }

  private async openRun(
    session: RecordedSession,
    at: EpochMs | null,
    isKept: boolean,
  ): Promise<ReplayRun> {
    const { openPlayer, openTimeline, hold, onJump, onMarks } = this.options;
    const release = hold(session.id);
    let player: ReplayPlayer | null = null;
    try {
      player = await openPlayer(session);
      if (at !== null) await player.seek(at);
      const listener: { run: ReplayRun | null } = { run: null };
      const timeline = await openTimeline(session, () => {
        if (listener.run !== null) onMarks(listener.run);
      });
      if (this.isClosed) {
        await timeline?.release();
        throw new RecordingError('Truetape is being closed.');
      }
      const run: ReplayRun = { session, player, timeline };
      listener.run = run;
      player.onReplaced = () => onJump(run);
      const opened: OpenRun = {
        ...{ run, release, isKept, windows: new Set(), pages: 0, wasSeen: false },
        cancelEnd: nothing,
      };
      this.open.set(run, opened);
      this.count(opened, 0);
      return run;
    } catch (error) {
      player?.close();
      release();
      throw error;
    }
  }

  private count(opened: OpenRun, change: 1 | 0 | -1): void {
    opened.pages += change;
    opened.cancelEnd();
    if (opened.pages > 0) {
      if (!opened.wasSeen) opened.run.player.play();
      opened.wasSeen = true;
      return;
    }
    if (opened.isKept) return;
    const { clock } = this.options;
    opened.cancelEnd = clock.setTimer(lingerMs, () => void this.endRun(opened, unseen));
  }

  private async endRun(opened: OpenRun, words: string): Promise<void> {
    if (!this.open.delete(opened.run)) return;
    opened.cancelEnd();
    for (const window of opened.windows) {
      this.openByWindow.delete(window);
      this.noteEnd(window, words);
    }
    opened.run.player.close();
    this.options.onEnd(opened.run);
    await opened.run.timeline?.release();
    opened.release();
  }

  private noteEnd(window: string, words: string): void {
    this.endByWindow.delete(window);
    this.endByWindow.set(window, words);
    for (const oldest of this.endByWindow.keys()) {
      if (this.endByWindow.size <= keptEnds) break;
      this.endByWindow.delete(oldest);
    }
  }
}

const unseen =
  'The replay of this window ended because no page showed it for half a minute. Open it again from Sessions.';
const restarted =
  'This window showed a recording before Truetape was started again; now it shows the market. Open the recording again from Sessions.';

function nothing(): void {
  return;
}
