import type { Instrument } from '../../market/instrument.ts';
import { bucketEnd, bucketStart } from '../../market/intervals.ts';
import type { BookChanges } from '../../market/matchingBook.ts';
import type { Trade } from '../../market/tradeTape.ts';
import { GridCadence, Ticker } from '../../wire/cadence.ts';
import { publish } from '../../wire/topic.ts';
import type { Topic, TopicClient, TopicSubject } from '../../wire/topic.ts';
import type { VenueContext } from '../../wire/venueContext.ts';
import type { AggregateTrades } from './aggregateTrades.ts';
import {
  aggregateTradeFrame,
  bookTickerFrame,
  depthFrame,
  klineFrame,
  miniTickerFrame,
  snapshotText,
  tickerFrame,
  tradeFrame,
} from './frames.ts';
import type { StreamName } from './names.ts';

const logFoldMs = 100;
const combinedBit = 1;
const microBit = 2;

export function variantOf(combined: boolean, micro: boolean): number {
  return (combined ? combinedBit : 0) + (micro ? microBit : 0);
}

export type BinanceTopic = Topic<TopicClient>;

interface Parts extends TopicSubject {
  readonly context: VenueContext;
  readonly clients: Set<TopicClient>;
}

/** The topic of a stream of a listed symbol. */
export function makeTopic(
  context: VenueContext,
  name: string,
  stream: Exclude<StreamName, { type: 'unknown' | 'allMiniTickers' }>,
  instrument: Instrument,
  aggregates: AggregateTrades,
): BinanceTopic {
  const parts: Parts = { context, name, instrument, clients: new Set() };
  switch (stream.type) {
    case 'trade':
      return tradeTopic(parts);
    case 'aggTrade':
      return aggregateTopic(parts, aggregates);
    case 'bookTicker':
      return bookTickerTopic(parts);
    case 'depth':
      return depthTopic(parts, stream.periodMs);
    case 'partialDepth':
      return partialDepthTopic(parts, stream.levels, stream.periodMs);
    case 'kline':
      return klineTopic(parts, stream.interval, stream.offsetMs);
    case 'miniTicker':
      return dayTopic(parts, miniTickerFrame);
    case 'ticker':
      return dayTopic(parts, tickerFrame);
  }
}

/** Every symbol that changed, once a second. */
export function allMiniTickersTopic(
  context: VenueContext,
  instruments: readonly Instrument[],
  first: Instrument,
): BinanceTopic {
  const parts: Parts = { context, name: '!miniTicker@arr', instrument: first, clients: new Set() };
  const seen = new Map<Instrument, number>();
  const ticker = new Ticker(context, 1000, 0, () => {
    const changed = instruments.filter(
      (instrument) => seen.get(instrument) !== instrument.tape.nextId(),
    );
    for (const instrument of changed) seen.set(instrument, instrument.tape.nextId());
    if (changed.length === 0) return;
    send(parts, 'state', (micro) => {
      const now = context.now();
      return `[${changed.map((instrument) => miniTickerFrame(instrument, now, micro)).join(',')}]`;
    });
  });
  return { ...topicOf(parts), ...whileSubscribed(parts, ticker) };
}

/** Acknowledged like any other, and silent: the venue does not check names. */
export function silentTopic(name: string): BinanceTopic {
  return { name, clients: new Set(), instruments: [], rank: 0, joined: nothing, left: nothing };
}

function nothing(): void {
  // A topic that needs no preparation.
}

function topicOf(parts: Parts): BinanceTopic {
  const { name, clients, instrument } = parts;
  return { name, clients, instruments: [instrument], rank: 0, joined: nothing, left: nothing };
}

function whileSubscribed(
  parts: Parts,
  ticker: { start?(): void; stop(): void },
): Pick<BinanceTopic, 'joined' | 'left'> {
  return {
    joined: () => ticker.start?.(),
    left: () => {
      if (parts.clients.size === 0) ticker.stop();
    },
  };
}

function send(
  parts: Parts,
  kind: 'trade' | 'diff' | 'state' | 'candle',
  write: (micro: boolean) => string,
): void {
  publish(parts.context, parts, parts.clients, kind, (variant) => {
    const text = write((variant & microBit) !== 0);
    return (variant & combinedBit) === 0 ? text : `{"stream":"${parts.name}","data":${text}}`;
  });
}

