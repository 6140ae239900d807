import type {
  AutoscaleInfo,
  CandlestickData,
  HistogramData,
  IChartApi,
  ISeriesApi,
  LogicalRange,
  MouseEventParams,
  UTCTimestamp,
  WhitespaceData,
} from 'lightweight-charts';
import { CandlestickSeries, createChart, HistogramSeries } from 'lightweight-charts';
import { formatPrice } from '../../format/price.ts';
import type { Palette } from '../../theme/palette.ts';
import type { BarSink } from './candleFeed.ts';
import { candleColors, chartAppearance, volumeColor } from './chartAppearance.ts';
import type { ChartScene } from './scene.ts';
import { computeRange } from './outliers.ts';
import { clearsLanes, lanesHeight, legendHeight, volumeHeight } from './scene.ts';
import { ScenePrimitive } from './ScenePrimitive.ts';
import type { TimelineSlot } from './timeline.ts';

const barSpacing = 6;
/** Bars between the newest one and the price axis. */
const rightOffset = 3;

/** The library counts in whole seconds and brands them. */
function parseTime(timeMs: number): UTCTimestamp {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return Math.floor(timeMs / 1000) as UTCTimestamp;
}

function candleBar({ time, candle }: TimelineSlot): CandlestickData | WhitespaceData {
  if (candle === null) return { time: parseTime(time) };
  const { open, high, low, close } = candle;
  return { time: parseTime(time), open, high, low, close };
}

/** The chart library behind our own words: bars in, visible range and crosshair out. */
export class ChartCanvas implements BarSink {
  readonly #container: HTMLElement;
  readonly #chart: IChartApi;
  readonly #candles: ISeriesApi<'Candlestick'>;
  readonly #volume: ISeriesApi<'Histogram'>;
  readonly #scene = new ScenePrimitive();
  #colors: Palette;
  #decimals = 2;
  #laneCount = 0;
  #height = 0;
  #slots: readonly TimelineSlot[] = [];
  /** Calls that replaced or touched bars, for inspection. */
  replaced = 0;
  updated = 0;

