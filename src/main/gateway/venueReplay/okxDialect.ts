import type { CandleInterval, Instrument } from '../../../shared/market.ts';
import type { RecordedFrame, VenueRecordingFeed } from '../../engine/host.ts';
import type { DialectPort, DialectSocket, RestReply, VenueDialect } from './venueDialect.ts';
import { candlesIn, figuresOf, numberText, timeIn } from './venueCandles.ts';
import { isRecord, limitIn, readObject, timeOf } from './venueDialect.ts';

const maxLevels = 400;

/** OKX v5: `/ws/v5/public`, `/ws/v5/business`, and the REST answers that a book and a bot need. */
export function createOkxDialect(feed: VenueRecordingFeed): VenueDialect {
  const instrumentOf = (query: URLSearchParams): Instrument | undefined =>
    feed.instruments('okx').find(({ venueSymbol }) => venueSymbol === query.get('instId'));
  return {
    venue: 'okx',
    openSocket(path, _query, port) {
      const isKnown = path === '/ws/v5/public' || path === '/ws/v5/business';
      return isKnown ? new OkxSocket(feed, port) : null;
    },
    bookWanted(path, query) {
      return path === '/api/v5/market/books' ? (instrumentOf(query)?.id ?? null) : null;
    },
    answer(path, query) {
      if (path === '/api/v5/public/time')
        return good([{ ts: String(Math.floor(feed.state.time)) }]);
      if (path === '/api/v5/public/instruments') return instruments(feed, query);
      if (path === '/api/v5/market/tickers') return tickers(feed, query);
      if (!Object.hasOwn(ofInstrument, path)) return wrong('404', 'This is not in the recording.');
      const instrument = instrumentOf(query);
      if (instrument === undefined) {
        return wrong('51001', "Instrument ID, Instrument ID code, or Spread ID doesn't exist.");
      }
      return ofInstrument[path]?.(feed, query, instrument) ?? wrong('404', 'Not found.');
    },
  };
}

class OkxSocket implements DialectSocket {
  private readonly feed: VenueRecordingFeed;
  private readonly port: DialectPort;
  private readonly connection = crypto.randomUUID().slice(0, 8);

  constructor(feed: VenueRecordingFeed, port: DialectPort) {
    this.feed = feed;
    this.port = port;
  }

  onText(text: string): void {
    if (text === 'ping') {
      this.port.send('pong');
      return;
    }
    const request = readObject(text);
    const op = request?.['op'];
    const args = request?.['args'];
    const id = typeof request?.['id'] === 'string' ? { id: request['id'] } : {};
    if ((op !== 'subscribe' && op !== 'unsubscribe') || !Array.isArray(args) || args.length > 256) {
      this.complain('60012', `Invalid request: ${text.slice(0, 200)}`, id);
      return;
    }
    for (const arg of args) this.take(op, arg, id);
  }

  textOf({ text }: RecordedFrame): string {
    return text;
  }

  snapshotOf(topic: string): string | null {
    const [channel, instId] = topic.split(':');
    if (channel !== 'books') return null;
    const instrument = this.feed
      .instruments('okx')
      .find(({ venueSymbol }) => venueSymbol === instId);
    const book = instrument === undefined ? null : this.feed.book(instrument.id, maxLevels);
    if (book === null) return null;
    const row = {
      ...{ asks: book.asks.map(levelOf), bids: book.bids.map(levelOf), ts: String(timeOf(book)) },
      ...{ checksum: 0, prevSeqId: -1, seqId: book.sequence },
    };
    return JSON.stringify({ arg: { channel, instId }, action: 'snapshot', data: [row] });
  }

  private take(op: 'subscribe' | 'unsubscribe', arg: unknown, id: object): void {
    const channel = isRecord(arg) ? arg['channel'] : undefined;
    const instId = isRecord(arg) ? arg['instId'] : undefined;
    if (typeof channel !== 'string' || typeof instId !== 'string') {
      this.complain('60013', 'Invalid args', id);
      return;
    }
    const topic = `${channel}:${instId}`;
    if (op === 'subscribe' && !this.port.isRecorded(topic)) {
      const text = `Subscribe failed, wrong URL or channel:${channel},instId:${instId} doesn't exist in this recording.`;
      this.complain('60018', text, id);
      return;
    }
    const answer = { ...id, event: op, arg: { channel, instId }, connId: this.connection };
    this.port.send(JSON.stringify(answer));
    if (op === 'subscribe') this.port.add(topic);
    else this.port.remove(topic);
  }

  private complain(code: string, msg: string, id: object): void {
    this.port.send(JSON.stringify({ ...id, event: 'error', code, msg, connId: this.connection }));
  }
}

/** How many orders stand there is not known: 0 says so, as no level of the venue has none. */
function levelOf([price, size]: readonly [string, string]): readonly string[] {
  return [price, size, '0', '0'];
}

function tickerRow(
  feed: VenueRecordingFeed,
  { id, venueSymbol, marketKind }: Instrument,
): object | null {
  const ticker = feed.ticker(id);
  if (ticker === null) return null;
  const text = (value: number | null): string => value?.toString() ?? '';
  return {
    ...{ instType: typeOf(marketKind), instId: venueSymbol, last: text(ticker.last) },
    ...{ open24h: text(ticker.open24h), high24h: text(ticker.high24h) },
    ...{ low24h: text(ticker.low24h), vol24h: text(ticker.volume24hBase) },
    ...{ volCcy24h: text(ticker.volume24hQuote), ts: String(Math.floor(ticker.receivedTime)) },
  };
}

