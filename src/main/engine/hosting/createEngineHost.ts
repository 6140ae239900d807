import type { BridgeTransport, HostEvent } from '../../../shared/bridge.ts';
import { join } from 'node:path';
import { bridgeSchemaVersion } from '../../../shared/bridge.ts';
import type { ConnectionHealth } from '../../../shared/feedHealth.ts';
import type { Settings } from '../../../shared/settings.ts';
import type { SessionMetrics } from '../../../shared/sessionMetrics.ts';
import type { HostStatus } from '../../../shared/values.ts';
import { runCommand } from '../commands.ts';
import { createWantedMarkets } from '../delivery/wantedMarkets.ts';
import { HostDiagnostics } from '../diagnostics/hostDiagnostics.ts';
import { WindowSession } from '../delivery/session.ts';
import { computeSessionMetrics } from '../health/sessionMetrics.ts';
import { systemClock } from '../ports/clock.ts';
import type { Storage } from '../storage/storage.ts';
import type { VenueId } from '../../../shared/venues.ts';
import { venueIds } from '../../../shared/venues.ts';
import { openStorage } from '../storage/storage.ts';
import { apiNotices } from './apiNotices.ts';
import { EngineSlot } from './engineSlot.ts';
import { LoopWatch } from './loopWatch.ts';
import { Recordings } from './recordings.ts';
import { systemFiles } from '../ports/files.ts';
import { noRecordings, notRecording } from '../../../shared/recordings.ts';
import type { AttachedWindow, EngineHost, EngineHostOptions } from './hostContract.ts';
import type { RunningEngine } from './runningEngine.ts';

const statusMs = 250;

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
    const recordings = openRecordings(options, storage.loadSettings());
    const slot = new EngineSlot(options, storage, diagnostics.debug, recordings);
    await slot.open();
    return new LocalEngineHost(options, storage, slot, diagnostics, recordings);
  } catch (error) {
    storage.close();
    throw error;
  }
}

/** Null: a replay, or a host that keeps nothing. */
function openRecordings(options: EngineHostOptions, settings: Settings): Recordings | null {
  if (options.profile === null || options.replay !== null) return null;
  return new Recordings(
    {
      files: systemFiles,
      clock: systemClock,
      folder: join(options.profile, 'recordings'),
      appVersion: options.appVersion,
      log: (text) => options.log({ level: 'warning', scope: 'recorder', text }),
    },
    settings.recording,
    settings.recordingQuotaGb,
  );
}

const deliveryClock = {
  monotonicMs: () => systemClock.monotonicMs(),
  after: (delayMs: number, run: () => void) => systemClock.setTimer(delayMs, run),
};

/** Windows on one engine: who looks at what, what they change, and which market they see. */
class LocalEngineHost implements EngineHost {
  readonly #options: EngineHostOptions;
  readonly #storage: Storage;
  readonly #slot: EngineSlot;
  readonly #sessions = new Map<WindowSession, AttachedWindow>();
  readonly #wanted = createWantedMarkets((want) => this.#slot.engine.command(want));
  readonly #startedTime = systemClock.wallMs();
  readonly #loop: LoopWatch;
  readonly #diagnostics: HostDiagnostics;
  readonly #recordings: Recordings | null;
  #settings: Settings;
  #cancelStatus: () => void = () => undefined;
  #isClosed = false;

  constructor(
    options: EngineHostOptions,
    storage: Storage,
    slot: EngineSlot,
    diagnostics: HostDiagnostics,
    recordings: Recordings | null,
  ) {
    this.#recordings = recordings;
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
      for (const session of this.#sessions.keys()) session.switchSource(engine);
    };
    slot.onStatus = () => this.#tellStatus();
    this.#scheduleStatus();
  }

  attach(transport: BridgeTransport, window: AttachedWindow): void {
    if (this.#isClosed) {
      transport.close();
      return;
    }
    this.#slot.windowAttached();
    const session: WindowSession = new WindowSession({
      transport,
      source: this.#slot.engine,
      host: {
        status: () => this.#status(),
        links: () => this.#storage.loadLinks(),
        latency: (span) => this.#slot.engine.latency(span),
        recordings: () => noRecordings,
        exports: () => ({ jobs: [], folder: '' }),
        marks: () => ({ session: null, marks: [], dropped: 0 }),
        metrics: () => this.#metrics(),
      },
      hello: this.#hello(window),
      clock: deliveryClock,
      runCommand: (command) =>
        runCommand(command, {
          engine: () => this.#slot.engine,
          storage: this.#storage,
          window,
          switchSource: (market) => this.#slot.choose(market),
          settingsChanged: (settings) => this.#settingsChanged(settings),
          linksChanged: () => this.#tell('links'),
          createDiagnostics: () => this.#createDiagnostics(),
        }),
      onRequests: (requests) => this.#wanted.setWindow(session, requests),
      onClosed: () => this.#sessions.delete(session),
      report: (text) => this.#options.log({ level: 'warning', scope: 'window', text }),
    });
    this.#sessions.set(session, window);
  }