  constructor(container: HTMLElement, colors: Palette, intervalMs: number) {
    this.#colors = colors;
    this.#container = container;
    const appearance = chartAppearance(colors, intervalMs);
    this.#chart = createChart(container, {
      ...appearance,
      autoSize: true,
      // Spacing and offset belong to the person once the chart is open.
      timeScale: { ...appearance.timeScale, barSpacing: barSpacing * colors.scale, rightOffset },
    });
    this.#candles = this.#chart.addSeries(CandlestickSeries, {
      ...candleColors(colors),
      priceLineVisible: false,
      lastValueVisible: false,
      // One print at ten times the price would press all the other bars into a line.
      autoscaleInfoProvider: (original: () => AutoscaleInfo | null) => this.#autoscale(original()),
    });
    this.#volume = this.#chart.addSeries(HistogramSeries, {
      priceScaleId: 'volume',
      priceLineVisible: false,
      lastValueVisible: false,
      priceFormat: { type: 'volume' },
    });
    this.#candles.attachPrimitive(this.#scene);
    this.setDecimals(2);
  }

  setAppearance(colors: Palette, intervalMs: number): void {
    this.#colors = colors;
    this.#chart.applyOptions(chartAppearance(colors, intervalMs));
    this.#candles.applyOptions(candleColors(colors));
    this.#volume.setData(this.#slots.map((slot) => this.#volumeBar(slot)));
    this.#layOut();
  }

  setDecimals(decimals: number): void {
    this.#decimals = decimals;
    this.#candles.applyOptions({
      priceFormat: {
        type: 'custom',
        formatter: (price: number) => formatPrice(price, this.#decimals),
        tickmarksFormatter: (prices: readonly number[]) => {
          this.#scene.labels = prices;
          return prices.map((price) => this.#axisLabel(price));
        },
        minMove: 10 ** -decimals,
      },
    });
  }

  replace(slots: readonly TimelineSlot[]): void {
    this.replaced += 1;
    this.#slots = slots;
    this.#candles.setData(slots.map(candleBar));
    this.#volume.setData(slots.map((slot) => this.#volumeBar(slot)));
  }

  update(slot: TimelineSlot, historical: boolean): void {
    this.updated += 1;
    this.#candles.update(candleBar(slot), historical);
    this.#volume.update(this.#volumeBar(slot), historical);
  }

  show(scene: ChartScene): void {
    const height = this.#chart.panes()[0]?.getHeight() ?? 0;
    if (scene.lanes.length !== this.#laneCount || height !== this.#height) {
      this.#laneCount = scene.lanes.length;
      this.#height = height;
      this.#layOut();
    }
    this.#scene.show(scene);
    // The library draws its link anew with the theme. The box is hidden from those who do not see it, so no key leads there.
    this.#container.querySelector('#tv-attr-logo')?.setAttribute('tabindex', '-1');
  }

  /** Prices at the lower and upper end of the axis, `low-high`; empty without a candle: the axis keeps what it had. */
  priceRange(): string {
    if (!this.#slots.some(({ candle }) => candle !== null)) return '';
    const range = this.#candles.priceScale().getVisibleRange();
    return range === null ? '' : `${range.from}-${range.to}`;
  }

  onRange(listener: (firstVisible: number) => void): void {
    this.#chart.timeScale().subscribeVisibleLogicalRangeChange((range: LogicalRange | null) => {
      if (range !== null) listener(range.from);
    });
  }

  /** Time of the bar under the crosshair; null when the pointer is elsewhere. */
  onCrosshair(listener: (timeMs: number | null) => void): void {
    this.#chart.subscribeCrosshairMove((event: MouseEventParams) => {
      listener(typeof event.time === 'number' ? event.time * 1000 : null);
    });
  }

  /** The newest bars at their usual width, for another market or interval. */
  showNewest(): void {
    const scale = this.#chart.timeScale();
    scale.applyOptions({ barSpacing: barSpacing * this.#colors.scale });
    scale.scrollToPosition(rightOffset, false);
    this.#candles.priceScale().applyOptions({ autoScale: true });
  }

  close(): void {
    this.#chart.remove();
  }

  #axisLabel(price: number): string {
    const y = this.#candles.priceToCoordinate(price);
    const isWhole = y === null || clearsLanes(y, this.#height, this.#laneCount, this.#colors.scale);
    return isWhole ? formatPrice(price, this.#decimals) : '';
  }

  /** Room for the lanes below, the volume above them, and the legend on top. */
  #layOut(): void {
    if (this.#height === 0) return;
    const { scale } = this.#colors;
    const share = (pixels: number) => Math.min(0.4, pixels / this.#height);
    const lanes = lanesHeight(this.#laneCount, scale);
    this.#container.style.setProperty('--chart-lanes', `${lanes}px`);
    const volumeTop = 1 - share(lanes) - share(volumeHeight * scale);
    this.#volume.priceScale().applyOptions({
      scaleMargins: { top: Math.max(0, volumeTop), bottom: share(lanes) },
    });
    this.#candles.priceScale().applyOptions({
      scaleMargins: {
        top: share(legendHeight * scale),
        bottom: Math.min(0.45, share(lanes) + share(volumeHeight * 0.85 * scale)),
      },
    });
  }

  #autoscale(usual: AutoscaleInfo | null): AutoscaleInfo | null {
    const visible = this.#chart.timeScale().getVisibleLogicalRange();
    if (usual === null || visible === null) return usual;
    const priceRange = computeRange(this.#slots, visible.from, visible.to);
    return priceRange === null ? usual : { ...usual, priceRange };
  }

  #volumeBar({ time, candle }: TimelineSlot): HistogramData | WhitespaceData {
    if (candle === null) return { time: parseTime(time) };
    return {
      time: parseTime(time),
      value: candle.volume,
      color: volumeColor(this.#colors, candle.close >= candle.open),
    };
  }
}
