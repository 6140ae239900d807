import type { MarketStore, TradeTape } from '../../store/marketStore.ts';
import type { CanvasFonts } from '../../canvas/fonts.ts';
import { createFonts, textWidth } from '../../canvas/fonts.ts';
import { paintCenteredMessage } from '../../canvas/message.ts';
import { Snapshot } from '../../canvas/snapshot.ts';
import type { CanvasSurface, CanvasView } from '../../canvas/useCanvasView.ts';
import { formatDuration } from '../../format/duration.ts';
import type { GapWords, TapeGaps } from './gapRows.ts';
import { describeDropped, describeGap, selectTapeGaps } from './gapRows.ts';
import { chooseTapeDecimals, computeLargeSize } from './largeSize.ts';
import type { TapePainting } from './paintTape.ts';
import {
  paintGap,
  paintRate,
  paintTapeHeader,
  paintTapeSkeleton,
  paintTrade,
  writePrice,
  writeSize,
} from './paintTape.ts';
import type { TapeOptions } from './tapeFilter.ts';
import { createFilter, tradeSize } from './tapeFilter.ts';
import type { TapeLayout } from './tapeLayout.ts';
import { computeTapeLayout } from './tapeLayout.ts';
import { TapeRate } from './tapeRate.ts';
import type { PlacedEntry, TapeSource } from './tapeRows.ts';
import { countNewRows, holdRows, measureEntries, placeEntries } from './tapeRows.ts';

/** The rate row and open gaps move without any trade. */
const idleRedrawMs = 250;
const tellMs = 100;
const quietLoadingMs = 150;
/** Sizes are judged anew this often: a threshold that moves with every trade is none. */
const judgeMs = 30_000;
const judgedTrades = 500;
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
}

export interface TapeFrame {
  readonly state: 'loading' | 'empty' | 'rows' | 'held';
  readonly paused: boolean;
  readonly fresh: number;
  readonly large: number | null;
  readonly painted: readonly PaintedTrade[];
  readonly appended: number;
}

interface Pause {
  readonly rows: TapeSource;
  readonly seen: number;
  readonly epoch: number;
}

/** The tape of one panel: reads the store in the frame, paints what is visible, keeps still while it is read. */
export class TapeView implements CanvasView {
  readonly frame = new Snapshot<TapeFrame>({
    state: 'loading',
    paused: false,
    fresh: 0,
    large: null,
    painted: [],
    appended: 0,
  });
  readonly #store: MarketStore;
  readonly #rate = new TapeRate();
  #options: TapeViewOptions;
  #dirty = true;
  #lastDraw = -Infinity;
  #lastTold = -Infinity;
  #askedAt = performance.now();
  #epoch = -1;
  #counted = 0;
  #pause: Pause | null = null;
  #hovered = false;
  #scroll = 0;
  #judgedAt = -Infinity;
  #ownLarge: number | null = null;
  #sizeDecimals = 4;
  #priceDecimals = 0;
  #priceWidth = 0;
  #sizeWidth = 0;
  #fonts: CanvasFonts | null = null;
  #fontsRevision = -1;

  constructor(store: MarketStore, options: TapeViewOptions) {
    this.#store = store;
    this.#options = options;
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
    this.#dirty = true;
  }

  needsDraw(frameTime: number): boolean {
    return this.#dirty || frameTime - this.#lastDraw >= idleRedrawMs;
  }

  /** Rows keep still under the pointer. */
  setHovered(hovered: boolean): void {
    this.#hovered = hovered;
    this.#settlePause();
  }

