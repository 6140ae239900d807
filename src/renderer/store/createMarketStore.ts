import type { StoreApi } from 'zustand/vanilla';
import type { MarketBatch } from '../../shared/batch.ts';
import { BatchDecoder, SchemaMismatchError } from '../../shared/batch.ts';
import type {
  Command,
  CommandAnswers,
  CommandResult,
  HostEvent,
  TopicName,
  TopicRequest,
} from '../../shared/bridge.ts';
import { DamagedBytesError } from '../../shared/bytes.ts';
import type { ExportReport } from '../../shared/exports.ts';
import type { FeedHealth, GapRecord } from '../../shared/feedHealth.ts';
import type { Incident } from '../../shared/incidents.ts';
import type { LatencyReport, LatencySpan } from '../../shared/latency.ts';
import type { EpochMs, MarketId } from '../../shared/market.ts';
import type { MarkList } from '../../shared/marks.ts';
import type { RecordingList } from '../../shared/recordings.ts';
import type { SessionMetrics } from '../../shared/sessionMetrics.ts';
import { topicKey, topics } from '../../shared/topics.ts';
import type {
  BookView,
  HostStatus,
  LinkState,
  PriceValue,
  QuoteValue,
  TickerValue,
} from '../../shared/values.ts';
import type { BridgeState, HeldTopic, TruetapeBridge } from '../bridge/bridge.ts';
import { FrameLoop } from './frameLoop.ts';
import type { Frames } from './frames.ts';
import { HeldTopics } from './heldTopics.ts';
import { CandleValues } from './heldValues.ts';
import { HostClock } from './hostClock.ts';
import { LinkWatch } from './linkWatch.ts';
import type {
  BookRequest,
  CandleRequest,
  CandleSeries,
  LinkHealth,
  MarketStore,
  TradeTape,
  WindowState,
} from './marketStore.ts';
import { RenderGate } from './renderGate.ts';
import { TapeRing } from './tapeRing.ts';
import { applyHostEvent, createWindowState, isRecorded } from './windowState.ts';

export interface MarketStoreOptions {
  readonly bridge: TruetapeBridge;
  readonly frames: Frames;
}

export function createMarketStore(options: MarketStoreOptions): MarketStore {
  return new BridgedStore(options);
}

interface Arrived {
  readonly bytes: Uint8Array;
  readonly receivedMs: number;
  /** Of an engine that has gone since: acknowledged, not applied. */
  isOutdated: boolean;
}

interface Mounted {
  readonly topic: TopicName;
  readonly held: HeldTopic;
  holders: number;
}

interface Applied {
  readonly sequence: number;
  readonly receivedMs: number;
}

const none: readonly never[] = [];
/** Of the host, whatever engine it runs. */
const hostTopics: ReadonlySet<TopicName> = new Set([
  'status',
  'links',
  'recordings',
  'exports',
  'marks',
]);
const noTape: TradeTape = new TapeRing();
const noCandles = new CandleValues().series;

/** Only `#applyBatch` writes market values; a batch is one write, told to listeners once per frame. */
class BridgedStore implements MarketStore {
  readonly windowState: StoreApi<WindowState>;
  readonly #bridge: TruetapeBridge;
  readonly #frames: Frames;
  readonly #loop: FrameLoop;
  readonly #values = new HeldTopics();
  readonly #mounted = new Map<string, Mounted>();
  readonly #listeners = new Map<string, Set<() => void>>();
  readonly #released = new Set<string>();
  /** Topics whose present values have arrived. */
  readonly #told = new Set<string>();
  readonly #changed = new Set<string>();
  readonly #paintListeners = new Set<(paintedMs: number) => void>();
  readonly #gate = new RenderGate();
  readonly #clock = new HostClock();
  readonly #link = new LinkWatch();
  readonly #closers: (() => void)[];
  #decoder = new BatchDecoder();
  #arrived: Arrived[] = [];

