import type { ChannelId, ChannelKind, ChannelWords } from '../../../shared/gateway/channelIds.ts';
import { channelId, isChannelKind, readChannelWords } from '../../../shared/gateway/channelIds.ts';
import type { GatewayError } from '../../../shared/gateway/errors.ts';
import type { RejectedChannel } from '../../../shared/gateway/wire.ts';
import type { MarketId } from '../../../shared/market.ts';
import type { ResolvedSymbol } from './clientContract.ts';
import type { HubLimits } from './hubLimits.ts';

export interface ChannelReading {
  /** Canonical, each once, in the order in which they were asked for. */
  readonly accepted: readonly ChannelId[];
  readonly rejected: readonly RejectedChannel[];
}

export interface ChannelBook {
  readonly limits: HubLimits;
  resolve(symbol: string): ResolvedSymbol;
  markets(): readonly MarketId[];
  /** There is room for one more channel that nobody has yet. */
  hasRoomFor(channel: ChannelId, more: number): boolean;
}

/** What a client asks for against what there is, and what it may have. `held`: its channels so far. */
export function readChannels(
  asked: readonly string[],
  fields: readonly string[] | undefined,
  held: ReadonlySet<ChannelId>,
  book: ChannelBook,
): ChannelReading {
  const { maxChannels, maxSymbols } = book.limits;
  const texts = [...new Set(asked)];
  // Before any is looked for: a name that is none is compared with all that there are.
  if (symbolsIn(texts) > maxSymbols) {
    return { accepted: [], rejected: texts.map((text) => tooManySymbols(text, maxSymbols)) };
  }
  const read = texts.map((text) => ({ text, ...readOne(text, book) }));
  const kinds = new Set(read.flatMap(({ ids }) => ids.map(kindOf)));
  const unknown = (fields ?? []).find((field) => !isField(field, kinds));
  if (unknown !== undefined && kinds.size > 0) {
    return { accepted: [], rejected: texts.map((text) => unknownField(text, unknown)) };
  }
  const markets = new Set([...held].flatMap((id) => marketOf(id)));
  const accepted = new Set<ChannelId>();
  const rejected: RejectedChannel[] = [];
  for (const { text, ids, error } of read) {
    if (error !== null) rejected.push({ channel: text, ...error });
    for (const id of ids) {
      const [market] = marketOf(id);
      if (market !== undefined && !markets.has(market) && markets.size >= maxSymbols) {
        if (!isWild(text)) rejected.push(tooManySymbols(text, maxSymbols));
        continue;
      }
      if (!held.has(id) && !accepted.has(id) && held.size + accepted.size >= maxChannels) {
        rejected.push(tooManyChannels(text, maxChannels));
        break;
      }
      if (!book.hasRoomFor(id, accepted.size)) {
        rejected.push({ channel: text, ...noRoom });
        break;
      }
      if (market !== undefined) markets.add(market);
      accepted.add(id);
    }
  }
  return { accepted: [...accepted], rejected };
}

/** How many different ones are named; `*` is as many as a client may have, and no more. */
function symbolsIn(texts: readonly string[]): number {
  const symbols = new Set(texts.flatMap((text) => readChannelWords(text)?.symbol ?? []));
  symbols.delete('');
  symbols.delete('*');
  return symbols.size;
}

interface ReadText {
  readonly ids: readonly ChannelId[];
  readonly error: GatewayError | null;
}

function readOne(text: string, book: ChannelBook): ReadText {
  const words = readChannelWords(text);
  if (words === null) return { ids: [], error: notAChannel(text) };
  if (words.symbol === '') return { ids: [channelId({ ...words, market: '' })], error: null };
  if (words.symbol === '*') {
    const markets = book.markets().slice(0, book.limits.maxSymbols);
    if (markets.length === 0) return { ids: [], error: noMarkets };
    const isCut = markets.length < book.markets().length;
    const error = isCut ? moreMarkets(markets.length, book.markets().length) : null;
    return { ids: markets.map((market) => idOf(words, market)), error };
  }
  const resolved = book.resolve(words.symbol);
  if (!resolved.ok) return { ids: [], error: resolved.error };
  return { ids: [idOf(words, resolved.market)], error: null };
}

function idOf(words: ChannelWords, market: MarketId): ChannelId {
  return channelId({ ...words, market });
}

/** `price.*`: every market, as many as a client may have. */
function isWild(text: string): boolean {
  return readChannelWords(text)?.symbol === '*';
}

function kindOf(id: ChannelId): ChannelKind {
  const [kind = ''] = id.split('.', 1);
  if (!isChannelKind(kind)) throw new Error(`no kind in ${kind}`);
  return kind;
}

function marketOf(id: ChannelId): readonly MarketId[] {
  const symbol = readChannelWords(id)?.symbol ?? '';
  return symbol === '' ? [] : [symbol];
}

const always = 'type channel symbol epoch seq source time status receivedTime ageMs note';
const keysByKind: Readonly<Record<ChannelKind, string>> = {
  price: 'price priceStatus equalWeights venueSpreadBps contributors',
  ticker: 'ticker venues',
  orderbook: 'venue bids asks parts crossed',
  trades: 'trade',
  candles: 'venue interval candle',
  gaps: 'gap',
  health:
    'venuesLive venuesTotal symbolsLive symbolsTotal messagesPerSec gapsTotal gapsRepaired resyncsTotal reconnectsTotal decodeErrorsTotal venues',
};

function isField(field: string, kinds: ReadonlySet<ChannelKind>): boolean {
  const [key = ''] = field.split('.', 1);
  return (
    always.split(' ').includes(key) ||
    [...kinds].some((kind) => keysByKind[kind].split(' ').includes(key))
  );
}

const noMarkets: GatewayError = {
  code: 'NO_FEED',
  message: 'The venues have not told their markets yet. Try again in a moment.',
  retryAfterMs: 1_000,
};

function notAChannel(text: string): GatewayError {
  const shown = /^[\p{L}\p{N}@*._/-]{1,80}$/u.test(text) ? `"${text}"` : 'This';
  return {
    code: 'INVALID_CHANNEL',
    message: `${shown} is no channel. There are price, ticker, orderbook, trades and candles of a market (trades.BTC-USDT, orderbook.BTC-USDT@okx, candles.BTC-USDT.1m), and gaps and health.`,
  };
}

function tooManySymbols(channel: string, limit: number): RejectedChannel {
  const message = `At most ${limit} symbols for one client. Ask for fewer, or unsubscribe from others first.`;
  return { channel, code: 'TOO_MANY_SYMBOLS', message };
}

function moreMarkets(taken: number, all: number): GatewayError {
  const message = `There are ${all} markets: these are ${taken} of them. Name others by themselves, or on another connection.`;
  return { code: 'TOO_MANY_SYMBOLS', message };
}

function tooManyChannels(channel: string, limit: number): RejectedChannel {
  const message = `At most ${limit} channels for one client. Unsubscribe from others first.`;
  return { channel, code: 'INVALID_REQUEST', message };
}

export const noRoom: GatewayError = {
  code: 'OVERLOADED',
  message:
    'This gateway carries as many different channels as it can. Ask for one that others have, or try again later.',
  retryAfterMs: 10_000,
};

function unknownField(channel: string, field: string): RejectedChannel {
  const message = `No record of these channels has the field "${field}".`;
  return { channel, code: 'INVALID_REQUEST', message };
}
