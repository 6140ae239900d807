import { maxDecimals, powerOfTen } from '../../decimal.ts';
import { plausibleTime } from '../guards.ts';
import type { LevelBuffer, LevelReader } from '../levels.ts';
import type { DecodeContext, VenueEventSink } from '../venue.ts';

/**
 * Reads the three frames that make up nearly all of the traffic (trade, best price, diff) straight from the text, in the
 * key order in which the venue sends them. Every key, bracket and quote is checked, up to the last character. Anything
 * else, also a number that needs more decimals or is out of range, is left to `parseMessages`, which decides.
 */
export class FrameScanner {
  readonly #levels: LevelReader;
  readonly #streams = new Map<string, ScannedStream>();
  #text = '';
  /** Next character to read. */
  #at = 0;

  constructor(levels: LevelReader) {
    this.#levels = levels;
  }

  /** False: not one of these frames, nothing was written to the sink. */
  scan(text: string, context: DecodeContext, sink: VenueEventSink): boolean {
    if (!text.startsWith(opening)) return false;
    const end = text.indexOf('"', opening.length);
    if (end < 0) return false;
    const name = text.slice(opening.length, end);
    const stream = this.#streams.get(name) ?? this.#learn(name);
    if (stream === null) return false;
    this.#text = text;
    this.#at = end;
    switch (stream.kind) {
      case 'bookTicker':
        return this.#scanBookTicker(stream, context, sink);
      case 'trade':
        return this.#scanTrade(stream, context, sink);
      case 'depth':
        return this.#scanDepth(stream, context, sink);
    }
  }

  #learn(name: string): ScannedStream | null {
    const match = streamName.exec(name);
    if (match === null) return null;
    const [, lower = '', channel = ''] = match;
    const kind = channel.startsWith('depth')
      ? 'depth'
      : channel === 'trade'
        ? 'trade'
        : 'bookTicker';
    const symbol = lower.toUpperCase();
    const stream = { kind, topic: name, channel, symbol, symbolKey: `,"s":"${symbol}"` } as const;
    if (this.#streams.size >= maxStreams) this.#streams.clear();
    this.#streams.set(name, stream);
    return stream;
  }