  constructor({ bridge, frames }: MarketStoreOptions) {
    this.#bridge = bridge;
    this.#frames = frames;
    this.windowState = createWindowState(this.#link.health);
    this.#closers = [
      bridge.onState((state) => this.#onBridge(state)),
      bridge.onHostEvent((event) => this.#onHostEvent(event)),
      frames.onVisibility(() => this.#onVisibility()),
    ];
    bridge.onBatch((bytes, receivedMs) => this.#onBatch(bytes, receivedMs));
    bridge.setVisible(!frames.isHidden());
    this.#onBridge(bridge.state);
    this.#loop = new FrameLoop(frames, { apply: (frameTime) => this.#onFrame(frameTime) });
  }

  price(market: MarketId): PriceValue | null {
    return this.#values.price.get(topics.price.key({ topic: 'price', market }))?.value ?? null;
  }

  quotes(market: MarketId): readonly QuoteValue[] {
    return this.#values.quote.get(topics.quote.key({ topic: 'quote', market }))?.list ?? none;
  }

  tickers(market: MarketId): readonly TickerValue[] {
    return this.#values.ticker.get(topics.ticker.key({ topic: 'ticker', market }))?.list ?? none;
  }

  book(request: BookRequest): BookView | null {
    return this.#values.book.get(topics.book.key(request))?.value ?? null;
  }

  trades(market: MarketId): TradeTape {
    return this.#values.trades.get(topics.trades.key({ topic: 'trades', market })) ?? noTape;
  }

  candle(request: CandleRequest): CandleSeries {
    return this.#values.candle.get(topics.candle.key(request))?.series ?? noCandles;
  }

  gaps(): readonly GapRecord[] {
    return this.#values.gaps.get(topics.gaps.key({ topic: 'gaps' }))?.list ?? none;
  }

  health(): FeedHealth | null {
    return this.#values.health.get(topics.health.key({ topic: 'health' }))?.value ?? null;
  }

  status(): HostStatus | null {
    return this.#values.status.get(topics.status.key({ topic: 'status' }))?.value ?? null;
  }

  links(): readonly LinkState[] {
    return this.#values.links.get(topics.links.key({ topic: 'links' }))?.list ?? none;
  }

  incidents(): readonly Incident[] {
    return this.#values.incidents.get(topics.incidents.key({ topic: 'incidents' }))?.list ?? none;
  }

  isTold(request: TopicRequest): boolean {
    return this.#told.has(topicKey(request));
  }

  latency(span: LatencySpan): LatencyReport | null {
    return this.#values.latency.get(topics.latency.key({ topic: 'latency', span }))?.value ?? null;
  }

  recordings(): RecordingList | null {
    return (
      this.#values.recordings.get(topics.recordings.key({ topic: 'recordings' }))?.value ?? null
    );
  }

  exports(): ExportReport | null {
    return this.#values.exports.get(topics.exports.key({ topic: 'exports' }))?.value ?? null;
  }

  marks(): MarkList | null {
    return this.#values.marks.get(topics.marks.key({ topic: 'marks' }))?.value ?? null;
  }

  metrics(): SessionMetrics | null {
    return this.#values.metrics.get(topics.metrics.key({ topic: 'metrics' }))?.value ?? null;
  }

  hostNow(): EpochMs {
    return this.#clock.now(this.#frames.now());
  }

  linkHealth(): LinkHealth {
    return this.#link.health;
  }

  subscribeTopic(request: TopicRequest, listener: () => void): () => void {
    const key = this.#mount(request);
    const unlisten = this.subscribeKey(key, listener);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      unlisten();
      this.#unmount(key);
    };
  }

  subscribeKey(key: string, listener: () => void): () => void {
    // A callback of its own, so that one function may listen twice.
    const own = (): void => listener();
    const listeners = this.#listeners.get(key) ?? new Set();
    this.#listeners.set(key, listeners.add(own));
    return () => {
      listeners.delete(own);
      if (listeners.size === 0 && this.#listeners.get(key) === listeners) {
        this.#listeners.delete(key);
      }
    };
  }

  subscribeAtMost(
    intervalMs: number,
    requests: readonly TopicRequest[],
    listener: () => void,
  ): () => void {
    const entry = this.#gate.create(intervalMs, listener);
    const releases = requests.map((request) => this.subscribeTopic(request, entry.mark));
    return () => {
      for (const release of releases) release();
      entry.close();
    };
  }

  onFrame(draw: (frameTime: number) => void): () => void {
    return this.#loop.onFrame(draw);
  }

  onPainted(listener: (paintedMs: number) => void): () => void {
    const own = (paintedMs: number): void => listener(paintedMs);
    this.#paintListeners.add(own);
    return () => this.#paintListeners.delete(own);
  }

  command<C extends Command>(command: C): Promise<CommandResult<CommandAnswers[C['type']]>> {
    return this.#bridge.command(command);
  }

  reconnect(): void {
    this.#bridge.reconnect();
  }

  close(): void {
    this.#loop.close();
    for (const close of this.#closers) close();
    this.#bridge.close();
  }

  #mount(request: TopicRequest): string {
    const key = topicKey(request);
    const mounted = this.#mounted.get(key);
    if (mounted !== undefined) {
      mounted.holders++;
      return key;
    }
    const { topic } = request;
    this.#values.add(topic, key);
    this.#mounted.set(key, { topic, held: this.#bridge.subscribe(request), holders: 1 });
    return key;
  }

  /** Given up with the next frame, so that a component which subscribes anew keeps its values. */
  #unmount(key: string): void {
    const mounted = this.#mounted.get(key);
    if (mounted === undefined) return;
    mounted.holders--;
    if (mounted.holders === 0) this.#released.add(key);
  }

  /** Values that nobody keeps up to date are not kept. */
  #dropReleased(): void {
    for (const key of this.#released) {
      const mounted = this.#mounted.get(key);
      if (mounted === undefined || mounted.holders > 0) continue;
      this.#mounted.delete(key);
      this.#values.remove(mounted.topic, key);
      this.#told.delete(key);
      mounted.held.release();
    }
    this.#released.clear();
  }

  #onBatch(bytes: Uint8Array, receivedMs: number): void {
    this.#link.heard();
    this.#arrived.push({ bytes, receivedMs, isOutdated: false });
    if (this.#frames.isHidden()) this.#applyUnseen();
  }

  /** A hidden page paints nothing: it applies and acknowledges at once what was on its way. */
  #applyUnseen(): void {
    const applied = this.#applyArrived();
    if (applied !== null) this.#acknowledge(applied, this.#frames.now());
  }

