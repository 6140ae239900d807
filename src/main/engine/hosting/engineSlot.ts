import type { EpochMs } from '../../../shared/market.ts';
import type { HostStatus } from '../../../shared/values.ts';
import { venueIds } from '../../../shared/venues.ts';
import type { DebugLog } from '../diagnostics/debugLog.ts';
import { systemClock } from '../ports/clock.ts';
import { httpGet } from '../ports/httpGet.ts';
import type { Storage } from '../storage/storage.ts';
import { createVenue } from '../venues/registry.ts';
import type { Venue, VenueEndpoints } from '../venues/venue.ts';
import { openMarketEngine } from './marketEngine.ts';
import { openReplayEngine } from '../replay/replayEngine.ts';
import type { EngineHostOptions, MarketChoice, SimulatedMarket } from './hostContract.ts';
import type { Recordings } from './recordings.ts';
import type { RunningEngine } from './runningEngine.ts';
import { firstStartWaitMs, planSource, reachProbeMs } from './sourceChoice.ts';

export type SlotStatus = Pick<HostStatus, 'sourceReason' | 'decisionTime' | 'liveReachable'>;

/**
 * The one engine that windows see, and the rule by which it is replaced: chosen by the user, or the simulated market when a
 * first start finds no venue. A switch is a new engine with empty state.
 */
export class EngineSlot {
  onReplaced: (engine: RunningEngine) => void = () => undefined;
  onStatus: () => void = () => undefined;
  readonly #options: EngineHostOptions;
  readonly #debug: DebugLog | null;
  readonly #storage: Storage;
  readonly #recordings: Recordings | null;
  #engine: RunningEngine | null = null;
  #simulated: SimulatedMarket | null = null;
  #reason: HostStatus['sourceReason'] = 'live';
  #mayFallBack = false;
  #decisionTime: EpochMs | null = null;
  #liveReachable = false;
  #cancelTimer: () => void = () => undefined;
  #hasSeenLive = false;
  #isClosed = false;
  /** The market asked for last; the one that is shown may still be another. */
  #target: MarketChoice = 'live';
  /** Switches follow each other; one that was overtaken is not shown. */
  #switching: Promise<void> = Promise.resolve();

  constructor(
    options: EngineHostOptions,
    storage: Storage,
    debug: DebugLog | null = null,
    recordings: Recordings | null = null,
    replay: RunningEngine | null = null,
  ) {
    this.#options = options;
    this.#debug = debug;
    this.#storage = storage;
    this.#recordings = recordings;
    this.#engine = replay;
  }

