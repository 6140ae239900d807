import type { EpochMs, InstrumentId } from '../../../../shared/market.ts';
import { candleIntervalMs, parseInstrumentId } from '../../../../shared/market.ts';
import type { TradeValue } from '../../../../shared/values.ts';
import { Candle } from '../../candles/candle.ts';
import type { CoreListener, CoreView } from '../../coreView.ts';
import { decimalCell, timeCell } from '../cells.ts';
import { CandleCoverage } from './candleCoverage.ts';
import { ignored } from './ignored.ts';
import type { TableOptions, TableRows } from './tableRows.ts';
import { isWanted } from './tableRows.ts';

/** A trade that fills a gap comes within this time, or makes a row of its own. */
const lateMs = 3_600_000;
/** Over all instruments: when there are more, the oldest are told earlier. */
const mostHeld = 50_000;

interface Building {
  readonly candle: Candle;
  readonly isSupplement: boolean;
  firstReceived: EpochMs;
  lastReceived: EpochMs;
  lateTrades: number;
}

interface Series {
  readonly id: InstrumentId;
  /** By open time; those made first stand first. */
  readonly candles: Map<EpochMs, Building>;
  /** Newest that was told. */
  toldUpTo: EpochMs;
  newestTime: EpochMs;
}

/** Candles from the trades of the recording, exact. They wait for late trades before they are told. */
export function createCandlesTable(options: TableOptions): TableRows {
  const table = new CandlesTable(options);
  const listener: CoreListener = {
    ...ignored,
    onTrade: (market, trade) => {
      if (isWanted(options, market)) table.add(trade);
    },
    onGap: (gap) => table.coverage.onGap(gap),
  };
  return {
    onCore(view) {
      table.onCore(view);
      view.listen(listener);
    },
    onMissing: (from, to) => table.coverage.onMissing(from, to),
    finish: () => table.finish(),
  };
}

class CandlesTable {
  readonly coverage = new CandleCoverage();
  private readonly options: TableOptions;
  private readonly lengthMs: number;
  private readonly seriesById = new Map<InstrumentId, Series>();
  private view: CoreView | null = null;
  private held = 0;

  constructor(options: TableOptions) {
    this.options = options;
    this.lengthMs = candleIntervalMs[options.interval];
  }

  onCore(view: CoreView): void {
    this.view = view;
    this.coverage.onCore(view);
  }

  add(trade: TradeValue): void {
    const series = this.seriesOf(trade.instrument);
    const openTime = Math.floor(trade.venueTime / this.lengthMs) * this.lengthMs;
    const building = series.candles.get(openTime) ?? this.begin(series, openTime, trade);
    building.candle.add(trade);
    if (trade.outlier) building.candle.outlier = true;
    if (trade.late) building.lateTrades += 1;
    building.firstReceived = Math.min(building.firstReceived, trade.receivedTime);
    building.lastReceived = Math.max(building.lastReceived, trade.receivedTime);
    if (trade.venueTime <= series.newestTime) return;
    series.newestTime = trade.venueTime;
    this.coverage.onTime(trade.instrument, trade.venueTime);
  }

  finish(): void {
    const series = [...this.seriesById.values()];
    for (const each of series) this.tellUpTo(each, Number.POSITIVE_INFINITY);
  }

  private seriesOf(id: InstrumentId): Series {
    const known = this.seriesById.get(id);
    if (known !== undefined) return known;
    const never = Number.NEGATIVE_INFINITY;
    const series: Series = { id, candles: new Map(), toldUpTo: never, newestTime: never };
    this.seriesById.set(id, series);
    return series;
  }

  private begin(series: Series, openTime: EpochMs, { receivedTime }: TradeValue): Building {
    const building: Building = {
      candle: new Candle(openTime),
      isSupplement: openTime <= series.toldUpTo,
      firstReceived: receivedTime,
      lastReceived: receivedTime,
      lateTrades: 0,
    };
    series.candles.set(openTime, building);
    this.held += 1;
    this.tellUpTo(series, openTime - this.lengthMs - lateMs);
    if (this.held > mostHeld) this.makeRoom();
    return building;
  }

  private makeRoom(): void {
    for (const series of this.seriesById.values()) {
      const times = [...series.candles.keys()].sort((a, b) => a - b);
      const half = times[Math.floor(times.length / 2)];
      if (half !== undefined) this.tellUpTo(series, half - this.lengthMs);
    }
  }

  private tellUpTo(series: Series, lastOpen: EpochMs): void {
    const due = [...series.candles.values()].filter(({ candle }) => candle.openTime <= lastOpen);
    if (due.length === 0) return;
    for (const building of due.sort((a, b) => a.candle.openTime - b.candle.openTime)) {
      this.tell(series, building);
      series.candles.delete(building.candle.openTime);
      series.toldUpTo = Math.max(series.toldUpTo, building.candle.openTime);
    }
    this.held -= due.length;
  }

  private tell({ id }: Series, building: Building): void {
    const { candle, isSupplement, firstReceived, lastReceived, lateTrades } = building;
    const exact = candle.exact();
    const closeTime = candle.openTime + this.lengthMs;
    const status = isSupplement
      ? 'supplement'
      : this.coverage.statusOf(id, candle.openTime, closeTime, this.view?.time ?? 0);
    const words = parseInstrumentId(id);
    const sizeUnit = this.view?.instrument(id)?.sizeUnit ?? null;
    this.options.emit([
      ...[timeCell(candle.openTime), timeCell(closeTime), this.options.interval],
      ...[words?.market ?? null, words?.venue ?? null, status],
      ...[exact.open, exact.high, exact.low, exact.close, exact.volume].map(decimalCell),
      sizeUnit,
      sizeUnit === 'contracts' ? null : decimalCell(exact.quoteVolume),
      ...[candle.trades, lateTrades, candle.outlier],
      ...[timeCell(firstReceived), timeCell(lastReceived)],
    ]);
  }
}
