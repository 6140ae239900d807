import { bridgeSchemaVersion } from '../../../shared/bridge.ts';
import type { ByteWriter } from '../../../shared/bytes.ts';
import { ByteReader, DamagedBytesError } from '../../../shared/bytes.ts';
import { putOneOf, takeOneOf } from '../../../shared/codecs/common.ts';
import type { Channel, ChannelId } from '../../../shared/gateway/channelIds.ts';
import { parseChannelId } from '../../../shared/gateway/channelIds.ts';
import { parseInstrumentId } from '../../../shared/market.ts';
import type { WireStatus } from '../../../shared/gateway/wire.ts';
import { topics } from '../../../shared/topics.ts';
import type { DataSource } from '../../../shared/values.ts';
import { assertNever } from '../../../shared/assert.ts';
import type { ChannelValue, Publication } from '../hub/marketFeed.ts';

/**
 * Publications of one market under one lease. Values are written by the codecs of the bridge: exact, small, and every read of
 * them is checked, so that what stands in Redis can be anybody's.
 */
export interface PublicationBlob {
  readonly fence: number;
  readonly publications: readonly Publication[];
  /** Channels whose events end behind these: nobody wants them. */
  readonly ended: readonly ChannelId[];
}

/** The order is the wire. */
const wireStatuses: readonly WireStatus[] = [
  'live',
  'quiet',
  'degraded',
  'single',
  'disputed',
  'resyncing',
  'stale',
  'none',
];

const stateFlag = 1;
const sameFlag = 2;
const pastFlag = 4;
const doubtedFlag = 8;
const maxEpochLength = 64;

export function encodePublications(
  writer: ByteWriter,
  fence: number,
  publications: readonly Publication[],
  ended: readonly ChannelId[] = [],
): Uint8Array {
  writer.truncate(0);
  writer.varuint(bridgeSchemaVersion);
  writer.varuint(fence);
  writer.varuint(publications.length);
  let before: Publication | null = null;
  for (const publication of publications) {
    const isSame =
      before !== null &&
      before.channel === publication.channel &&
      before.epoch === publication.epoch &&
      before.source === publication.source;
    writer.u8(
      (publication.type === 'state' ? stateFlag : 0) |
        (isSame ? sameFlag : 0) |
        (publication.isPast === true ? pastFlag : 0) |
        (publication.isDoubted === true ? doubtedFlag : 0),
    );
    if (!isSame) {
      writer.string(publication.channel);
      writer.string(publication.epoch);
      writer.string(publication.source);
    }
    writer.varuint(publication.seq);
    writer.f64(publication.time);
    const lengthAt = writer.length;
    writer.u32(0);
    encodeValue(writer, publication.value);
    writer.patchU32(lengthAt, writer.length - lengthAt - 4);
    before = publication;
  }
  writer.varuint(ended.length);
  for (const channel of ended) writer.string(channel);
  return writer.copy();
}

/** Throws `DamagedBytesError` for whatever this program did not write. */
export function decodePublications(bytes: Uint8Array): PublicationBlob {
  const reader = new ByteReader(bytes);
  if (reader.varuint() !== bridgeSchemaVersion) throw new DamagedBytesError('another schema');
  const fence = reader.varuint();
  const count = reader.count(14);
  const publications: Publication[] = [];
  let head: { channel: Channel; id: ChannelId; epoch: string; source: DataSource } | null = null;
  for (let left = count; left > 0; left--) {
    const flags = reader.u8();
    if (flags > (stateFlag | sameFlag | pastFlag | doubtedFlag))
      throw new DamagedBytesError('flags of a publication');
    if ((flags & sameFlag) === 0) head = takeHead(reader);
    if (head === null) throw new DamagedBytesError('nothing to be the same as');
    const seq = reader.varuint();
    const time = takeTime(reader);
    const outerEnd = reader.enter(reader.u32());
    const value = decodeValue(reader, head.channel);
    reader.leave(outerEnd);
    const type = (flags & stateFlag) === 0 ? 'event' : 'state';
    const { id: channel, epoch, source } = head;
    const past = (flags & pastFlag) === 0 ? {} : ({ isPast: true } as const);
    const doubt = (flags & doubtedFlag) === 0 ? {} : ({ isDoubted: true } as const);
    publications.push({ channel, type, epoch, seq, source, time, value, ...past, ...doubt });
  }
  const ended: ChannelId[] = [];
  for (let left = reader.count(); left > 0; left--) ended.push(takeChannel(reader).id);
  if (reader.remaining > 0) throw new DamagedBytesError('more than was said');
  return { fence, publications, ended };
}

