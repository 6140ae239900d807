import type { BookView, PriceValue } from '../../../shared/values.ts';
import { venues } from '../../../shared/venues.ts';
import type { BookRequest, MarketStore } from '../../store/marketStore.ts';
import { createFonts, numberWidth } from '../../canvas/fonts.ts';
import type { CanvasFonts } from '../../canvas/fonts.ts';
import { Snapshot } from '../../canvas/snapshot.ts';
import type { CanvasSurface, CanvasView } from '../../canvas/useCanvasView.ts';
import { GhostBook } from './ghosts.ts';
import { bestAttributes, describePainted } from './inspection.ts';
import type { LadderLayout } from './ladderLayout.ts';
import { computeLadderLayout, levelAt } from './ladderLayout.ts';
import type { LadderLevel, LadderModel } from './ladderModel.ts';
import { buildLadder } from './ladderModel.ts';
import type { LadderState } from './ladderState.ts';
import { selectLadderState } from './ladderState.ts';
import { describeTop, PriceDirection, selectMidPrice } from './midRow.ts';
import { paintHeader, paintHeldSides, paintLiveSides, paintSkeleton } from './paintLadder.ts';
import { labelMiddle, paintMidRow } from './paintMidRow.ts';
import { TickedValue } from '../../store/tickedValue.ts';
import { isRecorded } from '../../store/windowState.ts';
import { restsOnOthers } from '../../widgets/validity.ts';
import { paintCenteredMessage } from '../../canvas/message.ts';
import type { LadderMarks } from './ladderWords.ts';
import { markAttributes } from './ladderWords.ts';
import { RowMemory } from './rowMemory.ts';
import { computeTopOfBook, selectBestPrices } from './topOfBook.ts';

/** Ages and fades move without any message: redrawn at least this often. */
const idleRedrawMs = 250;
/** As often as the panels around it render. */
const priceTickMs = 100;
/** Attributes and figures around the canvas follow it at most this often, from the frame that painted them. */
const inspectMs = 100;
/** Nothing is said about loading before this, so that fast answers do not blink. */
const quietLoadingMs = 150;

export interface LadderOptions {
  readonly request: BookRequest;
  readonly takerFeeBps: Readonly<Record<string, number>>;
  /** Coin of the size column. */
  readonly unit: string;
  /** The row height is not chosen yet: levels stay a skeleton, so that they appear once and do not jump. */
  readonly settling: boolean;
}

/** What stands around the canvas, from the frame that was painted. */
export interface PaintedFrame extends LadderMarks {
  readonly model: LadderModel | null;
  readonly midPrice: number | null;
  /** Decimals that the price between the sides is written with. */
  readonly midDecimals: number | null;
  /** Where the explain button stands, in page pixels: right of the label, on its line. */
  readonly explain: { readonly x: number; readonly y: number } | null;
}

export interface LadderSelection {
  readonly side: 'bid' | 'ask';
  readonly index: number;
}

const emptyFrame: PaintedFrame = {
  state: { type: 'loading', text: '' },
  view: null,
  model: null,
  mid: null,
  midPrice: null,
  midDecimals: null,
  ghosts: [],
  explain: null,
};

/** The ladder of one panel: reads the store in the frame, paints, and tells what it painted. */
export class LadderView implements CanvasView {
  readonly frame = new Snapshot<PaintedFrame>(emptyFrame);
  /** Levels that fit on a side, for the request. */
  readonly rows = new Snapshot<number>(20);
  readonly selection = new Snapshot<LadderSelection | null>(null);
  readonly #store: MarketStore;
  readonly #ghosts = new GhostBook();
  readonly #direction = new PriceDirection();
  readonly #price = new TickedValue<PriceValue>(priceTickMs);
  readonly #memory = new RowMemory();
  #options: LadderOptions;
  #requestedAt = performance.now();
  #dirty = true;
  #lastDraw = 0;
  #lastInspection = 0;
  #inspectionPending = false;
  #lastLive: BookView | null = null;
  #lastView: BookView | null = null;
  #grid = '';
  #sizeDecimals = 3;
  #priceWidth = 0;
  #sizeWidth = 0;
  #layout: LadderLayout | null = null;
  #latest: PaintedFrame = emptyFrame;
  #fonts: CanvasFonts | null = null;
  #fontsRevision = -1;
  #generation: number;

  constructor(store: MarketStore, options: LadderOptions) {
    this.#store = store;
    this.#generation = store.windowState.getState().generation;
    this.#options = options;
  }

