import type { MarketStore, TradeTape } from '../../store/marketStore.ts';
import type { CanvasFonts } from '../../canvas/fonts.ts';
import { createFonts, numberWidth } from '../../canvas/fonts.ts';
import { paintCenteredMessage } from '../../canvas/message.ts';
import { Snapshot } from '../../canvas/snapshot.ts';
import type { CanvasSurface, CanvasView } from '../../canvas/useCanvasView.ts';
import { formatDuration } from '../../format/duration.ts';
import { plainUnits } from '../../format/price.ts';
import { zoneLabel } from '../../format/time.ts';
import type { GapWords, TapeGaps } from './gapRows.ts';
import { describeDropped, describeGap, describeLate, selectTapeGaps } from './gapRows.ts';
import type { TapePainting } from './paintTape.ts';
import {
  paintGap,
  paintRate,
  paintTapeHeader,
  paintTapeSkeleton,
  paintTrade,
  writeDust,
  writeSize,
} from './paintTape.ts';
import type { TapeFilter, TapeOptions } from './tapeFilter.ts';
import { createFilter } from './tapeFilter.ts';
import type { TapeLayout } from './tapeLayout.ts';
import { computeTapeLayout } from './tapeLayout.ts';
import { findRowShift, shiftPixels } from './shiftRows.ts';
import { SizeJudge } from './SizeJudge.ts';
import { TapeHold } from './TapeHold.ts';
import { PriceDecimals } from './PriceDecimals.ts';
import { TapeRate } from './tapeRate.ts';
import type { PlacedEntry, TapeSource } from './tapeRows.ts';
import { countNewRows, measureEntries, placeEntries, wholeRowsEnd } from './tapeRows.ts';

/** The rate row and open gaps move without any trade. */
const idleRedrawMs = 250;
const tellMs = 100;
const quietLoadingMs = 150;
/** Rows told to tests and screen readers. */
const toldRows = 20;

export interface TapeViewOptions {
  readonly market: string;
  readonly unit: string;
  readonly options: TapeOptions;
}

/** A row as it was painted, in words. */
export interface PaintedTrade {
  readonly instrument: string;
  readonly id: string;
  readonly ordinal: number;
  readonly side: 'buy' | 'sell';
  readonly price: string;
  readonly size: string;
  /** It came with a repair and stands where it was traded. */
  readonly late: boolean;
  /** Its price is far from those of its venue and of the market. */
  readonly outlier: boolean;
}

/** A row about trades that are not there, as it was painted. */
export interface PaintedGap {
  /** `open` stands on top until data returns; `closed` where data went on. */
  readonly place: 'open' | 'closed';
  readonly look: GapWords['look'];
  readonly words: string;
}

export interface TapeFrame {
  readonly state: 'loading' | 'empty' | 'rows' | 'held';
  readonly paused: boolean;
  readonly fresh: number;
  readonly large: number | null;
  readonly painted: readonly PlacedEntry[];
  /** Rows on top about what is missing right now. */
  readonly open: readonly GapWords[];
  readonly sizeDecimals: number;
  readonly appended: number;
}

/** The tape of one panel: reads the store in the frame, paints what is visible, keeps still while it is read. */
export class TapeView implements CanvasView {
  readonly frame = new Snapshot<TapeFrame>({
    state: 'loading',
    paused: false,
    fresh: 0,
    large: null,
    painted: [],
    open: [],
    sizeDecimals: 4,
    appended: 0,
  });
  readonly #store: MarketStore;
  readonly #rate = new TapeRate();
  readonly #judge = new SizeJudge();
  readonly #prices = new PriceDecimals();
  readonly #hold: TapeHold;
  #options: TapeViewOptions;
  #dirty = true;
  #lastDraw = -Infinity;
  #lastTold = -Infinity;
  #askedAt = performance.now();
  #epoch = -1;
  #generation: number;
  #counted = 0;
  #priceWidth = 0;
  #sizeWidth = 0;
  #fonts: CanvasFonts | null = null;
  #fontsRevision = -1;
  /** Everything that all rows on the canvas share; empty when they have to be painted anew. */
  #look = '';
  #painted: readonly PlacedEntry[] = [];

  constructor(store: MarketStore, options: TapeViewOptions) {
    this.#store = store;
    this.#options = options;
    this.#generation = store.windowState.getState().generation;
    this.#hold = new TapeHold(() => store.trades(this.#options.market));
  }

