import type { TopicRequest } from '../../../shared/bridge.ts';
import type { CandleInterval } from '../../../shared/market.ts';
import { candleIntervalMs } from '../../../shared/market.ts';
import type { CandlePage, CandleValue, PriceValue } from '../../../shared/values.ts';
import type { VenueId } from '../../../shared/venues.ts';
import type { CanvasFonts } from '../../canvas/fonts.ts';
import { createFonts, forgetTextWidths } from '../../canvas/fonts.ts';
import { Snapshot } from '../../canvas/snapshot.ts';
import { onPalette, palette } from '../../theme/palette.ts';
import type { CandleRequest, MarketStore } from '../../store/marketStore.ts';
import { TickedValue } from '../../store/tickedValue.ts';
import { isRecorded } from '../../store/windowState.ts';
import type { CoverageCell } from '../../widgets/validity.ts';
import { ownCells, priceCoverage, restsOnOthers } from '../../widgets/validity.ts';
import { CandleFeed } from './candleFeed.ts';
import { ChartCanvas } from './ChartCanvas.ts';
import type { ChartMark } from './chartMarks.ts';
import { placeMarks } from './chartMarks.ts';
import { formatUntilClose, untilClose } from './chartTime.ts';
import type { CoverageLane, LaneSpan } from './coverageLanes.ts';
import { addAbsent, selectLanes, selectSince, StateSince } from './coverageLanes.ts';
import type { GapBand } from './gapBands.ts';
import { mergeBands, pageBands, selectGapBands } from './gapBands.ts';
import { HistoryPager } from './historyPager.ts';
import type { LastPriceTag } from './lastPrice.ts';
import { selectLastPrice } from './lastPrice.ts';
import { countOutliers } from './outliers.ts';
import type { ChartScene } from './scene.ts';

/** Bars of a page: several screens of them, a small answer. */
const pageBars = 500;
/** The chart follows the market this often; a change of validity does not wait for it. */
const updateMs = 100;

export interface ChartSubject {
  readonly market: string;
  /** Null: consolidated. */
  readonly venue: VenueId | null;
  readonly interval: CandleInterval;
}

/** What stands around the chart: legend, messages, and what tests read. */
export interface ChartFrame {
  readonly state: 'loading' | 'bars' | 'empty' | 'problem';
  readonly problem: string | null;
  readonly shown: CandleValue | null;
  readonly decimals: number;
  readonly cells: readonly CoverageCell[];
  /** Venues whose candles may be chosen. */
  readonly listed: readonly VenueId[];
  readonly since: ReadonlyMap<VenueId, number>;
  readonly price: PriceValue | null;
  /** The price tag is a live one: only then has anything a color of direction. */
  readonly live: boolean;
  readonly now: number;
  /** When the page lost its host, in the page's time; null while connected. */
  readonly lostSince: number | null;
  /** As painted on the price axis. */
  readonly tag: LastPriceTag | null;
  readonly lanes: readonly CoverageLane[];
  readonly bands: readonly GapBand[];
  readonly marks: readonly ChartMark[];
  readonly bars: number;
  readonly pages: number;
  readonly replaced: number;
  readonly updated: number;
  /** Lowest and highest price that the axis spans. */
  readonly range: string;
  /** Bars on the screen that an outlier print lies in. */
  readonly outliers: number;
  readonly loadingOlder: boolean;
}

export const emptyFrame: ChartFrame = {
  state: 'loading',
  problem: null,
  shown: null,
  decimals: 2,
  cells: [],
  listed: [],
  since: new Map(),
  price: null,
  live: false,
  now: 0,
  lostSince: null,
  tag: null,
  lanes: [],
  bands: [],
  marks: [],
  bars: 0,
  pages: 0,
  replaced: 0,
  updated: 0,
  range: '',
  outliers: 0,
  loadingOlder: false,
};

/** One subject on the chart: a new one starts with nothing, and answers to the old one are ignored. */
interface Shown {
  readonly subject: ChartSubject;
  readonly request: CandleRequest;
  readonly intervalMs: number;
  readonly feed: CandleFeed;
  readonly pager: HistoryPager;
  readonly since: StateSince;
  readonly stops: readonly (() => void)[];
  bands: readonly GapBand[];
  absent: readonly LaneSpan[];
  state: ChartFrame['state'];
  problem: string | null;
  pages: number;
  /** When the newest page was asked for: frame time, and where the replay stood. */
  asked: { readonly frameTime: number; readonly at: number } | null;
  /** Of the engine that its bars come from. */
  readonly generation: number;
  /** Of the live series that history was joined with; null until its first candle. */
  epoch: number | null;
}