  #scanBookTicker(stream: ScannedStream, context: DecodeContext, sink: VenueEventSink): boolean {
    const isFutures = this.#take('","data":{"e":"bookTicker","u":');
    if (!isFutures && !this.#take('","data":{"u":')) return false;
    const id = this.#count();
    if (id < 0 || !this.#take(stream.symbolKey) || !this.#take(',"b":"')) return false;
    const instrument = context.instrumentOf(stream.symbol);
    const { price: priceDecimals, size: sizeDecimals } = context.decimalsOf(instrument);
    const bidUnits = this.#units(priceDecimals);
    if (bidUnits < 0 || !this.#take('","B":"')) return false;
    const bidSizeUnits = this.#units(sizeDecimals);
    if (bidSizeUnits < 0 || !this.#take('","a":"')) return false;
    const askUnits = this.#units(priceDecimals);
    if (askUnits < 0 || !this.#take('","A":"')) return false;
    const askSizeUnits = this.#units(sizeDecimals);
    if (askSizeUnits < 0) return false;
    let venueTime: number | null = null;
    if (isFutures) {
      if (!this.#take('","T":') || this.#count() < 0 || !this.#take(',"E":')) return false;
      const eventTime = this.#count();
      if (eventTime < 0 || !this.#takeLast('}}')) return false;
      venueTime = plausibleTime(eventTime);
    } else if (!this.#takeLast('"}}')) return false;
    sink({
      type: 'bbo',
      instrument,
      venueSymbol: stream.symbol,
      topic: stream.topic,
      channel: stream.channel,
      venueTime,
      bidUnits,
      bidSizeUnits,
      askUnits,
      askSizeUnits,
      priceDecimals,
      sizeDecimals,
      sequence: id,
    });
    return true;
  }

  /** Spot only: futures send another order of keys, and few of them. */
  #scanTrade(stream: ScannedStream, context: DecodeContext, sink: VenueEventSink): boolean {
    if (!this.#take('","data":{"e":"trade","E":')) return false;
    const eventTime = this.#count();
    if (eventTime < 0 || !this.#take(stream.symbolKey) || !this.#take(',"t":')) return false;
    const idStart = this.#at;
    const id = this.#count();
    const idText = this.#text.slice(idStart, this.#at);
    if (id < 0 || !this.#take(',"p":"')) return false;
    const instrument = context.instrumentOf(stream.symbol);
    const { price: priceDecimals, size: sizeDecimals } = context.decimalsOf(instrument);
    const priceUnits = this.#units(priceDecimals);
    if (priceUnits <= 0 || !this.#take('","q":"')) return false;
    const sizeUnits = this.#units(sizeDecimals);
    if (sizeUnits < 0 || !this.#take('","T":')) return false;
    const time = this.#count();
    const tradeTime = time < 0 ? null : plausibleTime(time);
    if (tradeTime === null || !this.#take(',"m":')) return false;
    const isSell = this.#take('true');
    if (!isSell && !this.#take('false')) return false;
    if (!this.#takeLast(',"M":true}}') && !this.#takeLast('}}')) return false;
    sink({
      type: 'trade',
      instrument,
      venueSymbol: stream.symbol,
      topic: stream.topic,
      channel: stream.channel,
      venueTime: plausibleTime(eventTime),
      id: idText,
      firstSequence: id,
      lastSequence: id,
      side: isSell ? 'sell' : 'buy',
      priceUnits,
      priceDecimals,
      sizeUnits,
      sizeDecimals,
      tradeTime,
      aggregate: false,
    });
    return true;
  }

  #scanDepth(stream: ScannedStream, context: DecodeContext, sink: VenueEventSink): boolean {
    if (!this.#take('","data":{"e":"depthUpdate","E":')) return false;
    const eventTime = this.#count();
    if (eventTime < 0) return false;
    if (this.#take(',"T":') && this.#count() < 0) return false;
    if (!this.#take(stream.symbolKey) || !this.#take(',"U":')) return false;
    const first = this.#count();
    if (first < 0 || !this.#take(',"u":')) return false;
    const last = this.#count();
    if (last < first) return false;
    let previous: number | null = null;
    if (this.#take(',"pu":')) {
      previous = this.#count();
      if (previous < 0) return false;
    }
    if (!this.#take(',"b":[')) return false;
    const instrument = context.instrumentOf(stream.symbol);
    const { price: priceDecimals, size: sizeDecimals } = context.decimalsOf(instrument);
    const { bids, asks } = this.#levels;
    if (!this.#scanLevels(bids, priceDecimals, sizeDecimals) || !this.#take(',"a":[')) return false;
    if (!this.#scanLevels(asks, priceDecimals, sizeDecimals) || !this.#takeLast('}}')) return false;
    sink({
      type: 'book',
      instrument,
      venueSymbol: stream.symbol,
      topic: stream.topic,
      channel: stream.channel,
      venueTime: plausibleTime(eventTime),
      kind: 'delta',
      bids,
      asks,
      priceDecimals,
      sizeDecimals,
      sequence: { first, last, previous },
      checksum: null,
      rawLevels: null,
    });
    return true;
  }

  /** `["price","size"]`, any number of them, and the closing bracket of the list. */
  #scanLevels(side: LevelBuffer, priceDecimals: number, sizeDecimals: number): boolean {
    const text = this.#text;
    side.clear();
    if (text.charCodeAt(this.#at) === closingBracket) {
      this.#at += 1;
      return true;
    }
    for (;;) {
      const start = this.#at;
      if (text.charCodeAt(start) !== openingBracket || text.charCodeAt(start + 1) !== quote) {
        return false;
      }
      this.#at = start + 2;
      const price = this.#units(priceDecimals);
      const middle = this.#at;
      if (price <= 0 || text.charCodeAt(middle) !== quote) return false;
      if (text.charCodeAt(middle + 1) !== comma || text.charCodeAt(middle + 2) !== quote)
        return false;
      this.#at = middle + 3;
      const size = this.#units(sizeDecimals);
      const end = this.#at;
      if (size < 0 || text.charCodeAt(end) !== quote) return false;
      if (text.charCodeAt(end + 1) !== closingBracket) return false;
      side.push(price, size);
      const next = text.charCodeAt(end + 2);
      this.#at = end + 3;
      if (next === closingBracket) return true;
      if (next !== comma) return false;
    }
  }

  #take(literal: string): boolean {
    if (!this.#text.startsWith(literal, this.#at)) return false;
    this.#at += literal.length;
    return true;
  }

  #takeLast(literal: string): boolean {
    return this.#at + literal.length === this.#text.length && this.#take(literal);
  }

  /** A whole number as JSON writes it; -1 where there is none, or it is not safe. */
  #count(): number {
    const text = this.#text;
    const start = this.#at;
    let at = start;
    let value = 0;
    for (;;) {
      const digit = text.charCodeAt(at) - zero;
      // Beyond the end the code is NaN, which is in no range.
      if (!(digit >= 0 && digit <= 9)) break;
      value = value * 10 + digit;
      at += 1;
    }
    this.#at = at;
    if (at === start || value > Number.MAX_SAFE_INTEGER) return -1;
    return at > start + 1 && text.charCodeAt(start) === zero ? -1 : value;
  }

  /** As `parseUnits`, from the text in place; -1 for all that it would refuse or that needs more decimals. */
  #units(decimals: number): number {
    const text = this.#text;
    const start = this.#at;
    let at = start;
    let units = 0;
    let digit = text.charCodeAt(at) - zero;
    while (digit >= 0 && digit <= 9) {
      units = units * 10 + digit;
      at += 1;
      digit = text.charCodeAt(at) - zero;
    }
    if (at === start) return -1;
    let missing = decimals;
    if (digit === point) {
      at += 1;
      const fraction = at;
      digit = text.charCodeAt(at) - zero;
      while (digit >= 0 && digit <= 9) {
        if (missing > 0) {
          units = units * 10 + digit;
          missing -= 1;
        } else if (digit !== 0) return -1;
        at += 1;
        digit = text.charCodeAt(at) - zero;
      }
      if (at === fraction) return -1;
    }
    if (missing > 0) {
      if (missing > maxDecimals) return -1;
      units *= powerOfTen(missing);
    }
    this.#at = at;
    return units > Number.MAX_SAFE_INTEGER ? -1 : units;
  }
}

interface ScannedStream {
  readonly kind: 'trade' | 'bookTicker' | 'depth';
  readonly topic: string;
  readonly channel: string;
  readonly symbol: string;
  /** `,"s":"BTCUSDT"`. */
  readonly symbolKey: string;
}

const opening = '{"stream":"';
const streamName = /^([a-z0-9_]{2,40})@(trade|bookTicker|depth(?:@\d{1,4}ms)?)$/;
const maxStreams = 4_096;

const zero = 48;
const quote = 34;
const comma = 44;
const openingBracket = 91;
const closingBracket = 93;
/** The point, counted from the zero. */
const point = 46 - zero;