function takeHead(reader: ByteReader): {
  channel: Channel;
  id: ChannelId;
  epoch: string;
  source: DataSource;
} {
  const { id, channel } = takeChannel(reader);
  const epoch = reader.string();
  if (epoch.length > maxEpochLength) throw new DamagedBytesError('not an epoch');
  return { channel, id, epoch, source: parseSource(reader.string()) };
}

function takeChannel(reader: ByteReader): { readonly id: ChannelId; readonly channel: Channel } {
  const id = reader.string();
  const channel = id.length > 80 ? null : parseChannelId(id);
  if (channel === null) throw new DamagedBytesError('not a channel');
  return { id, channel };
}

function takeTime(reader: ByteReader): number {
  const time = reader.f64();
  if (!Number.isFinite(time)) throw new DamagedBytesError('not a time');
  return time;
}

function parseSource(text: string): DataSource {
  if (text === 'live' || text === 'simulated') return text;
  if (text.startsWith('replay:') && text.length <= 200) return `replay:${text.slice(7)}`;
  throw new DamagedBytesError('unknown source');
}

function encodeValue(writer: ByteWriter, value: ChannelValue): void {
  switch (value.kind) {
    case 'price':
      return topics.price.encode(writer, value.price);
    case 'ticker':
      writer.varuint(value.tickers.length);
      for (const ticker of value.tickers) topics.ticker.encode(writer, ticker);
      return undefined;
    case 'orderbook':
      return topics.book.encode(writer, value.book);
    case 'trades':
      return topics.trades.encode(writer, value.trade);
    case 'candles':
      putOneOf(writer, wireStatuses, value.status);
      return topics.candle.encode(writer, value.update);
    case 'gaps':
      return topics.gaps.encode(writer, value.gap);
    case 'health':
      topics.health.encode(writer, value.health);
      return topics.status.encode(writer, value.status);
    default:
      return assertNever(value);
  }
}

function decodeValue(reader: ByteReader, { kind, market, venue, interval }: Channel): ChannelValue {
  const belongs = (isTrue: boolean): void => {
    if (!isTrue) throw new DamagedBytesError('value of another channel');
  };
  switch (kind) {
    case 'price': {
      const price = topics.price.decode(reader);
      belongs(price.market === market);
      return { kind, price };
    }
    case 'ticker': {
      const tickers = [];
      for (let left = reader.count(); left > 0; left--) {
        const ticker = topics.ticker.decode(reader);
        belongs(parseInstrumentId(ticker.instrument)?.market === market);
        tickers.push(ticker);
      }
      return { kind, market, tickers };
    }
    case 'orderbook': {
      const book = topics.book.decode(reader);
      belongs(book.market === market && book.venue === venue);
      return { kind, book };
    }
    case 'trades': {
      const trade = topics.trades.decode(reader);
      if (trade.type !== 'trade') throw new DamagedBytesError('not a trade');
      belongs(parseInstrumentId(trade.instrument)?.market === market);
      return { kind, market, trade };
    }
    case 'candles': {
      const status = takeOneOf(reader, wireStatuses);
      const update = topics.candle.decode(reader);
      belongs(update.market === market && update.venue === venue && update.interval === interval);
      return { kind, update, status };
    }
    case 'gaps':
      return { kind, gap: topics.gaps.decode(reader) };
    case 'health': {
      const health = topics.health.decode(reader);
      return { kind, health, status: topics.status.decode(reader) };
    }
    default:
      return assertNever(kind);
  }
}