/** What a frame's scene is composed of, beside what the view holds. */
interface SceneFacts {
  readonly price: PriceValue | null;
  readonly cells: readonly CoverageCell[];
  readonly own: readonly CoverageCell[];
  readonly since: ReadonlyMap<VenueId, number>;
  readonly listed: readonly VenueId[];
  readonly linked: boolean;
  readonly now: number;
}

/** Also what was recorded of a simulated market: no price in it is real. */
function isSimulated(store: MarketStore): boolean {
  const { source } = store.windowState.getState();
  if (!isRecorded(source)) return source === 'simulated';
  return store.status()?.replay?.recordedSource === 'simulated';
}

/** A recording holds what was asked for then: further on there may be more of it, and it is asked for again so often. */
const askedAgainMs = 5_000;

/** The chart of one panel: candles from the store and from history, drawn at most ten times a second. */
export class ChartView {
  readonly frame = new Snapshot<ChartFrame>(emptyFrame);
  readonly #store: MarketStore;
  readonly #canvas: ChartCanvas;
  readonly #stops: (() => void)[] = [];
  #shown: Shown;
  #fonts: CanvasFonts;
  #dirty = true;
  #lastUpdate = -Infinity;
  #lastSignature = '';
  readonly #price = new TickedValue<PriceValue>(updateMs);
  #hovered: number | null = null;
  #decimals = 2;

