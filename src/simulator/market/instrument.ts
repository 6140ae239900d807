import type { AssetPath } from './assetPath.ts';
import { segmentMinutes } from './assetPath.ts';
import type { Bar } from './bar.ts';
import { CandleSeries } from './candleSeries.ts';
import { MatchingBook } from './matchingBook.ts';
import { Random } from './random.ts';
import { splitSecond } from './splitMinute.ts';
import { RollingStatistics } from './statistics.ts';
import { SyntheticHistory } from './syntheticHistory.ts';
import { TradeTape } from './tradeTape.ts';
import type { Trade } from './tradeTape.ts';
import type { SimVenueId, VenueProfile } from './venueProfiles.ts';
import { minuteMs } from './intervals.ts';

const firstTradeIds: Readonly<Record<SimVenueId, number>> = {
  binance: 5_412_345_678,
  bybit: 1_225_843_671,
  okx: 1_067_468_269,
};
const tradeIdSpan = 400_000_000;

export interface InstrumentOptions {
  readonly venue: VenueProfile;
  readonly assetIndex: number;
  readonly path: AssetPath;
  readonly seed: number;
  readonly startTime: number;
  readonly historyDays: number;
}

/** One market of one venue: its book, tape, candles and 24 h statistics. */
export class Instrument {
  readonly venue: SimVenueId;
  readonly base: string;
  readonly quote = 'USDT';
  /** `BTC-USDT`. */
  readonly market: string;
  readonly assetIndex: number;
  readonly priceDecimals: number;
  readonly sizeDecimals: number;
  readonly book: MatchingBook;
  readonly tape: TradeTape;
  readonly candles: CandleSeries;
  readonly statistics: RollingStatistics;
  /** Price at the start in the quote, for what depends on it only roughly. */
  readonly referencePrice: number;
  /** When the book last changed. */
  changedAt: number;
  /** Changes of the book after which the venue's service restarted. */
  readonly restarts: number[] = [];
  /** As the venue announces it; its orders stop unless it is trading. */
  status: 'trading' | 'halted' | 'delisted' = 'trading';
  /** Decimals of the announced tick: fewer than the prices' after a change. */
  tickDecimals: number;
  private readonly seed: string;

  constructor(options: InstrumentOptions) {
    const { venue, path } = options;
    const { symbol, price } = path.profile;
    this.venue = venue.id;
    this.base = symbol;
    this.market = `${symbol}-USDT`;
    this.assetIndex = options.assetIndex;
    const [priceDecimals, sizeDecimals] = venue.precisions[symbol] ?? [2, 4];
    this.priceDecimals = priceDecimals;
    this.tickDecimals = priceDecimals;
    this.sizeDecimals = sizeDecimals;
    this.referencePrice = price;
    this.changedAt = options.startTime;
    this.seed = `${options.seed}:${venue.id}:${symbol}`;
    this.book = new MatchingBook(venue.targetLevels + 400);
    const history = new SyntheticHistory({
      seed: `${this.seed}:history`,
      path,
      priceDecimals,
      sizeDecimals,
      share: venue.share,
      endMinute: Math.floor(options.startTime / minuteMs),
      days: options.historyDays,
    });
    const startPrice = Math.round(price * 10 ** priceDecimals);
    this.candles = new CandleSeries(history, `${this.seed}:seconds`, options.startTime, startPrice);
    this.statistics = new RollingStatistics(this.candles);
    this.tape = new TradeTape(firstTradeIds[venue.id] + options.assetIndex * tradeIdSpan);
  }

  /**
   * Up to `count` trades that end before id `beforeId`, oldest first. Before the start they are
   * cut from the history's bars, with ids that go on without a hole.
   */
  tradesBefore(beforeId: number, count: number): Trade[] {
    const fromId = beforeId - count;
    const trades = this.tape.range(fromId, beforeId);
    const firstLive = this.tape.firstId;
    if (fromId >= firstLive || this.tape.oldestId() > firstLive) return trades;
    const earlier = this.historicTrades(fromId, Math.min(beforeId, firstLive));
    return [...earlier, ...trades];
  }

  private historicTrades(fromId: number, toId: number): Trade[] {
    const trades: Trade[] = [];
    let minute = this.candles.startMinute();
    const oldest = minute - 2 * segmentMinutes;
    let endId = this.tape.firstId;
    while (endId > fromId && minute > oldest) {
      const bars = this.candles.secondsBeforeStart(minute);
      const firstId = endId - bars.reduce((sum, bar) => sum + bar.trades, 0);
      if (firstId < toId) trades.unshift(...this.expand(bars, minute, firstId));
      endId = firstId;
      minute -= 1;
    }
    return trades.filter((trade) => trade.id >= fromId && trade.id < toId);
  }

  private expand(bars: readonly Bar[], minute: number, firstId: number): Trade[] {
    const random = new Random(`${this.seed}:trades:${minute}`);
    let id = firstId;
    const trades: Trade[] = [];
    for (const bar of bars) {
      for (const trade of splitSecond(bar, id, random)) {
        trades.push({ ...trade, orderId: trade.id, venueSequence: trade.id });
      }
      id += bar.trades;
    }
    return trades;
  }
}

/** Undefined where the venue no longer knows the instrument. */
export function listed(instrument: Instrument | undefined): Instrument | undefined {
  return instrument?.status === 'delisted' ? undefined : instrument;
}