  scrollBy(pixels: number): void {
    if (this.#scroll + pixels <= 0) this.#scroll = 0;
    else {
      this.#hold();
      this.#scroll += pixels;
    }
    this.#settlePause();
  }

  /** Back to the newest row, wherever the pointer is. */
  resume(): void {
    this.#scroll = 0;
    this.#hovered = false;
    this.#settlePause();
  }

  draw(surface: CanvasSurface, frameTime: number): void {
    this.#dirty = false;
    this.#lastDraw = frameTime;
    const tape = this.#store.trades(this.#options.market);
    if (tape.epoch !== this.#epoch) this.#newEpoch(tape);
    this.#count(tape);
    this.#judge(tape, frameTime);
    const frame = this.#paint(surface, tape);
    if (frameTime - this.#lastTold >= tellMs) {
      this.#lastTold = frameTime;
      this.frame.set(frame);
    }
  }

  #startOver(): void {
    this.#askedAt = performance.now();
    this.#epoch = -1;
    this.#sizeDecimals = 4;
    this.#ownLarge = null;
    this.#judgedAt = -Infinity;
    this.#priceDecimals = 0;
    this.#priceWidth = 0;
    this.#sizeWidth = 0;
    this.#scroll = 0;
    this.#pause = null;
    this.#rate.reset();
  }

  #newEpoch(tape: TradeTape): void {
    this.#epoch = tape.epoch;
    this.#counted = tape.appended - tape.length;
    this.#rate.reset();
    // Rows that are looked at stay; what was new before the tape started over cannot be counted any more.
    if (this.#pause !== null)
      this.#pause = { ...this.#pause, seen: tape.appended, epoch: tape.epoch };
  }

  #hold(): void {
    if (this.#pause !== null) return;
    const tape = this.#store.trades(this.#options.market);
    this.#pause = { rows: holdRows(tape), seen: tape.appended, epoch: tape.epoch };
  }

  #settlePause(): void {
    if (this.#hovered || this.#scroll > 0) this.#hold();
    else this.#pause = null;
    this.#dirty = true;
  }

  #count(tape: TradeTape): void {
    const fresh = Math.min(tape.length, tape.appended - this.#counted);
    for (let index = tape.length - fresh; index < tape.length; index += 1) {
      const row = tape.at(index);
      if (row?.type === 'trade') this.#rate.add(row);
    }
    this.#counted = tape.appended;
  }

  #judge(tape: TradeTape, frameTime: number): void {
    const due = frameTime - this.#judgedAt >= (this.#ownLarge === null ? 1_000 : judgeMs);
    if (!due) return;
    this.#judgedAt = frameTime;
    const sizes: number[] = [];
    for (let index = Math.max(0, tape.length - judgedTrades); index < tape.length; index += 1) {
      const row = tape.at(index);
      if (row?.type === 'trade') sizes.push(tradeSize(row));
    }
    if (sizes.length === 0) return;
    if (this.#ownLarge === null) this.#sizeDecimals = chooseTapeDecimals(sizes);
    this.#ownLarge = computeLargeSize(sizes);
  }

  #paint(surface: CanvasSurface, tape: TradeTape): TapeFrame {
    const { context, colors, width, height } = surface;
    const { market, unit, options } = this.#options;
    const fonts = this.#fontsFor(surface);
    const link = this.#store.linkHealth();
    const linked = link.status === 'open';
    const filter = createFilter(options);
    const gaps = selectTapeGaps(this.#store.gaps(), market);
    const rows: TapeSource = this.#pause?.rows ?? tape;
    let layout = this.#layoutFor(surface);
    const top = layout.rowsTop;
    const words = this.#openWords(gaps, linked);
    const listTop = top + words.length * layout.gapHeight;
    const heights = { trade: layout.rowHeight, gap: layout.gapHeight };
    const window = { scroll: 0, height: height - listTop };
    if (this.#scroll > 0) {
      const whole = measureEntries(rows, gaps.closed, filter, heights);
      this.#scroll = Math.min(this.#scroll, Math.max(0, whole - window.height));
    }
    const placed = placeEntries(rows, gaps.closed, filter, heights, {
      ...window,
      scroll: this.#scroll,
    });
    if (this.#widen(context, fonts, placed)) layout = this.#layoutFor(surface);
    const large = options.largeSize === '' ? this.#ownLarge : Number(options.largeSize);
    const painting: TapePainting = {
      surface,
      fonts,
      layout,
      large,
      priceDecimals: this.#priceDecimals,
      sizeDecimals: this.#sizeDecimals,
      greyed: !linked,
    };

    context.fillStyle = colors.color.panel;
    context.fillRect(0, 0, width, height);
    const state = rows.length > 0 ? (linked ? 'rows' : 'held') : this.#emptyState(linked);
    if (state === 'rows' || state === 'held') {
      this.#paintRows(painting, placed, listTop);
    } else if (state === 'loading') {
      if (performance.now() - this.#askedAt >= quietLoadingMs) paintTapeSkeleton(painting, height);
    } else {
      const area = { x: 0, y: listTop, width, height: height - listTop };
      const title = 'No trades yet';
      paintCenteredMessage(surface, fonts, area, { mark: null, title, lines: [] });
    }
    words.forEach((gap, index) => paintGap(painting, gap, top + index * layout.gapHeight));
    context.fillStyle = colors.color.panel;
    context.fillRect(0, 0, width, top);
    paintRate(painting, this.#rate.figures(this.#store.hostNow()));
    paintTapeHeader(painting, unit);
    return {
      state,
      paused: this.#pause !== null,
      fresh: this.#pause === null ? 0 : countNewRows(tape, this.#pause.seen, filter),
      large,
      painted: this.#describe(placed),
      appended: tape.appended,
    };
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
    const words = gaps.open.map(describeGap);
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
    if (!linked) return 'loading';
    const live = this.#store
      .health()
      ?.streams.some(
        (stream) =>
          stream.channel === 'trade' &&
          stream.instrument.endsWith(`:${this.#options.market}`) &&
          (stream.status === 'live' || stream.status === 'quiet'),
      );
    return live === true ? 'empty' : 'loading';
  }

  #describe(placed: readonly PlacedEntry[]): readonly PaintedTrade[] {
    const painted: PaintedTrade[] = [];
    for (const { entry } of placed) {
      if (entry.type !== 'trade') continue;
      if (painted.length === toldRows) break;
      const { trade } = entry;
      painted.push({
        instrument: trade.instrument,
        id: trade.id,
        ordinal: trade.ordinal,
        side: trade.side,
        price: writePrice(trade),
        size: writeSize(trade, this.#sizeDecimals),
      });
    }
    return painted;
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

  /** Columns only grow while a market is shown. */
  #widen(
    context: CanvasRenderingContext2D,
    fonts: CanvasFonts,
    placed: readonly PlacedEntry[],
  ): boolean {
    const before = this.#priceWidth + this.#sizeWidth + this.#priceDecimals;
    const digit = textWidth(context, '0', fonts.name);
    for (const { entry } of placed) {
      if (entry.type !== 'trade') continue;
      const { priceDecimals } = entry.trade;
      this.#priceDecimals = Math.max(this.#priceDecimals, priceDecimals);
      const missing = (this.#priceDecimals - priceDecimals) * digit;
      const price = textWidth(context, writePrice(entry.trade), fonts.name) + missing;
      this.#priceWidth = Math.max(this.#priceWidth, price);
      const size = textWidth(context, writeSize(entry.trade, this.#sizeDecimals), fonts.strong);
      this.#sizeWidth = Math.max(this.#sizeWidth, size);
    }
    return this.#priceWidth + this.#sizeWidth + this.#priceDecimals !== before;
  }
}