  #onFrame(frameTime: number): (() => void) | null {
    this.#dropReleased();
    const applied = this.#applyArrived();
    const appliedAt = this.#frames.now();
    if (this.#link.onFrame(frameTime)) this.#bridge.restart('nothing came for too long');
    this.#publishLink();
    this.#tellListeners();
    this.#gate.flush(frameTime, (listener) => this.#call(listener));
    return applied === null ? null : () => this.#acknowledge(applied, appliedAt);
  }

  #acknowledge({ sequence, receivedMs }: Applied, appliedAt: number): void {
    const sinceReceived = (time: number): number => Math.max(0, time - receivedMs);
    const painted = sinceReceived(this.#frames.now());
    this.#bridge.ackBatch(sequence, sinceReceived(appliedAt), painted);
    if (this.#frames.isHidden()) return;
    for (const listener of this.#paintListeners) listener(painted);
  }

  /** The last batch applied is the one to acknowledge; null when nothing had arrived. */
  #applyArrived(): Applied | null {
    let applied: Applied | null = null;
    const arrived = this.#arrived;
    this.#arrived = [];
    for (const { bytes, receivedMs, isOutdated } of arrived) {
      const batch = this.#decode(bytes);
      // What came behind a damaged batch goes with it: a new connection brings the whole picture.
      if (batch === null) return null;
      if (!isOutdated && !this.#tryBatch(batch, receivedMs)) return null;
      applied = { sequence: batch.sequence, receivedMs };
    }
    return applied;
  }

  /** A batch that cannot be applied must not stay unacknowledged: the host would wait for it, and say nothing for ever. */
  #tryBatch(batch: MarketBatch, receivedMs: number): boolean {
    try {
      this.#applyBatch(batch, receivedMs);
      return true;
    } catch (error) {
      this.#frames.report(error);
      this.#bridge.restart('a value could not be applied');
      return false;
    }
  }

  #decode(bytes: Uint8Array): MarketBatch | null {
    try {
      return this.#decoder.decode(bytes);
    } catch (error) {
      if (error instanceof SchemaMismatchError) this.#bridge.mismatch();
      else if (error instanceof DamagedBytesError) this.#bridge.restart(error.message);
      else throw error;
      return null;
    }
  }