  /** New options; another market or venue starts over, another grouping keeps the picture until its answer is here. */
  configure(options: LadderOptions): void {
    const { request } = this.#options;
    const next = options.request;
    const fresh = request.market !== next.market || request.venue !== next.venue;
    if (fresh || request.group !== next.group || request.muted.join() !== next.muted.join()) {
      this.#requestedAt = performance.now();
      this.#ghosts.clear();
    }
    // What arrived before the row height was chosen was asked for its tick alone.
    if (this.#options.settling) this.#lastView = null;
    if (fresh) {
      this.#forgetBook();
      this.selection.set(null);
    }
    this.#options = options;
    this.#dirty = true;
  }

  #forgetBook(): void {
    this.#lastLive = null;
    this.#lastView = null;
    this.#direction.reset();
    this.#price.reset();
  }

  /** Nothing of another engine, nor of before a jump, stands beside the levels of this one. */
  #followEngine(): void {
    const { generation } = this.#store.windowState.getState();
    if (generation === this.#generation) return;
    this.#generation = generation;
    this.#requestedAt = performance.now();
    this.#ghosts.clear();
    this.#forgetBook();
  }

  readonly markDirty = (): void => {
    this.#dirty = true;
  };

  invalidate(): void {
    this.#memory.forget();
    this.#dirty = true;
  }

  needsDraw(frameTime: number): boolean {
    if (this.#dirty || frameTime - this.#lastDraw >= idleRedrawMs) return true;
    return this.#inspectionPending && frameTime - this.#lastInspection >= inspectMs;
  }

  draw(surface: CanvasSurface, frameTime: number): void {
    this.#dirty = false;
    this.#lastDraw = frameTime;
    this.#followEngine();
    const now = this.#store.hostNow();
    const { request } = this.#options;
    const newest = this.#store.price(request.market);
    const price = this.#price.read(newest, frameTime, restsOnOthers(this.#price.held, newest));
    const state = this.#selectState(price, now);
    this.#paint(surface, state, price, now);
    this.#tell(frameTime);
  }

  /** The level at a height of the canvas, as painted. */
  levelAt(y: number): LadderSelection | null {
    return this.#layout === null ? null : levelAt(this.#layout, y);
  }

  selectedLevel(selection: LadderSelection | null): LadderLevel | null {
    const model = this.#latest.model;
    if (selection === null || model === null) return null;
    return (selection.side === 'bid' ? model.bids : model.asks)[selection.index] ?? null;
  }

  #selectState(price: PriceValue | null, now: number): LadderState {
    const { request } = this.#options;
    const waitedMs = performance.now() - this.#requestedAt;
    const arrived = this.#store.book(request);
    // The old grouping stays for a moment, rather than an empty panel between two good pictures.
    const view = arrived ?? (waitedMs < quietLoadingMs ? this.#lastView : null);
    if (arrived !== null) {
      this.#ghosts.update(arrived, now);
      this.#lastView = arrived;
      if (arrived.parts.some((part) => part.counted)) this.#lastLive = arrived;
    }
    const state = selectLadderState({
      market: request.market,
      venue: request.venue,
      view,
      lastLive: this.#lastLive,
      price,
      health: this.#store.health(),
      link: this.#store.linkHealth(),
      now,
      pageNow: Date.now(),
      isRecorded: isRecorded(this.#store.windowState.getState().source),
      waitedMs,
    });
    return state.type === 'live' && this.#options.settling ? { type: 'loading', text: '' } : state;
  }

  #paint(surface: CanvasSurface, state: LadderState, price: PriceValue | null, now: number): void {
    const fonts = this.#fontsFor(surface);
    const { request } = this.#options;
    const shown = state.type === 'live' || state.type === 'held' ? state.view : null;
    const model = shown === null ? null : this.#buildModel(surface, fonts, shown, now);
    const layout = this.#computeLayout(surface, shown?.parts.length ?? venues.length);
    this.#layout = layout;
    this.#paintLevels(surface, fonts, layout, state, model);
    const linked = this.#store.linkHealth().status === 'open';
    const midPrice = selectMidPrice(price, request.venue, linked, now);
    const labelEnd = paintMidRow({
      surface,
      fonts,
      layout,
      price: midPrice,
      direction: this.#direction.next(midPrice),
      spread:
        state.type === 'live'
          ? describeTop(state.view, computeTopOfBook(state.view, this.#options.takerFeeBps))
          : null,
    });
    this.#latest = {
      state,
      view: shown,
      model,
      mid: midPrice,
      midPrice: midPrice.price,
      midDecimals: midPrice.decimals,
      ghosts: shown === null ? [] : this.#ghosts.venues(now),
      explain: price === null ? null : { x: labelEnd, y: labelMiddle(layout) },
    };
    this.rows.set(layout.rowsPerSide);
  }

  #buildModel(
    surface: CanvasSurface,
    fonts: CanvasFonts,
    view: BookView,
    now: number,
  ): LadderModel {
    this.#followGrid(view);
    const { rowsPerSide } = this.#computeLayout(surface, view.parts.length);
    const model = buildLadder(view, rowsPerSide, this.#ghosts, now, this.#sizeDecimals);
    this.#sizeDecimals = model.sizeDecimals;
    this.#widen(surface.context, fonts, model);
    return model;
  }

  /** Live levels row by row where they changed; everything else whole. */
  #paintLevels(
    surface: CanvasSurface,
    fonts: CanvasFonts,
    layout: LadderLayout,
    state: LadderState,
    model: LadderModel | null,
  ): void {
    const { context, colors, width, height } = surface;
    const { unit } = this.#options;
    const live = state.type === 'live' && model !== null;
    const columns = `${layout.priceRight} ${layout.sizeRight} ${layout.barsWidth}`;
    const shared = model === null ? '' : `${model.sharedDigits} ${model.sizeDecimals}`;
    const look = `${width} ${height} ${colors.revision} ${columns} ${shared} ${unit}`;
    if (!live) this.#memory.forget();
    if (!live || this.#memory.begin(look)) {
      context.fillStyle = colors.color.panel;
      context.fillRect(0, 0, width, height);
      paintHeader(surface, fonts, layout, unit);
    }
    if (model === null || (state.type !== 'live' && state.type !== 'held')) {
      this.#paintWithoutBook(surface, fonts, layout, state);
      return;
    }
    const selected = this.selection.get();
    const painting = { surface, fonts, layout, view: state.view, model, greyed: !live, selected };
    if (live) paintLiveSides(painting, this.#memory);
    else paintHeldSides(painting);
  }

  #fontsFor({ colors }: CanvasSurface): CanvasFonts {
    if (this.#fonts === null || this.#fontsRevision !== colors.revision) {
      this.#fonts = createFonts(colors.scale);
      this.#fontsRevision = colors.revision;
    }
    return this.#fonts;
  }

  #paintWithoutBook(
    surface: CanvasSurface,
    fonts: CanvasFonts,
    layout: LadderLayout,
    state: LadderState,
  ): void {
    const sideHeight = layout.rowsPerSide * layout.rowHeight;
    const area = {
      x: 0,
      y: layout.midTop - sideHeight,
      width: layout.width,
      height: sideHeight,
    };
    if (state.type === 'message') {
      paintCenteredMessage(surface, fonts, area, state);
      return;
    }
    if (state.type !== 'loading') return;
    if (performance.now() - this.#requestedAt < quietLoadingMs) return;
    paintSkeleton(surface, layout);
  }

  #computeLayout(surface: CanvasSurface, venueCount: number): LadderLayout {
    return computeLadderLayout({
      width: surface.width,
      height: surface.height,
      scale: surface.colors.scale,
      comfortable: surface.colors.comfortable,
      priceTextWidth: this.#priceWidth,
      sizeTextWidth: this.#sizeWidth,
      venueCount,
    });
  }