  configure(options: TapeViewOptions): void {
    if (options.market !== this.#options.market) this.#startOver();
    this.#options = options;
    this.#dirty = true;
  }

  readonly markDirty = (): void => {
    this.#dirty = true;
  };

  invalidate(): void {
    this.#look = '';
    // Measured anew: with another font or scale the old widths mean nothing.
    this.#priceWidth = 0;
    this.#sizeWidth = 0;
    this.#dirty = true;
  }

  needsDraw(frameTime: number): boolean {
    return this.#dirty || frameTime - this.#lastDraw >= idleRedrawMs;
  }

  setHovered(hovered: boolean): void {
    this.#hold.setHovered(hovered);
    this.#dirty = true;
  }

  scrollBy(pixels: number): void {
    this.#hold.scrollBy(pixels);
    this.#dirty = true;
  }

  /** Back to the newest row, wherever the pointer is. */
  resume(): void {
    this.#hold.release();
    this.#dirty = true;
  }

  draw(surface: CanvasSurface, frameTime: number): void {
    this.#dirty = false;
    this.#lastDraw = frameTime;
    const { generation } = this.#store.windowState.getState();
    if (generation !== this.#generation) {
      this.#generation = generation;
      this.#startOver();
    }
    const tape = this.#store.trades(this.#options.market);
    if (tape.epoch !== this.#epoch) this.#newEpoch(tape);
    this.#count(tape);
    this.#judge.follow(tape, frameTime);
    const frame = this.#paint(surface, tape);
    if (frameTime - this.#lastTold >= tellMs) {
      this.#lastTold = frameTime;
      this.frame.set(frame);
    }
  }

  #startOver(): void {
    this.#askedAt = performance.now();
    this.#epoch = -1;
    this.#judge.reset();
    this.#prices.reset();
    this.#priceWidth = 0;
    this.#sizeWidth = 0;
    this.#hold.release();
    this.#rate.reset();
  }

  #newEpoch(tape: TradeTape): void {
    this.#epoch = tape.epoch;
    this.#counted = tape.appended - tape.length;
    this.#rate.reset();
    this.#hold.startOver(tape);
  }

  #count(tape: TradeTape): void {
    const fresh = Math.min(tape.length, tape.appended - this.#counted);
    for (let index = tape.length - fresh; index < tape.length; index += 1) {
      const row = tape.at(index);
      if (row?.type !== 'trade') continue;
      this.#rate.add(row);
      this.#prices.learn(row);
    }
    this.#counted = tape.appended;
  }