  status(): Promise<HostStatus> {
    return Promise.resolve(this.#status());
  }

  setWindowVisible(windowId: string, visible: boolean): void {
    for (const [session, { window }] of this.#sessions) {
      if (window === windowId) session.setHostVisible(visible);
    }
  }

  wake(): void {
    this.#slot.engine.command({ type: 'wake' });
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cancelStatus();
    this.#loop.close();
    for (const session of this.#sessions.keys()) session.close('Truetape was closed.');
    await this.#slot.close();
    await this.#recordings?.close();
    this.#diagnostics.close();
    this.#storage.close();
  }

  #metrics(): SessionMetrics {
    const { source, watchedSince, view } = this.#slot.engine;
    return computeSessionMetrics(view, source, watchedSince);
  }

  #createDiagnostics(): ReturnType<HostDiagnostics['createBundle']> {
    return this.#diagnostics.createBundle({
      view: this.#slot.engine.view,
      status: this.#status(),
      settings: this.#settings,
    });
  }

  #hello(window: AttachedWindow): HostEvent & { type: 'hello' } {
    return {
      type: 'hello',
      schemaVersion: bridgeSchemaVersion,
      appVersion: this.#options.appVersion,
      host: this.#options.hostKind,
      window: window.window,
      source: this.#slot.engine.source,
      platform: window.platform,
      settings: this.#settings,
    };
  }

  #settingsChanged(settings: Settings): void {
    const before = this.#settings;
    this.#settings = settings;
    this.#wanted.setWatchlist(settings.watchlist);
    this.#recordings?.configure(settings.recording, settings.recordingQuotaGb);
    this.#diagnostics.debug.switchTo(settings.debugLog);
    this.#configure(this.#slot.engine);
    for (const session of this.#sessions.keys()) {
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

  #status(): HostStatus {
    const { view } = this.#slot.engine;
    const health = view.health();
    const liveVenues = venueIds.filter((venue) => isVenueLive(venue, health.connections));
    const markets = this.#wanted.present.markets;
    return {
      source: this.#slot.engine.source,
      ...this.#slot.status(),
      version: this.#options.appVersion,
      startedTime: this.#startedTime,
      watchedSince: this.#slot.engine.watchedSince,
      queuedMessages: this.#slot.engine.queuedMessages(),
      venuesLive: liveVenues.length,
      venuesTotal: this.#venuesTotal(),
      symbolsLive: markets.filter((market) => isFresh(view.priceOf(market).status)).length,
      symbolsTotal: markets.length,
      messagesPerSec: health.messagesPerSec,
      loop: this.#loop.status(),
      recording: this.#recordings?.status() ?? notRecording,
      replay: this.#slot.engine.replay(),
      notices: [
        ...this.#storage.notices.map((text, index) => ({ id: `storage-${index}`, text })),
        ...apiNotices(health.apiChanges),
      ],
    };
  }

  /** A venue that cannot be reached has no connection yet, and is missing all the same. */
  #venuesTotal(): number {
    const { source, view } = this.#slot.engine;
    if (source === 'live' || source === 'simulated') return venueIds.length;
    return new Set(view.health().connections.map(({ venue }) => venue)).size;
  }

  #tell(topic: 'status' | 'links'): void {
    for (const session of this.#sessions.keys()) session.hostChanged(topic);
  }

  #tellStatus(): void {
    this.#tell('status');
  }

  /** Notices live data for the profile; sessions sample the status themselves. */
  #scheduleStatus(): void {
    this.#cancelStatus = systemClock.setTimer(statusMs, () => {
      this.#slot.look();
      this.#diagnostics.look(() => this.#status());
      if (!this.#isClosed) this.#scheduleStatus();
    });
  }
}

/** A second socket for candles alone does not make a venue live. */
function isVenueLive(venue: VenueId, connections: readonly ConnectionHealth[]): boolean {
  const main = connections.filter(
    ({ connection, status }) => connection.startsWith(`${venue}#`) && status !== 'closed',
  );
  return main.length > 0 && main.every(({ status }) => status === 'live');
}

function isFresh(status: string): boolean {
  return status === 'live' || status === 'degraded' || status === 'single';
}