  /** Another market, venue or row height has columns of its own. */
  #followGrid(view: BookView): void {
    const grid = `${view.market} ${view.venue ?? ''} ${view.groupUnits} ${view.priceDecimals}`;
    if (grid === this.#grid) return;
    this.#grid = grid;
    this.#sizeDecimals = 3;
    this.#priceWidth = 0;
    this.#sizeWidth = 0;
  }

  /** Columns only grow while the view lasts: digits must not shake. */
  #widen(context: CanvasRenderingContext2D, fonts: CanvasFonts, model: LadderModel): void {
    for (const level of [...model.asks, ...model.bids]) {
      this.#priceWidth = Math.max(this.#priceWidth, numberWidth(context, level.price, fonts.name));
      this.#sizeWidth = Math.max(this.#sizeWidth, numberWidth(context, level.size, fonts.name));
    }
  }

  #tell(frameTime: number): void {
    this.#inspectionPending = frameTime - this.#lastInspection < inspectMs;
    if (this.#inspectionPending) return;
    this.#lastInspection = frameTime;
    this.frame.set(this.#latest);
  }
}

/** Attributes of the panel that say what is painted; empty while no level is. */
export function inspectionAttributes(frame: PaintedFrame): Readonly<Record<string, string>> {
  const { view, model, state } = frame;
  if (view === null || model === null) {
    return {
      ...markAttributes(frame),
      'data-state': state.type,
      'data-sequence': '',
      'data-best-bid': '',
      'data-best-ask': '',
      'data-painted': '',
    };
  }
  const painted = describePainted(view, model);
  const best = bestAttributes(view, selectBestPrices(view));
  return {
    ...markAttributes(frame),
    'data-state': state.type,
    'data-sequence': state.type === 'live' ? painted.sequence : '',
    'data-best-bid': best.bid,
    'data-best-ask': best.ask,
    'data-painted': JSON.stringify(painted),
  };
}