function tradeTopic(parts: Parts): BinanceTopic {
  const { context, instrument } = parts;
  return {
    ...topicOf(parts),
    onTrades(trades: readonly Trade[]): void {
      for (const trade of trades) {
        send(parts, 'trade', (micro) => tradeFrame(instrument, trade, context.now(), micro));
      }
    },
  };
}

function aggregateTopic(parts: Parts, aggregates: AggregateTrades): BinanceTopic {
  const { context, instrument } = parts;
  return {
    ...topicOf(parts),
    onTrades(): void {
      for (const trade of aggregates.latest(instrument)) {
        send(parts, 'trade', (micro) =>
          aggregateTradeFrame(instrument, trade, context.now(), micro),
        );
      }
    },
  };
}

function bookTickerTopic(parts: Parts): BinanceTopic {
  return {
    ...topicOf(parts),
    onBookChanged(topChanged: boolean): void {
      if (topChanged) send(parts, 'state', () => bookTickerFrame(parts.instrument));
    },
  };
}

/** All changes since the last message, each level once; nothing while nothing changed. */
function depthTopic(parts: Parts, periodMs: number): BinanceTopic {
  const { context, instrument } = parts;
  const { book } = instrument;
  const touched = new Set<number>();
  let foldedId = book.changeId;
  let sentId = book.changeId;
  const emit = (): void => {
    const changes: BookChanges = book.resolveTouched(touched);
    const update = { firstChangeId: sentId + 1, lastChangeId: book.changeId, ...changes };
    touched.clear();
    sentId = book.changeId;
    send(parts, 'diff', (micro) => depthFrame(instrument, update, context.now(), micro));
  };
  // The book's log is short: slower streams collect from it at the pace of the fastest.
  const cadence = new GridCadence(context, logFoldMs, 0, () => {
    book.collectTouched(foldedId, touched);
    foldedId = book.changeId;
    if (context.now() % periodMs === 0) emit();
    else cadence.mark();
  });
  return {
    ...topicOf(parts),
    joined(): void {
      if (parts.clients.size > 1) return;
      foldedId = book.changeId;
      sentId = book.changeId;
      touched.clear();
    },
    left: whileSubscribed(parts, cadence).left,
    onBookChanged: () => cadence.mark(),
  };
}

function partialDepthTopic(parts: Parts, levels: number, periodMs: number): BinanceTopic {
  const { context, instrument } = parts;
  let sentLevels = '';
  const cadence = new GridCadence(context, periodMs, 0, () => {
    const text = snapshotText(instrument, levels);
    const shown = text.slice(text.indexOf(','));
    if (shown === sentLevels) return;
    sentLevels = shown;
    send(parts, 'state', () => text);
  });
  return {
    ...topicOf(parts),
    left: whileSubscribed(parts, cadence).left,
    onBookChanged: () => cadence.mark(),
  };
}

function klineTopic(parts: Parts, interval: string, offsetMs: number): BinanceTopic {
  const { context, instrument } = parts;
  const { candles } = instrument;
  let openTime = 0;
  const sendBar = (start: number, closed: boolean): void => {
    const bar = candles.barAt(interval, start, offsetMs);
    if (bar === undefined) return;
    const closeTime = bucketEnd(interval, start, offsetMs) - 1;
    const span = { interval, closeTime, closed };
    send(parts, 'candle', (micro) => klineFrame(instrument, bar, span, context.now(), micro));
  };
  const ticker = new Ticker(context, interval === '1s' ? 1000 : 2000, 0, () => {
    candles.roll(context.now());
    const start = bucketStart(interval, context.now(), offsetMs);
    if (start !== openTime && openTime !== 0) sendBar(openTime, true);
    openTime = start;
    sendBar(start, false);
  });
  return {
    ...topicOf(parts),
    joined(): void {
      if (parts.clients.size === 1) openTime = bucketStart(interval, context.now(), offsetMs);
      ticker.start();
    },
    left: whileSubscribed(parts, ticker).left,
  };
}

function dayTopic(
  parts: Parts,
  write: (instrument: Instrument, now: number, micro: boolean) => string,
): BinanceTopic {
  const { context, instrument } = parts;
  let seenChange = -1;
  // Symbols are spread over the second, so that they do not all come in the same instant.
  const phaseMs = (instrument.assetIndex * 59) % 1000;
  const ticker = new Ticker(context, 1000, phaseMs, () => {
    if (seenChange === instrument.book.changeId) return;
    seenChange = instrument.book.changeId;
    send(parts, 'state', (micro) => write(instrument, context.now(), micro));
  });
  return { ...topicOf(parts), ...whileSubscribed(parts, ticker) };
}