  get engine(): RunningEngine {
    if (this.#engine === null) throw new Error('no engine is open');
    return this.#engine;
  }

  async open(): Promise<void> {
    const { replay, market: flag, startSimulatedMarket } = this.#options;
    if (replay !== null) this.#engine = await openReplayEngine(replay);
    if (this.#engine !== null) {
      this.#reason = 'replay';
      return;
    }
    const settings = this.#storage.loadSettings();
    const plan = planSource({
      flag,
      saved: settings.market,
      sawLiveData: settings.sawLiveData,
      canSimulate: startSimulatedMarket !== null,
    });
    this.#reason = plan.reason;
    this.#target = plan.market;
    this.#mayFallBack = plan.mayFallBack;
    this.#engine = await (plan.market === 'live' ? this.#openLive() : this.#openSimulated());
  }

  status(): SlotStatus {
    return {
      sourceReason: this.#reason,
      decisionTime: this.#decisionTime,
      liveReachable: this.#liveReachable,
    };
  }

  /** A person looks: a first start begins to count. Without a window no market is ever invented. */
  windowAttached(): void {
    if (!this.#mayFallBack || this.#decisionTime !== null) return;
    this.#decisionTime = systemClock.wallMs() + firstStartWaitMs;
    this.#cancelTimer = systemClock.setTimer(firstStartWaitMs, () => this.#decide());
    this.onStatus();
  }

  /** Called a few times a second: once a live frame was seen, this profile never falls back by itself again. */
  look(): void {
    if (this.#engine?.source !== 'live' || this.#hasSeenLive || !this.#hasLiveData()) return;
    this.#hasSeenLive = true;
    if (this.#reason === 'probing') this.#stayLive();
    if (!this.#sawLiveData()) this.#storage.changeSettings({ sawLiveData: true });
  }

  /** The user's choice; kept for the next start. Rejects when the market cannot be opened: the present one stays. */
  choose(market: MarketChoice): Promise<void> {
    if (this.#reason === 'replay') return Promise.resolve();
    this.#mayFallBack = false;
    this.#decisionTime = null;
    this.#cancelTimer();
    this.#storage.changeSettings({ market });
    if (market === this.#target) {
      if (this.#reason === 'probing') this.#stayLive();
      return Promise.resolve();
    }
    return this.#replace(market, market === 'live' ? 'live' : 'chosen');
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cancelTimer();
    await this.#switching;
    this.#engine?.close();
    await this.#simulated?.close();
  }

  #hasLiveData(): boolean {
    return this.#engine?.view.health().streams.some(({ messages }) => messages > 0) ?? false;
  }

  /** The list of markets, or a socket that opened: somebody is there, whatever else is still missing. */
  #hasAnswer(): boolean {
    const view = this.#engine?.view;
    if (view === undefined) return false;
    return (
      view.markets().length > 0 ||
      view.health().connections.some(({ openedTime }) => openedTime !== null)
    );
  }

  #stayLive(): void {
    this.#mayFallBack = false;
    this.#decisionTime = null;
    this.#cancelTimer();
    this.#reason = 'live';
    this.onStatus();
  }

  #sawLiveData(): boolean {
    return this.#storage.loadSettings().sawLiveData;
  }

  #decide(): void {
    if (!this.#mayFallBack || this.#isClosed) return;
    if (this.#hasAnswer()) {
      this.#stayLive();
      return;
    }
    this.#mayFallBack = false;
    this.#decisionTime = null;
    this.#log('no venue answered: the simulated market is shown');
    this.#replace('simulated', 'fallback').catch(() => this.#stayLive());
  }

  async #replace(market: MarketChoice, reason: HostStatus['sourceReason']): Promise<void> {
    this.#target = market;
    const previous = this.#switching;
    const replaced = this.#replaceAfter(previous, market, reason);
    this.#switching = settled(replaced);
    await replaced;
  }

  async #replaceAfter(
    previous: Promise<void>,
    market: MarketChoice,
    reason: HostStatus['sourceReason'],
  ): Promise<void> {
    await previous;
    if (this.#isClosed || this.#target !== market) return;
    if ((this.#engine?.source === 'live') === (market === 'live')) return;
    try {
      const engine = await (market === 'live' ? this.#openLive() : this.#openSimulated());
      if (this.#target === market) await this.#install(engine, reason);
      else engine.close();
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      this.#log(`the ${market} market could not be opened: ${text}`);
      if (this.#target === market) this.#target = market === 'live' ? 'simulated' : 'live';
      throw error;
    }
  }

  async #install(engine: RunningEngine, reason: HostStatus['sourceReason']): Promise<void> {
    const before = this.#engine;
    const simulated = this.#simulated;
    this.#engine = engine;
    this.#reason = reason;
    this.#liveReachable = false;
    this.onReplaced(engine);
    this.onStatus();
    before?.close();
    if (engine.source === 'live') {
      this.#simulated = null;
      await simulated?.close();
    } else if (reason === 'fallback') {
      this.#scheduleProbe();
    }
  }

  #openLive(): Promise<RunningEngine> {
    return this.#openMarket('live', (venue) => this.#liveEndpoints(venue));
  }

  async #openSimulated(): Promise<RunningEngine> {
    const { startSimulatedMarket } = this.#options;
    if (startSimulatedMarket === null) throw new Error('this host has no simulated market');
    this.#simulated ??= await startSimulatedMarket();
    const { endpoints } = this.#simulated;
    return this.#openMarket('simulated', (venue) => endpoints[venue.id] ?? venue.endpoints);
  }

  async #openMarket(
    source: 'live' | 'simulated',
    endpoints: (venue: Venue) => VenueEndpoints,
  ): Promise<RunningEngine> {
    const { log } = this.#options;
    const recordings = this.#recordings;
    const tape = (await recordings?.openTape(source)) ?? null;
    const engine = openMarketEngine({
      ...{ source, endpoints, log, debug: this.#debug },
      ...(tape === null ? {} : { record: (core) => tape.attach(core) }),
    });
    if (recordings === null || tape === null) return engine;
    tape.watch(engine.view);
    recordings.show(tape);
    return {
      ...engine,
      close: () => {
        engine.close();
        recordings.end(tape);
      },
    };
  }

  #liveEndpoints(venue: Venue): VenueEndpoints {
    return this.#options.endpoints[venue.id] ?? venue.endpoints;
  }

  #scheduleProbe(): void {
    this.#cancelTimer = systemClock.setTimer(reachProbeMs, () => {
      if (this.#isClosed || this.#engine?.source !== 'simulated') return;
      for (const id of venueIds) this.#probe(createVenue(id));
      this.#scheduleProbe();
    });
  }

  /** Any answer that tells the time proves that the venue is in reach. */
  #probe(venue: Venue): void {
    const url = this.#liveEndpoints(venue).rest + venue.rest.serverTime().path;
    httpGet(url, (outcome) => {
      if (outcome.type !== 'answered' || this.#engine?.source !== 'simulated') return;
      if (!tellsTime(venue, outcome.answer.body)) return;
      this.#liveReachable = true;
      this.onStatus();
    });
  }

  #log(text: string): void {
    this.#options.log({ level: 'info', scope: 'source', text });
  }
}

async function settled(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch {
    // Told to whoever asked for it; the next switch only waits for its end.
  }
}

function tellsTime(venue: Venue, body: string): boolean {
  try {
    return venue.rest.readServerTime(body) > 0;
  } catch {
    // A captive portal or an error page: the venue itself did not answer.
    return false;
  }
}
