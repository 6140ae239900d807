import type {
  BridgeTransport,
  Command,
  CommandResult,
  MarketCandidate,
} from '../../../shared/bridge.ts';
import type { Settings } from '../../../shared/settings.ts';
import type { HostStatus } from '../../../shared/values.ts';
import { marketCandidates, runCommand } from '../commands.ts';
import type { HostView } from '../delivery/deliverySource.ts';
import type { HostTopic } from '../delivery/session.ts';
import { createWantedMarkets } from '../delivery/wantedMarkets.ts';
import { HostDiagnostics } from '../diagnostics/hostDiagnostics.ts';
import { computeSessionMetrics } from '../health/sessionMetrics.ts';
import { systemClock } from '../ports/clock.ts';
import type { Storage } from '../storage/storage.ts';
import { openStorage } from '../storage/storage.ts';
import { EngineSlot } from './engineSlot.ts';
import type { AttachedWindow, EngineHost, EngineHostOptions } from './hostContract.ts';
import { computeHostStatus, marketBeside } from './hostStatus.ts';
import type { WindowHost } from './hostWindow.ts';
import { HostWindow } from './hostWindow.ts';
import { LoopWatch } from './loopWatch.ts';
import { Paced } from './paced.ts';
import { RecordedEvents, RecordedSessions } from './recordedSessions.ts';
import type { ReplayRun } from './replays.ts';
import type { RunningEngine } from './runningEngine.ts';

const statusMs = 250;
/** A list of marks is told whole. */
const marksMs = 1_000;

/**
 * Opens the profile and the market. Throws `ProfileInUseError` or `StorageError`, whose messages are for a person, and what
 * a recording has to complain about.
 */
export async function createEngineHost(given: EngineHostOptions): Promise<EngineHost> {
  const storage = openStorage(given.profile);
  try {
    const diagnostics = new HostDiagnostics(given);
    diagnostics.debug.switchTo(storage.loadSettings().debugLog);
    const options = { ...given, log: diagnostics.log };
    const events = new RecordedEvents();
    const recorded = await RecordedSessions.open(options, storage.loadSettings(), events);
    const { recordings, base } = recorded;
    const player = base?.player ?? null;
    const slot = new EngineSlot(options, storage, diagnostics.debug, recordings, player);
    await slot.open();
    return new LocalEngineHost(options, storage, slot, diagnostics, recorded, events);
  } catch (error) {
    storage.close();
    throw error;
  }
}

const deliveryClock = {
  monotonicMs: () => systemClock.monotonicMs(),
  after: (delayMs: number, run: () => void) => systemClock.setTimer(delayMs, run),
};