/** Of all of a kind. */
function tickers(feed: VenueRecordingFeed, query: URLSearchParams): RestReply {
  const wanted = feed
    .instruments('okx')
    .filter(({ marketKind }) => typeOf(marketKind) === query.get('instType'));
  return good(wanted.flatMap((instrument) => tickerRow(feed, instrument) ?? []));
}

type OfInstrument = (
  feed: VenueRecordingFeed,
  query: URLSearchParams,
  instrument: Instrument,
) => RestReply | Promise<RestReply>;

const ofInstrument: Readonly<Record<string, OfInstrument>> = {
  '/api/v5/market/books': (feed, query, { id }) => {
    const book = feed.book(id, limitIn(query, 'sz', 1, maxLevels));
    if (book === null) return wrong('50026', 'There is no book in the recording at this moment.');
    const { bids, asks, sequence } = book;
    const ts = String(timeOf(book));
    return good([{ asks: asks.map(levelOf), bids: bids.map(levelOf), ts, seqId: sequence }]);
  },
  '/api/v5/market/trades': (feed, query, { id, venueSymbol }) => {
    const rows = feed.trades(id, limitIn(query, 'limit', 100, 500)).toReversed();
    return good(
      rows.map((trade) => ({
        ...{ instId: venueSymbol, tradeId: trade.id, side: trade.side },
        px: String(trade.priceUnits / 10 ** trade.priceDecimals),
        sz: String(trade.sizeUnits / 10 ** trade.sizeDecimals),
        ts: String(Math.floor(trade.venueTime)),
      })),
    );
  },
  '/api/v5/market/candles': candles,
  '/api/v5/market/history-candles': candles,
  '/api/v5/market/ticker': (feed, _query, instrument) => {
    const row = tickerRow(feed, instrument);
    if (row === null) return wrong('50026', 'There is no ticker in the recording at this moment.');
    return good([row]);
  },
};

const intervalByBar: Readonly<Record<string, CandleInterval>> = {
  ...{ '1s': '1s', '1m': '1m', '5m': '5m', '15m': '15m', '1H': '1h', '4H': '4h', '1Dutc': '1d' },
};

/** Newest first; `after` asks for older ones, `before` for newer ones. */
async function candles(
  feed: VenueRecordingFeed,
  query: URLSearchParams,
  instrument: Instrument,
): Promise<RestReply> {
  const bar = query.get('bar') ?? '1m';
  const interval = Object.hasOwn(intervalByBar, bar) ? intervalByBar[bar] : undefined;
  if (interval === undefined) return wrong('51000', 'Parameter bar error');
  // Volumes of swaps are contracts at the venue: what a contract was worth is not kept.
  if (instrument.marketKind !== 'spot') return wrong('404', 'This is not in the recording.');
  const newerThan = timeIn(query, 'before');
  const bars = await candlesIn(feed, {
    ...{ instrument, interval, from: newerThan === null ? null : newerThan + 1 },
    before: timeIn(query, 'after'),
    ...{ limit: limitIn(query, 'limit', 100, 300), takes: 'newest' },
  });
  if (bars === null) {
    return wrong('50026', 'The recording does not hold these candles at this moment.');
  }
  return good(
    bars.toReversed().map((each) => {
      const quoteVolume = numberText(each.quoteVolume);
      const confirm = each.closed ? '1' : '0';
      return [String(each.openTime), ...figuresOf(each), quoteVolume, quoteVolume, confirm];
    }),
  );
}

function instruments(feed: VenueRecordingFeed, query: URLSearchParams): RestReply {
  const kind = query.get('instType');
  const instId = query.get('instId');
  const rows = feed
    .instruments('okx')
    .filter((each) => typeOf(each.marketKind) === kind)
    .filter(({ venueSymbol }) => instId === null || venueSymbol === instId)
    .map(({ venueSymbol, base, quote, tickSize, lotSize, tradingStatus, marketKind }) => ({
      ...{ instType: typeOf(marketKind), instId: venueSymbol, state: stateOf(tradingStatus) },
      ...(marketKind === 'spot'
        ? { baseCcy: base, quoteCcy: quote, settleCcy: '', uly: '', ctVal: '', ctType: '' }
        : {
            baseCcy: '',
            quoteCcy: '',
            settleCcy: quote,
            uly: `${base}-${quote}`,
            ctType: 'linear',
          }),
      ...{ tickSz: tickSize, lotSz: lotSize, minSz: lotSize, listTime: '', expTime: '' },
      ...{ alias: '', optType: '', stk: '', lever: '', instFamily: '' },
    }));
  return good(rows);
}

function typeOf(kind: Instrument['marketKind']): string {
  return kind === 'spot' ? 'SPOT' : 'SWAP';
}

function stateOf(status: Instrument['tradingStatus']): string {
  return status === 'trading' ? 'live' : status === 'preopen' ? 'preopen' : 'suspend';
}

function good(rows: readonly unknown[]): RestReply {
  return { status: 200, body: JSON.stringify({ code: '0', msg: '', data: rows }) };
}

function wrong(code: string, msg: string): RestReply {
  return { status: 200, body: JSON.stringify({ code, msg, data: [] }) };
}
