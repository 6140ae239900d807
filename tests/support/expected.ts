import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';

/**
 * `EXPECTED.json` of the recorded frames in the names that `truetape inspect` prints. The file was computed by two
 * independent programs, neither of them ours.
 */

const level = v.tuple([v.string(), v.string()]);
const pictureSchema = v.object({
  bid: v.nullable(level),
  ask: v.nullable(level),
  bid_levels: v.number(),
  ask_levels: v.number(),
  book_sha256: v.string(),
});
const bookSchema = v.object({
  symbol: v.optional(v.string()),
  topic: v.optional(v.string()),
  applicable: v.boolean(),
  applied: v.optional(v.number()),
  frames: v.optional(v.number()),
  crossed_states: v.optional(v.number()),
  snapshot_file: v.optional(v.string()),
  snapshot_arrived_before_line: v.optional(v.number()),
  checkpoints: v.optional(
    v.record(v.string(), v.object({ after_line: v.number(), ...pictureSchema.entries })),
  ),
  final: v.optional(pictureSchema),
});
const barSchema = v.object({
  open_ms: v.number(),
  o: v.string(),
  h: v.string(),
  l: v.string(),
  c: v.string(),
  base: v.string(),
  quote: v.string(),
  trades: v.number(),
});
const tradesSchema = v.object({
  symbol: v.string(),
  count: v.optional(v.number()),
  trades: v.optional(v.number()),
  first_id: v.optional(v.number()),
  last_id: v.optional(v.number()),
  sum_qty: v.optional(v.string()),
  sum_v: v.optional(v.string()),
  sum_sz: v.optional(v.string()),
  sum_notional: v.optional(v.string()),
  sum_pv: v.optional(v.string()),
  sum_px_sz: v.optional(v.string()),
  vwap_8dp: v.optional(v.string()),
  bars_1m_by_trade_time: v.optional(v.array(barSchema)),
});
const tickerSchema = v.object({
  topic: v.string(),
  merged_final: v.record(v.string(), v.string()),
});
const fileSchema = v.object({
  frames: v.number(),
  streams: v.optional(v.record(v.string(), v.number())),
  messages: v.optional(v.record(v.string(), v.number())),
  books: v.optional(v.array(bookSchema)),
  trades: v.optional(v.array(tradesSchema)),
  tickers: v.optional(v.array(tickerSchema)),
});
const rootSchema = v.object({ files: v.record(v.string(), v.unknown()) });

export interface ExpectedPicture {
  readonly bid: readonly [string, string] | null;
  readonly ask: readonly [string, string] | null;
  readonly bidLevels: number;
  readonly askLevels: number;
  readonly sha256: string;
}

export interface ExpectedBook {
  /** Messages in the book; null where none can be applied. */
  readonly applied: number | null;
  readonly final: ExpectedPicture | null;
  readonly checkpoints: readonly (ExpectedPicture & { readonly afterLine: number })[];
  readonly snapshot: { readonly file: string; readonly atLine: number } | null;
}

export interface ExpectedTrades {
  readonly count: number;
  readonly firstId: string | null;
  readonly lastId: string | null;
  readonly sumSize: string;
  readonly sumNotional: string;
  readonly vwap: string | null;
  readonly candles1m: readonly ExpectedCandle[] | null;
}

export interface ExpectedCandle {
  readonly openTime: number;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly volume: string;
  readonly quoteVolume: string;
  readonly trades: number;
}