  #applyBatch(batch: MarketBatch, receivedMs: number): void {
    const { source } = this.windowState.getState();
    if (batch.source !== source) return;
    const isReplay = isRecorded(batch.source);
    const isJump = isReplay && this.#takesBack(batch);
    if (isJump) this.#jump();
    this.#clock.observe(batch.hostTime, receivedMs, isReplay);
    for (const { subscription, reset, update } of batch.records) {
      const key = this.#bridge.keyOf(subscription);
      const mounted = key === null ? undefined : this.#mounted.get(key);
      if (key === null || mounted === undefined) continue;
      if (reset) {
        if (!isJump || !hostTopics.has(mounted.topic)) this.#values.reset(mounted.topic, key);
        this.#told.add(key);
      }
      if (update !== null) this.#values.apply(key, update);
      this.#changed.add(key);
    }
    if (isReplay) this.#clock.setPace(this.status()?.replay ?? null);
  }

  /** What a window was told already starts over: the replay stands elsewhere, or the window was away for a while. */
  #takesBack(batch: MarketBatch): boolean {
    return batch.records.some(({ subscription, reset }) => {
      const key = reset ? this.#bridge.keyOf(subscription) : null;
      return key !== null && this.#told.has(key);
    });
  }

  #jump(): void {
    this.#clock.jump();
    this.windowState.setState(({ generation }) => ({ generation: generation + 1 }));
  }

  #tellListeners(): void {
    if (this.#changed.size === 0) return;
    const changed = [...this.#changed];
    this.#changed.clear();
    for (const key of changed) {
      for (const listener of this.#listeners.get(key) ?? none) this.#call(listener);
    }
  }

  #call(listener: () => void): void {
    try {
      listener();
    } catch (error) {
      this.#frames.report(error);
    }
  }

  #onBridge(state: BridgeState): void {
    this.#link.onBridge(state);
    this.#publishLink();
    if (state.type !== 'open') return;
    // A new session counts its batches anew.
    this.#decoder = new BatchDecoder();
    this.#arrived = [];
  }

  #onHostEvent(event: HostEvent): void {
    const before = this.windowState.getState();
    applyHostEvent(this.windowState, event);
    const after = this.windowState.getState();
    if (after.generation !== before.generation) this.#dropValues(before.source === after.source);
  }

  /**
   * Another engine: nothing of the former one may stay, nor what of it is on its way. After a jump within one recording only
   * what the host itself tells is still true.
   */
  #dropValues(isJump: boolean): void {
    for (const arrived of this.#arrived) arrived.isOutdated = true;
    if (isJump) this.#clock.jump();
    else this.#clock.reset();
    for (const [key, { topic }] of this.#mounted) {
      if (isJump && hostTopics.has(topic)) continue;
      this.#values.reset(topic, key);
      this.#told.delete(key);
      this.#changed.add(key);
    }
  }

  #onVisibility(): void {
    const isHidden = this.#frames.isHidden();
    this.#bridge.setVisible(!isHidden);
    if (isHidden) this.#applyUnseen();
    else this.#link.heard();
  }

  #publishLink(): void {
    const { health } = this.#link;
    if (this.windowState.getState().link !== health) this.windowState.setState({ link: health });
  }
}
