import type { Instrument } from '../../market/instrument.ts';
import { bucketStart } from '../../market/intervals.ts';
import { GapCadence, Ticker } from '../../wire/cadence.ts';
import { publish } from '../../wire/topic.ts';
import type { Topic, TopicClient } from '../../wire/topic.ts';
import type { VenueContext } from '../../wire/venueContext.ts';
import { bookPeriods, BookTopic } from './bookTopic.ts';
import { intervalByName, klineFrame, tickerFrame, tradesFrame } from './frames.ts';
import type { Sequences } from './sequences.ts';

const tickerGapMs = 50;
const klineEveryMs = 1000;
/** A bar without trades is pushed again after so many seconds. */
const quietKlineSeconds = 5;
const maxTradesPerMessage = 1024;

/** Undefined where the venue has no handler for the topic. */
export function makeTopic(
  context: VenueContext,
  name: string,
  sequences: Sequences,
  bySymbol: (symbol: string) => Instrument | undefined,
): Topic<TopicClient> | undefined {
  const cut = name.lastIndexOf('.');
  const instrument = bySymbol(name.slice(cut + 1));
  if (cut < 0 || instrument === undefined) return undefined;
  const kind = name.slice(0, cut);
  if (kind === 'publicTrade') return tradesTopic(context, name, instrument, sequences);
  if (kind === 'tickers') return tickerTopic(context, name, instrument, sequences);
  const [family, detail = '', ...rest] = kind.split('.');
  if (rest.length > 0) return undefined;
  if (family === 'orderbook' && /^\d+$/.test(detail) && bookPeriods[Number(detail)] !== undefined) {
    return new BookTopic(context, instrument, Number(detail), sequences);
  }
  const interval = family === 'kline' ? intervalByName[detail] : undefined;
  if (interval === undefined) return undefined;
  return klineTopic(context, name, instrument, detail, interval);
}

function tradesTopic(
  context: VenueContext,
  name: string,
  instrument: Instrument,
  sequences: Sequences,
): Topic<TopicClient> {
  const clients = new Set<TopicClient>();
  const subject = { name, instrument };
  return {
    name,
    clients,
    instruments: [instrument],
    rank: 0,
    joined: nothing,
    left: nothing,
    onTrades(trades) {
      for (let from = 0; from < trades.length; from += maxTradesPerMessage) {
        const part = trades.slice(from, from + maxTradesPerMessage);
        publish(context, subject, clients, 'trade', () =>
          tradesFrame(instrument, name, part, sequences.of(instrument), context.now()),
        );
      }
    },
  };
}

function tickerTopic(
  context: VenueContext,
  name: string,
  instrument: Instrument,
  sequences: Sequences,
): Topic<TopicClient> {
  const clients = new Set<TopicClient>();
  const subject = { name, instrument };
  const write = (): string =>
    tickerFrame(instrument, name, sequences.of(instrument), context.now());
  const cadence = new GapCadence(context, tickerGapMs, () =>
    publish(context, subject, clients, 'state', write),
  );
  return {
    name,
    clients,
    instruments: [instrument],
    rank: 0,
    joined: (client) => publish(context, subject, [client], 'snapshot', write),
    left: () => {
      if (clients.size === 0) cadence.stop();
    },
    onTrades: () => cadence.mark(),
  };
}

function klineTopic(
  context: VenueContext,
  name: string,
  instrument: Instrument,
  intervalName: string,
  interval: string,
): Topic<TopicClient> {
  const clients = new Set<TopicClient>();
  const subject = { name, instrument };
  let openTime = 0;
  let sentTrades = 0;
  let quietSeconds = 0;
  const send = (to: Iterable<TopicClient>, start: number, confirmed: boolean): void => {
    instrument.candles.roll(context.now());
    const bar = instrument.candles.barAt(interval, start, 0);
    if (bar === undefined) return;
    const message = { topic: name, intervalName, bar, confirmed, now: context.now() };
    publish(context, subject, to, 'candle', () => klineFrame(instrument, message));
  };
  const ticker = new Ticker(context, klineEveryMs, 0, () => {
    const start = bucketStart(interval, context.now(), 0);
    const isNew = start !== openTime;
    quietSeconds += 1;
    const tradeId = instrument.tape.nextId();
    if (isNew) send(clients, openTime, true);
    if (!isNew && tradeId === sentTrades && quietSeconds < quietKlineSeconds) return;
    openTime = start;
    sentTrades = tradeId;
    quietSeconds = 0;
    send(clients, start, false);
  });
  return {
    name,
    clients,
    instruments: [instrument],
    rank: 0,
    joined(client) {
      if (clients.size === 1) openTime = bucketStart(interval, context.now(), 0);
      send([client], openTime, false);
      ticker.start();
    },
    left: () => {
      if (clients.size === 0) ticker.stop();
    },
  };
}

function nothing(): void {
  // A topic that needs no preparation.
}