  constructor(container: HTMLElement, store: MarketStore, subject: ChartSubject) {
    this.#store = store;
    const colors = palette();
    this.#fonts = createFonts(colors.scale);
    this.#canvas = new ChartCanvas(container, colors, candleIntervalMs[subject.interval]);
    this.#shown = this.#open(subject);
    this.#canvas.onRange((firstVisible) => this.#onRange(firstVisible));
    this.#canvas.onCrosshair((time) => {
      this.#hovered = time;
      this.#dirty = true;
    });
    this.#stops.push(
      onPalette(() => this.restyle()),
      store.onFrame((frameTime) => this.#onFrame(frameTime)),
    );
  }

  show(subject: ChartSubject): void {
    const { subject: old } = this.#shown;
    const same =
      old.market === subject.market &&
      old.venue === subject.venue &&
      old.interval === subject.interval;
    if (!same) this.#replace(subject);
  }

  #replace(subject: ChartSubject): void {
    for (const stop of this.#shown.stops) stop();
    this.#canvas.replace([]);
    this.#shown = this.#open(subject);
    this.restyle();
    this.frame.set({ ...emptyFrame, now: this.#store.hostNow() });
  }

  /** Asks again after a problem. */
  retry(): void {
    this.#shown.state = 'loading';
    void this.#load(this.#shown, null);
  }

  close(): void {
    for (const stop of this.#shown.stops) stop();
    for (const stop of this.#stops.splice(0)) stop();
    this.#canvas.close();
  }

  #open(subject: ChartSubject): Shown {
    const { market, venue, interval } = subject;
    const request: CandleRequest = { topic: 'candle', market, venue, interval };
    const topics: readonly TopicRequest[] = [
      request,
      { topic: 'price', market },
      { topic: 'gaps' },
      { topic: 'status' },
      { topic: 'marks' },
    ];
    const markDirty = () => {
      this.#dirty = true;
    };
    const intervalMs = candleIntervalMs[interval];
    const shown: Shown = {
      subject,
      request,
      intervalMs,
      feed: new CandleFeed(this.#canvas, intervalMs),
      pager: new HistoryPager(),
      since: new StateSince(),
      stops: topics.map((topic) => this.#store.subscribeTopic(topic, markDirty)),
      bands: [],
      absent: [],
      state: 'loading',
      problem: null,
      pages: 0,
      asked: null,
      generation: this.#store.windowState.getState().generation,
      epoch: null,
    };
    void this.#load(shown, null);
    return shown;
  }

  /** Colors, scale, time zone or digit style changed. */
  restyle(): void {
    const colors = palette();
    forgetTextWidths();
    this.#fonts = createFonts(colors.scale);
    this.#canvas.setAppearance(colors, this.#shown.intervalMs);
    this.#dirty = true;
    this.#lastUpdate = -Infinity;
  }

  #onRange(firstVisible: number): void {
    const shown = this.#shown;
    const oldest = shown.feed.oldestTime;
    if (!shown.pager.wantsPage(firstVisible, oldest, performance.now())) return;
    void this.#load(shown, oldest);
  }

  /** One page: the newest (`before` null) or the one before the oldest bar held. */
  async #load(shown: Shown, before: number | null): Promise<void> {
    shown.pager.started();
    const { market, venue, interval } = shown.subject;
    const result = await this.#store.command({
      type: 'loadCandles',
      market,
      venue,
      interval,
      before,
      limit: pageBars,
    });
    if (this.#shown !== shown) return;
    const now = performance.now();
    if (!result.ok) {
      shown.pager.finished('failed', now);
      shown.problem = result.message;
      if (shown.feed.slots.length === 0) shown.state = 'problem';
    } else {
      const page = result.value;
      const failed = page.problem !== null && page.candles.length === 0;
      const outcome = page.complete ? 'complete' : failed ? 'failed' : 'more';
      shown.pager.finished(outcome, now);
      this.#addPage(shown, page);
    }
    this.#dirty = true;
  }

  #addPage(shown: Shown, page: CandlePage): void {
    shown.pages += 1;
    shown.problem = page.problem;
    shown.bands = mergeBands([...shown.bands, ...pageBands(page)]);
    this.#addAbsent(shown, page);
    shown.feed.addPage(page.candles, (page.without ?? []).length === 0);
    if (shown.pages === 1) this.#canvas.showNewest();
    shown.feed.applyLive(this.#store.candle(shown.request));
    const empty = shown.feed.slots.length === 0;
    shown.state = !empty ? 'bars' : page.problem === null ? 'empty' : 'problem';
  }

  /** Of a page that is loaded again, only what it adds: bars that are held were built while we listened. */
  #addAbsent(shown: Shown, page: CandlePage): void {
    const first = page.candles[0];
    const last = page.candles.at(-1);
    if (first === undefined || last === undefined) return;
    const held = shown.feed.newest;
    const isNewer = held !== null && last.openTime > held.openTime;
    const from = isNewer ? Math.max(first.openTime, held.openTime) : first.openTime;
    const { without = [] } = page;
    shown.absent = addAbsent(shown.absent, without, from, last.openTime + shown.intervalMs);
  }

  /**
   * A series that starts over (connection lost, window hidden) has missed what closed in between, and so has one whose
   * first candle is newer than the page that was loaded before it: the newest page is asked for again.
   */
  #followEpoch(shown: Shown): void {
    const { latest, epoch } = this.#store.candle(shown.request);
    if (latest === null || epoch === shown.epoch || shown.pager.pending) return;
    const first = shown.epoch === null;
    shown.epoch = epoch;
    const newest = shown.feed.newest;
    const missed = newest !== null && latest.openTime > newest.openTime;
    if (!first || missed) void this.#load(shown, null);
  }

  /** Where a recording had no history yet and has played on. */
  #askAgain(shown: Shown, frameTime: number): void {
    if (!isRecorded(this.#store.windowState.getState().source)) return;
    const at = this.#store.hostNow();
    const { asked } = shown;
    shown.asked ??= { frameTime, at };
    if (shown.problem === null || shown.pager.pending || asked === null || asked.at === at) return;
    if (frameTime - asked.frameTime < askedAgainMs) return;
    shown.asked = { frameTime, at };
    void this.#load(shown, null);
  }

  #onFrame(frameTime: number): void {
    const { generation } = this.#store.windowState.getState();
    // Candles of one source never stand beside those of another, nor those of after a jump back beside those of before it.
    if (generation !== this.#shown.generation) this.#replace(this.#shown.subject);
    const shown = this.#shown;
    const linked = this.#store.linkHealth().status === 'open';
    this.#followEpoch(shown);
    this.#askAgain(shown, frameTime);
    const now = this.#store.hostNow();
    const newest = this.#store.price(shown.subject.market);
    const before = this.#price.held;
    const price = this.#price.read(newest, frameTime, restsOnOthers(before, newest));
    const cells = priceCoverage(price, linked, now);
    const signature = `${linked}${price?.status ?? ''}${cells.map((cell) => cell.state).join()}`;
    const urgent = signature !== this.#lastSignature || price !== before;
    const due = frameTime - this.#lastUpdate >= updateMs;
    // Countdown and ages move twice a second at least, also when nothing arrives.
    const idle = frameTime - this.#lastUpdate >= 500;
    if (!urgent && !(due && this.#dirty) && !idle) return;
    this.#lastSignature = signature;
    this.#lastUpdate = frameTime;
    this.#dirty = false;
    shown.feed.applyLive(this.#store.candle(shown.request));
    if (shown.feed.slots.length > 0 && shown.state !== 'bars') shown.state = 'bars';
    this.#followDecimals(price);
    this.#publish(price, cells, linked, now);
  }

  #followDecimals(price: PriceValue | null): void {
    const { venue } = this.#shown.subject;
    const own = price?.contributors.filter(
      (contributor) => venue === null || contributor.venue === venue,
    );
    if (own === undefined || own.length === 0) return;
    // The coarsest tick, also of venues that do not count right now: the axis must not move when one leaves.
    const decimals = Math.min(...own.map((contributor) => contributor.priceDecimals));
    if (decimals === this.#decimals) return;
    this.#decimals = decimals;
    this.#canvas.setDecimals(decimals);
  }

  #publish(
    price: PriceValue | null,
    cells: readonly CoverageCell[],
    linked: boolean,
    now: number,
  ): void {
    const shown = this.#shown;
    const { market, venue } = shown.subject;
    const gaps = this.#store.gaps();
    const link = this.#store.linkHealth();
    const own = ownCells(cells, price);
    const seen = shown.since.update(own, now);
    const since = selectSince({ market, gaps, cells: own }, price, seen);
    const listed = this.#listedVenues(cells);
    const newest = shown.feed.newest;
    const isShown = (cell: CoverageCell) => venue === null || cell.venue === venue;
    const scene = this.#compose({ price, cells, own, since, listed, linked, now });
    this.#canvas.show(scene);
    this.frame.set({
      // Empty is only said of venues that answer.
      state:
        shown.state === 'empty' && !cells.some((cell) => cell.state === 'live')
          ? 'loading'
          : shown.state,
      problem: shown.problem,
      shown: this.#shownCandle(newest),
      decimals: this.#decimals,
      cells: cells.filter(isShown),
      listed,
      since,
      price,
      live: scene.last?.look === 'live',
      tag: scene.last,
      lanes: scene.lanes,
      bands: scene.bands,
      marks: scene.marks,
      now,
      lostSince: link.status === 'open' || link.status === 'connecting' ? null : link.since,
      bars: shown.feed.slots.length,
      pages: shown.pages,
      replaced: this.#canvas.replaced,
      updated: this.#canvas.updated,
      range: this.#canvas.priceRange(),
      outliers: countOutliers(shown.feed.slots),
      loadingOlder: shown.pager.pending && shown.state === 'bars',
    });
  }

  #compose(facts: SceneFacts): ChartScene {
    const { price, cells, own, since, listed, linked, now } = facts;
    const { subject, feed, intervalMs, bands, absent } = this.#shown;
    const { market, venue } = subject;
    const gaps = this.#store.gaps();
    const { newest } = feed;
    const left = newest === null ? null : untilClose(newest.openTime, intervalMs, now);
    const lanes = own.filter((cell) => venue === null || cell.venue === venue);
    const marks = this.#store.marks()?.marks ?? [];
    return {
      colors: palette(),
      fonts: this.#fonts,
      isSimulated: isSimulated(this.#store),
      slots: feed.slots,
      decimals: this.#decimals,
      intervalMs,
      bands: mergeBands([...bands, ...selectGapBands(gaps, market, venue, listed)]),
      lanes: selectLanes({ market, gaps, cells: lanes, sinceByVenue: since, absent }),
      marks: placeMarks(marks, market, feed.slots, intervalMs, now),
      hovered: this.#hovered,
      last: selectLastPrice(price, venue, cells, linked, now),
      direction: newest !== null && newest.close < newest.open ? 'down' : 'up',
      countdown: left === null ? null : formatUntilClose(left),
      now,
      startedTime: this.#store.status()?.watchedSince ?? null,
    };
  }

  /** The same array while nothing changed, so that a toolbar is not rendered for it. */
  #listedVenues(cells: readonly CoverageCell[]): readonly VenueId[] {
    const listed = cells.filter((cell) => cell.state !== 'unlisted').map((cell) => cell.venue);
    const { listed: before } = this.frame.get();
    return listed.join() === before.join() ? before : listed;
  }

  /** Under the crosshair, else the newest. Null over a hole: it has no values. */
  #shownCandle(newest: CandleValue | null): CandleValue | null {
    const time = this.#hovered;
    if (time === null) return newest;
    return this.#shown.feed.slots.find((slot) => slot.time === time)?.candle ?? null;
  }
}