  #paint(surface: CanvasSurface, tape: TradeTape): TapeFrame {
    const { colors, width, height } = surface;
    const { market, unit, options } = this.#options;
    const fonts = this.#fontsFor(surface);
    const linked = this.#store.linkHealth().status === 'open';
    const filter = createFilter(options);
    const gaps = selectTapeGaps(this.#store.gaps(), market);
    const rows: TapeSource = this.#hold.rows ?? tape;
    const words = this.#openWords(gaps, linked);
    const first = this.#layoutFor(surface);
    const listTop = first.rowsTop + words.length * first.gapHeight;
    const placed = this.#place(rows, gaps, filter, first, height - listTop);
    this.#widen(surface.context, fonts, placed);
    const layout = this.#layoutFor(surface);
    const large = options.largeSize === '' ? this.#judge.large : Number(options.largeSize);
    const painting: TapePainting = {
      surface,
      fonts,
      layout,
      large,
      prices: this.#prices,
      sizeDecimals: this.#judge.decimals,
      greyed: !linked,
    };
    const state = rows.length > 0 ? (linked ? 'rows' : 'held') : this.#emptyState(linked);
    const { canvas } = surface.context;
    const look = JSON.stringify([
      [width, height, canvas.width, canvas.height, colors.revision, colors.scale],
      [
        layout.time,
        layout.tagX,
        layout.priceRight,
        large,
        this.#prices.signature,
        this.#judge.decimals,
      ],
      [linked, words, zoneLabel(), unit],
    ]);
    if (state === 'rows' && look === this.#look && this.#shift(painting, placed, listTop)) {
      // Rows moved down and the new ones stand above them.
    } else {
      this.#paintWhole(painting, state, placed, words, listTop);
      this.#look = state === 'rows' ? look : '';
    }
    this.#painted = placed;
    if (this.#hold.scroll === 0) this.#coverCutRow(painting, placed, listTop);
    const { seen } = this.#hold;
    this.#paintHead(painting, unit);
    return {
      state,
      paused: this.#hold.paused,
      fresh: seen === null ? 0 : countNewRows(tape, seen, filter),
      large,
      painted: placed,
      open: words,
      sizeDecimals: this.#judge.decimals,
      appended: tape.appended,
    };
  }

  #place(
    rows: TapeSource,
    gaps: TapeGaps,
    filter: TapeFilter,
    layout: TapeLayout,
    height: number,
  ): readonly PlacedEntry[] {
    const heights = { trade: layout.rowHeight, gap: layout.gapHeight };
    if (this.#hold.scroll > 0) {
      this.#hold.limitScroll(measureEntries(rows, gaps.closed, filter, heights) - height);
    }
    const window = { scroll: this.#hold.scroll, height };
    return placeEntries(rows, gaps.closed, filter, heights, window);
  }

  /** Most frames only bring a few rows: the others are moved, not painted. */
  #shift(painting: TapePainting, placed: readonly PlacedEntry[], listTop: number): boolean {
    const { surface, layout } = painting;
    const shift = findRowShift(this.#painted, placed);
    if (shift === null) return false;
    const area = { width: surface.width, top: listTop, height: surface.height - listTop };
    if (!shiftPixels(surface.context, area, shift.pixels)) return false;
    surface.context.fillStyle = surface.colors.color.panel;
    surface.context.fillRect(0, listTop, layout.width, shift.pixels);
    this.#paintRows(painting, placed.slice(0, shift.fresh), listTop);
    return true;
  }

  #paintWhole(
    painting: TapePainting,
    state: TapeFrame['state'],
    placed: readonly PlacedEntry[],
    words: readonly GapWords[],
    listTop: number,
  ): void {
    const { surface, fonts, layout } = painting;
    const { context, colors, width, height } = surface;
    context.fillStyle = colors.color.panel;
    context.fillRect(0, 0, width, height);
    if (state === 'rows' || state === 'held') {
      this.#paintRows(painting, placed, listTop);
    } else if (state === 'loading') {
      if (performance.now() - this.#askedAt >= quietLoadingMs) paintTapeSkeleton(painting, height);
    } else {
      const area = { x: 0, y: listTop, width, height: height - listTop };
      const title = 'No trades yet';
      paintCenteredMessage(surface, fonts, area, { mark: null, title, lines: [] });
    }
    words.forEach((gap, index) => {
      paintGap(painting, gap, layout.rowsTop + index * layout.gapHeight);
    });
  }

  #coverCutRow(painting: TapePainting, placed: readonly PlacedEntry[], listTop: number): void {
    const { surface, layout } = painting;
    const heights = { trade: layout.rowHeight, gap: layout.gapHeight };
    const end = listTop + wholeRowsEnd(placed, heights, surface.height - listTop);
    surface.context.fillStyle = surface.colors.color.panel;
    surface.context.fillRect(0, end, surface.width, Math.max(0, surface.height - end));
  }