/** Windows on one engine and on replays beside it: who looks at what, what they change, and what they are told. */
class LocalEngineHost implements EngineHost, WindowHost {
  readonly appVersion: string;
  readonly hostKind: 'desktop' | 'gateway';
  readonly clock = deliveryClock;
  readonly #options: EngineHostOptions;
  readonly #storage: Storage;
  readonly #slot: EngineSlot;
  readonly #windows = new Set<HostWindow>();
  readonly #wanted = createWantedMarkets((want) => this.#slot.engine.command(want));
  readonly #startedTime = systemClock.wallMs();
  readonly #loop: LoopWatch;
  readonly #diagnostics: HostDiagnostics;
  readonly #recorded: RecordedSessions;
  readonly #marks = new Paced<ReplayRun | null>(systemClock, marksMs, (run) =>
    this.#tell('marks', (window) => window.run === run),
  );
  #settings: Settings;
  #cancelStatus: () => void = () => undefined;
  #isClosed = false;

  constructor(
    options: EngineHostOptions,
    storage: Storage,
    slot: EngineSlot,
    diagnostics: HostDiagnostics,
    recorded: RecordedSessions,
    events: RecordedEvents,
  ) {
    this.appVersion = options.appVersion;
    this.hostKind = options.hostKind;
    this.#recorded = recorded;
    this.#diagnostics = diagnostics;
    this.#options = options;
    this.#storage = storage;
    this.#slot = slot;
    this.#loop = new LoopWatch(systemClock, ({ lateMs }) => {
      const text = `the loop stood still for ${lateMs} ms`;
      options.log({ level: 'warning', scope: 'host', text });
    });
    this.#settings = storage.loadSettings();
    this.#wanted.setWatchlist(this.#settings.watchlist);
    this.#configure(slot.engine);
    slot.onReplaced = (engine) => {
      this.#configure(engine);
      engine.command(this.#wanted.present);
      for (const window of this.#windows) if (window.run === null) window.switchSource();
    };
    slot.onStatus = () => this.#tell('status');
    events.onJump = (run) => {
      for (const window of this.#windows) if (window.run === run) window.session.restart();
    };
    events.onEnd = (run) => {
      for (const window of this.#windows) if (window.run === run) window.show(recorded.base);
    };
    events.onMarks = (run) => this.#marks.note(run);
    events.onSessions = () => this.#tell('recordings');
    events.onExports = () => this.#tell('exports');
    this.#scheduleStatus();
  }

  attach(transport: BridgeTransport, attached: AttachedWindow): void {
    if (this.#isClosed) {
      transport.close();
      return;
    }
    const { replays, base } = this.#recorded;
    const { run, notice } = replays.come(attached.window);
    if (run === null && base !== null) replays.bind(base, attached.window, true);
    if (run === null && attached.isProgram !== true) this.#slot.windowAttached();
    const window = new HostWindow(transport, attached, run ?? base, this);
    this.#windows.add(window);
    if (notice === null) return;
    window.session.sendEvent({ type: 'notice', id: 'replay-gone', level: 'info', text: notice });
  }

  status(): Promise<HostStatus> {
    return Promise.resolve(this.#status(this.#slot.engine));
  }

  markets(): Promise<readonly MarketCandidate[]> {
    const { view } = this.#slot.engine;
    return Promise.resolve(marketCandidates(view.markets(), view));
  }

  setWindowVisible(windowId: string, visible: boolean): void {
    for (const { id, session } of this.#windows) {
      if (id === windowId) session.setHostVisible(visible);
    }
  }

  wake(): void {
    this.#slot.engine.command({ type: 'wake' });
  }

  exportFile(id: number): ReturnType<EngineHost['exportFile']> {
    return Promise.resolve(this.#recorded.exportFile(id));
  }

  openVenueRecording(
    request: Parameters<EngineHost['openVenueRecording']>[0],
  ): ReturnType<EngineHost['openVenueRecording']> {
    return this.#recorded.openVenueRecording(request);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cancelStatus();
    this.#marks.close();
    this.#loop.close();
    for (const { session } of this.#windows) session.close('Truetape was closed.');
    await this.#slot.close();
    await this.#recorded.close();
    this.#diagnostics.close();
    this.#storage.close();
  }

  market(): RunningEngine {
    return this.#slot.engine;
  }

  settings(): Settings {
    return this.#settings;
  }

  viewOf(window: HostWindow): HostView {
    const recorded = this.#recorded;
    return {
      status: () => this.#status(window.engine),
      links: () => this.#storage.loadLinks(),
      latency: (span) => window.engine.latency(span),
      recordings: () => recorded.list(window.attached.revealPath !== undefined),
      exports: () => recorded.exportReport(),
      marks: () => recorded.marksOf(window),
      metrics: () => {
        const { view, source, watchedSince, queuedOn } = window.engine;
        return computeSessionMetrics(view, source, watchedSince, queuedOn);
      },
    };
  }

  async runCommand(command: Command, window: HostWindow): Promise<CommandResult<unknown>> {
    const running = runCommand(command, {
      engine: () => window.engine,
      storage: this.#storage,
      window: window.attached,
      switchSource: (market) => this.#slot.choose(market),
      settingsChanged: (settings) => this.#settingsChanged(settings),
      linksChanged: () => this.#tell('links'),
      createDiagnostics: () => this.#createDiagnostics(),
      recorded: this.#recorded.targetsFor(window, () => this.#openReplayWindow(window)),
    });
    // That a jump is under way is said too.
    this.#tellAtOnce(command, window);
    const result = await running;
    this.#tellAtOnce(command, window);
    return result;
  }

  want(window: HostWindow, requests: Parameters<WindowHost['want']>[1]): void {
    this.#wanted.setWindow(window, requests);
  }

  closed(window: HostWindow): void {
    if (this.#windows.delete(window) && window.run !== null) this.#recorded.replays.go(window.run);
  }

  report(text: string): void {
    this.#options.log({ level: 'warning', scope: 'window', text });
  }

  /** What a person pressed shows in each window that looks at the same; marks are told as they change, in their pace. */
  #tellAtOnce({ type }: Command, { run }: HostWindow): void {
    const isSame = (other: HostWindow): boolean => other.run === run;
    if (type === 'controlReplay') this.#tell('status', isSame);
    if (type === 'controlRecording') this.#tell('status');
  }

  /** With the panels of the window that asked. */
  async #openReplayWindow({ id, attached }: HostWindow): ReturnType<AttachedWindow['openWindow']> {
    const layout = this.#storage.loadWorkspace(id);
    const opened = await attached.openWindow({
      layout: layout ?? '',
      bounds: null,
      isReplay: true,
    });
    if (layout !== null) this.#storage.saveWorkspace(opened.window, layout);
    return opened;
  }

  #createDiagnostics(): ReturnType<HostDiagnostics['createBundle']> {
    const { engine } = this.#slot;
    return this.#diagnostics.createBundle({
      view: engine.view,
      status: this.#status(engine),
      settings: this.#settings,
    });
  }

  #settingsChanged(settings: Settings): void {
    const before = this.#settings;
    this.#settings = settings;
    this.#wanted.setWatchlist(settings.watchlist);
    this.#recorded.recordings?.configure(settings.recording, settings.recordingQuotaGb);
    this.#diagnostics.debug.switchTo(settings.debugLog);
    this.#configure(this.#slot.engine);
    for (const { session } of this.#windows) {
      session.sendEvent({ type: 'settingsChanged', settings });
    }
    const { market } = settings;
    if (market !== null && market !== before.market) {
      this.#slot.choose(market).catch((error: unknown) => {
        const text = error instanceof Error ? error.message : String(error);
        this.#options.log({ level: 'error', scope: 'source', text });
      });
    }
  }

  #configure(engine: RunningEngine): void {
    const { priceSource, mutedVenues } = this.#settings;
    engine.command({ type: 'configure', priceSource, mutedVenues });
  }

  #status(engine: RunningEngine): HostStatus {
    const isMarket = engine === this.#slot.engine;
    const hasMarketBeside = !isMarket && this.#recorded.base === null;
    const status = computeHostStatus(engine, {
      ...(isMarket ? this.#slot.status() : ofReplay),
      markets: isMarket && this.#recorded.base === null ? this.#wanted.present.markets : null,
      version: this.appVersion,
      startedTime: this.#startedTime,
      loop: this.#loop.status(),
      recording: this.#recorded.status(),
      storageNotices: this.#storage.notices,
    });
    return hasMarketBeside ? { ...status, beside: marketBeside(this.#slot.engine) } : status;
  }

  #tell(topic: HostTopic, isConcerned: (window: HostWindow) => boolean = () => true): void {
    for (const window of this.#windows) if (isConcerned(window)) window.session.hostChanged(topic);
  }

  /** Notices live data for the profile; sessions sample the status themselves. */
  #scheduleStatus(): void {
    this.#cancelStatus = systemClock.setTimer(statusMs, () => {
      this.#slot.look();
      this.#diagnostics.look(() => this.#status(this.#slot.engine));
      if (!this.#isClosed) this.#scheduleStatus();
    });
  }
}

const ofReplay = { sourceReason: 'replay', decisionTime: null, liveReachable: false } as const;