export interface ExpectedFile {
  readonly frames: number;
  readonly control: number;
  /** Messages of each symbol, or of the whole file under '' where the source counted them so. */
  readonly messages: ReadonlyMap<string, Readonly<Record<string, number>>>;
  readonly books: ReadonlyMap<string, ExpectedBook>;
  readonly trades: ReadonlyMap<string, ExpectedTrades>;
  /** Bybit's merged tickers, in the venue's own names. */
  readonly tickers: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

export function loadExpected(folder: string, file: string): ExpectedFile {
  const root = v.parse(rootSchema, JSON.parse(readFileSync(join(folder, 'EXPECTED.json'), 'utf8')));
  const entry = v.parse(fileSchema, root.files[file]);
  const { messages, control } = messagesOf(entry);
  return {
    frames: entry.frames,
    control,
    messages,
    books: new Map((entry.books ?? []).map((book) => [symbolOf(book), bookOf(book)])),
    trades: new Map((entry.trades ?? []).map((trades) => [trades.symbol, tradesOf(trades)])),
    tickers: new Map(
      (entry.tickers ?? []).map((ticker) => [afterLastDot(ticker.topic), ticker.merged_final]),
    ),
  };
}

type FileEntry = v.InferOutput<typeof fileSchema>;

/** `btcusdt@trade`, `publicTrade.BTCUSDT:snapshot`, `books:update` (all instruments), `op:subscribe`, `event:error`. */
function messagesOf(entry: FileEntry): {
  messages: Map<string, Record<string, number>>;
  control: number;
} {
  const messages = new Map<string, Record<string, number>>();
  let control = 0;
  const add = (symbol: string, channel: string, count: number) => {
    messages.set(symbol, { ...messages.get(symbol), [channel]: count });
  };
  for (const [stream, count] of Object.entries(entry.streams ?? {})) {
    const at = stream.indexOf('@');
    add(stream.slice(0, at).toUpperCase(), stream.slice(at + 1), count);
  }
  for (const [name, count] of Object.entries(entry.messages ?? {})) {
    const [topic = '', kind = ''] = name.split(':');
    if (topic === 'op' || topic === 'event') control += count;
    else if (topic.includes('.')) {
      const channel = topic.slice(0, topic.lastIndexOf('.'));
      add(afterLastDot(topic), `${channel}:${kind}`, count);
    } else add('', name, count);
  }
  return { messages, control };
}

function symbolOf(book: v.InferOutput<typeof bookSchema>): string {
  return book.symbol ?? afterLastDot(book.topic ?? '');
}

function afterLastDot(topic: string): string {
  return topic.slice(topic.lastIndexOf('.') + 1);
}

function bookOf(book: v.InferOutput<typeof bookSchema>): ExpectedBook {
  const { snapshot_file: file, snapshot_arrived_before_line: atLine } = book;
  return {
    applied: book.applicable ? (book.applied ?? book.frames ?? null) : null,
    final: book.final === undefined ? null : pictureOf(book.final),
    checkpoints: Object.values(book.checkpoints ?? {}).map((point) => ({
      // Counted from 0 there, from 1 by the product.
      afterLine: point.after_line + 1,
      ...pictureOf(point),
    })),
    snapshot: file === undefined || atLine === undefined ? null : { file, atLine: atLine + 1 },
  };
}

function pictureOf(picture: v.InferOutput<typeof pictureSchema>): ExpectedPicture {
  return {
    bid: picture.bid,
    ask: picture.ask,
    bidLevels: picture.bid_levels,
    askLevels: picture.ask_levels,
    sha256: picture.book_sha256,
  };
}

function tradesOf(trades: v.InferOutput<typeof tradesSchema>): ExpectedTrades {
  const idOf = (id: number | undefined) => (id === undefined ? null : String(id));
  return {
    count: trades.count ?? trades.trades ?? 0,
    firstId: idOf(trades.first_id),
    lastId: idOf(trades.last_id),
    sumSize: trades.sum_qty ?? trades.sum_v ?? trades.sum_sz ?? '',
    sumNotional: trades.sum_notional ?? trades.sum_pv ?? trades.sum_px_sz ?? '',
    vwap: trades.vwap_8dp ?? null,
    candles1m:
      trades.bars_1m_by_trade_time?.map((bar) => ({
        openTime: bar.open_ms,
        open: bar.o,
        high: bar.h,
        low: bar.l,
        close: bar.c,
        volume: bar.base,
        quoteVolume: bar.quote,
        trades: bar.trades,
      })) ?? null,
  };
}