  #paintHead(painting: TapePainting, unit: string): void {
    const { surface, layout } = painting;
    surface.context.fillStyle = surface.colors.color.panel;
    surface.context.fillRect(0, 0, surface.width, layout.rowsTop);
    const figures = this.#rate.figures(this.#store.hostNow());
    // Without a live venue nobody knows how fast the market trades.
    const known = !painting.greyed && this.#hasLiveVenue();
    paintRate(painting, known ? figures : { ...figures, perSec: null, buyShare: null });
    paintTapeHeader(painting, unit);
  }

  #paintRows(painting: TapePainting, placed: readonly PlacedEntry[], listTop: number): void {
    for (const { entry, top } of placed) {
      const at = listTop + top;
      if (entry.type === 'trade') paintTrade(painting, entry.trade, at);
      else if (entry.type === 'gap') paintGap(painting, describeGap(entry.gap), at);
      else paintGap(painting, describeDropped(entry.dropped.count), at);
    }
  }

  #openWords(gaps: TapeGaps, linked: boolean): readonly GapWords[] {
    const contributors = this.#store.price(this.#options.market)?.contributors ?? [];
    const late = contributors.filter(({ exclusion }) => exclusion === 'late');
    const words = [...gaps.open.map(describeGap), ...late.map(({ venue }) => describeLate(venue))];
    if (linked) return words;
    const link = this.#store.linkHealth();
    if (link.status === 'connecting') return words;
    const lost: GapWords = {
      mark: 'disconnected',
      strong: 'No data',
      upper: `for ${formatDuration(Math.max(0, Date.now() - link.since))}`,
      lower: link.reason ?? 'connecting again',
      look: 'missing',
    };
    return [lost, ...words];
  }

  /** Empty is only said of a market whose venues answer. */
  #emptyState(linked: boolean): 'loading' | 'empty' {
    return linked && this.#hasLiveVenue() ? 'empty' : 'loading';
  }

  #hasLiveVenue(): boolean {
    const live = this.#store
      .health()
      ?.streams.some(
        (stream) =>
          stream.channel === 'trade' &&
          stream.instrument.endsWith(`:${this.#options.market}`) &&
          (stream.status === 'live' || stream.status === 'quiet'),
      );
    return live === true;
  }

  #fontsFor(surface: CanvasSurface): CanvasFonts {
    if (this.#fonts === null || this.#fontsRevision !== surface.colors.revision) {
      this.#fonts = createFonts(surface.colors.scale);
      this.#fontsRevision = surface.colors.revision;
    }
    return this.#fonts;
  }

  #layoutFor(surface: CanvasSurface): TapeLayout {
    return computeTapeLayout({
      width: surface.width,
      scale: surface.colors.scale,
      comfortable: surface.colors.comfortable,
      priceTextWidth: this.#priceWidth,
      sizeTextWidth: this.#sizeWidth,
    });
  }

  /** Sizes only grow, so that prices stand still; a wide price has its place only while it is in view. */
  #widen(
    context: CanvasRenderingContext2D,
    fonts: CanvasFonts,
    placed: readonly PlacedEntry[],
  ): void {
    const digit = numberWidth(context, '0', fonts.name);
    this.#priceWidth = 0;
    // Sooner or later there is dust: with its place kept from the start, its first row moves no price.
    const dust = numberWidth(context, writeDust(this.#judge.decimals), fonts.strong);
    this.#sizeWidth = Math.max(this.#sizeWidth, dust);
    for (const { entry } of placed) {
      if (entry.type !== 'trade') continue;
      const missing = (this.#prices.most - this.#prices.of(entry.trade)) * digit;
      const price = numberWidth(context, this.#prices.write(entry.trade), fonts.name) + missing;
      this.#priceWidth = Math.max(this.#priceWidth, price);
      const size = numberWidth(context, writeSize(entry.trade, this.#judge.decimals), fonts.strong);
      this.#sizeWidth = Math.max(this.#sizeWidth, size);
    }
  }
}

/** The newest painted trades in words. */
export function describeTape(frame: TapeFrame): readonly PaintedTrade[] {
  const described: PaintedTrade[] = [];
  for (const { entry } of frame.painted) {
    if (entry.type !== 'trade') continue;
    if (described.length === toldRows) break;
    const { trade } = entry;
    described.push({
      instrument: trade.instrument,
      id: trade.id,
      ordinal: trade.ordinal,
      side: trade.side,
      price: plainUnits(trade.priceUnits, trade.priceDecimals),
      size: writeSize(trade, frame.sizeDecimals),
      late: trade.late,
      outlier: trade.outlier,
    });
  }
  return described;
}

function paintedGap(place: PaintedGap['place'], words: GapWords): PaintedGap {
  const { look, strong, upper, lower } = words;
  return { place, look, words: `${strong} ${upper}: ${lower}` };
}

/** The painted rows about missing trades in words, those on top first. */
export function describeTapeGaps(frame: TapeFrame): readonly PaintedGap[] {
  const closed = frame.painted.flatMap(({ entry }) => {
    if (entry.type === 'gap') return [describeGap(entry.gap)];
    return entry.type === 'dropped' ? [describeDropped(entry.dropped.count)] : [];
  });
  return [
    ...frame.open.map((words) => paintedGap('open', words)),
    ...closed.map((words) => paintedGap('closed', words)),
  ];
}
