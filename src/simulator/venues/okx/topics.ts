import type { Instrument } from '../../market/instrument.ts';
import { bucketStart } from '../../market/intervals.ts';
import { GapCadence, Ticker } from '../../wire/cadence.ts';
import { publish } from '../../wire/topic.ts';
import type { Topic, TopicClient } from '../../wire/topic.ts';
import { BooksTopic, SnapshotTopic } from './bookTopics.ts';
import type { ChannelParts } from './bookTopics.ts';
import {
  candleRow,
  mergeTrades,
  parseBarName,
  sequenceOf,
  singleTradeRow,
  tickerRow,
  tradeRow,
} from './frames.ts';
import type { BarName } from './frames.ts';

const tickerGapMs = 100;
const candleEveryMs = 1000;
const quietCandleSeconds = 5;
/** Enough to hold every trade of one taker order. */
const lastOrderTrades = 64;

export type OkxPath = 'public' | 'business';

/** Undefined where the channel does not exist on that path. */
export function makeTopic(
  parts: ChannelParts,
  path: OkxPath,
  channel: string,
  flushTop: () => void,
): Topic<TopicClient> | undefined {
  if (path === 'business') {
    if (channel === 'trades-all') return allTradesTopic(parts);
    const bar = channel.startsWith('candle')
      ? parseBarName(channel.slice('candle'.length))
      : undefined;
    return bar && candleTopic(parts, bar);
  }
  switch (channel) {
    case 'tickers':
      return tickerTopic(parts);
    case 'trades':
      return tradesTopic(parts);
    case 'bbo-tbt':
    case 'books5':
      return new SnapshotTopic(parts, channel);
    case 'books':
      return new BooksTopic(parts, flushTop);
    default:
      return undefined;
  }
}

/** `instruments` and `status`: acknowledged; nothing of theirs happens in a calm market. */
export function silentTopic(name: string): Topic<TopicClient> {
  return { name, clients: new Set(), instruments: [], rank: 0, joined: nothing, left: nothing };
}

function nothing(): void {
  // A topic that needs no preparation.
}

function topicOf(parts: ChannelParts, clients: Set<TopicClient>, rank: number): Topic<TopicClient> {
  const instruments: readonly Instrument[] = [parts.instrument];
  return { name: parts.name, clients, instruments, rank, joined: nothing, left: nothing };
}

function tradesTopic(parts: ChannelParts): Topic<TopicClient> {
  const { context, instrument, argText } = parts;
  const clients = new Set<TopicClient>();
  return {
    ...topicOf(parts, clients, 0),
    /** A new subscriber gets the last trade, however old it is. */
    joined(client) {
      const { tape } = instrument;
      const merged = mergeTrades(tape.range(tape.nextId() - lastOrderTrades, tape.nextId()));
      const last = merged[merged.length - 1];
      if (last === undefined) return;
      const row = tradeRow(instrument, last, sequenceOf(instrument, instrument.book.changeId));
      publish(context, parts, [client], 'snapshot', () => `{"arg":${argText},"data":[${row}]}`);
    },
    onTrades(trades) {
      const sequence = sequenceOf(instrument, instrument.book.changeId);
      for (const trade of mergeTrades(trades)) {
        publish(context, parts, clients, 'trade', () => {
          return `{"arg":${argText},"data":[${tradeRow(instrument, trade, sequence)}]}`;
        });
      }
    },
  };
}

function allTradesTopic(parts: ChannelParts): Topic<TopicClient> {
  const { context, instrument, argText } = parts;
  const clients = new Set<TopicClient>();
  return {
    ...topicOf(parts, clients, 0),
    onTrades(trades) {
      for (const trade of trades) {
        publish(context, parts, clients, 'trade', () => {
          return `{"arg":${argText},"data":[${singleTradeRow(instrument, trade)}]}`;
        });
      }
    },
  };
}

function tickerTopic(parts: ChannelParts): Topic<TopicClient> {
  const { context, instrument, argText } = parts;
  const clients = new Set<TopicClient>();
  const write = (): string => `{"arg":${argText},"data":[${tickerRow(instrument, context.now())}]}`;
  const cadence = new GapCadence(context, tickerGapMs, () =>
    publish(context, parts, clients, 'state', write),
  );
  return {
    ...topicOf(parts, clients, 3),
    joined: (client) => publish(context, parts, [client], 'snapshot', write),
    left: () => {
      if (clients.size === 0) cadence.stop();
    },
    onTrades: () => cadence.mark(),
    onBookChanged: (topChanged) => {
      if (topChanged) cadence.mark();
    },
  };
}

function candleTopic(parts: ChannelParts, bar: BarName): Topic<TopicClient> {
  const { context, instrument, argText } = parts;
  const { interval, offsetMs } = bar;
  const clients = new Set<TopicClient>();
  let openTime = 0;
  let sentTradeId = 0;
  let quietSeconds = 0;
  const send = (to: Iterable<TopicClient>, start: number, confirmed: boolean): void => {
    instrument.candles.roll(context.now());
    const shown = instrument.candles.barAt(interval, start, offsetMs);
    if (shown === undefined) return;
    const text = `{"arg":${argText},"data":[${candleRow(instrument, shown, confirmed)}]}`;
    publish(context, parts, to, 'candle', () => text);
  };
  const ticker = new Ticker(context, candleEveryMs, 0, () => {
    const start = bucketStart(interval, context.now(), offsetMs);
    const isNew = start !== openTime;
    const tradeId = instrument.tape.nextId();
    quietSeconds += 1;
    if (isNew) send(clients, openTime, true);
    if (!isNew && tradeId === sentTradeId && quietSeconds < quietCandleSeconds) return;
    openTime = start;
    sentTradeId = tradeId;
    quietSeconds = 0;
    send(clients, start, false);
  });
  return {
    ...topicOf(parts, clients, 0),
    joined(client) {
      if (clients.size === 1) openTime = bucketStart(interval, context.now(), offsetMs);
      send([client], openTime, false);
      ticker.start();
    },
    left: () => {
      if (clients.size === 0) ticker.stop();
    },
  };
}
