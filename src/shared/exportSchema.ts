import type { ExportTable } from './exports.ts';

/** Of the tables below: raised when a column is renamed, removed or means something else. A new column does not raise it. */
export const exportSchemaVersion = 1;

/**
 * `time`: UTC with microseconds. `decimal`: exact, as the venue sent it. `number`: the nearest double, for what was computed.
 * How each format writes them stands in docs/export-format.md.
 */
export type ExportColumnType = 'text' | 'time' | 'integer' | 'decimal' | 'number' | 'flag';

export interface ExportColumn {
  readonly name: string;
  readonly type: ExportColumnType;
  /** Null: none, a name or a word. */
  readonly unit: string | null;
  readonly description: string;
}

export interface ExportTableSchema {
  readonly description: string;
  readonly columns: readonly ExportColumn[];
}

/** In every row of a CSV file, behind the columns of its table; the other formats say it once. */
export const originColumns: readonly ExportColumn[] = [
  column('schema_version', 'integer', 'version of this table of columns'),
  column('source', 'text', 'where the data came from: live, simulated or imported'),
  column('session', 'text', 'id of the recorded session'),
  column('app_version', 'text', 'Truetape that wrote the file'),
];

const market = column(
  'market',
  'text',
  'BASE-QUOTE for spot, BASE-QUOTE-PERP for linear perpetuals',
);
const venue = column('venue', 'text', 'binance, bybit or okx');
const sizeUnit = column('size_unit', 'text', 'what sizes count: base or contracts');

/** What is missing: the columns of rows whose `row` is `gap`, null in all others. */
const gapColumns: readonly ExportColumn[] = [
  column('gap_to', 'time', 'end of the gap on our clock; null: still open at the end'),
  column(
    'gap_cause',
    'text',
    'disconnect, sequence, stale, overflow, decode, clock, or recording: it was not written down',
  ),
  column(
    'gap_missing',
    'integer',
    'messages that are known to be missing; null: not known',
    'messages',
  ),
  column('gap_repaired_by', 'text', 'rest or snapshot; null: not repaired'),
  column('gap_first_id', 'text', "venue's id of the first missing one"),
  column('gap_last_id', 'text', "venue's id of the last missing one"),
];

/** Columns of each table, in the order of its files. */
export const exportSchema: Readonly<Record<ExportTable, ExportTableSchema>> = {
  metrics: {
    description:
      'One row per connection and one per stream: the figures of the session from its start to the end of the range. One of the recording where it does not hold all of it.',
    columns: [
      column('scope', 'text', 'connection, stream or recording'),
      column('connection', 'text', 'logical connection, stable over reconnects: okx#1'),
      venue,
      column('market', 'text', 'of a stream; null for a connection'),
      column('channel', 'text', 'of a stream: trade, book, bbo, ticker or candle'),
      column('interval', 'text', 'of a stream of candles'),
      column('status', 'text', 'at the end of the range'),
      column('start_time', 'time', 'when the engine began to listen'),
      column('time', 'time', 'up to when the figures count'),
      column('opened_time', 'time', 'since when the present socket is open'),
      column('uptime', 'number', 'with an open socket; of a stream: live or proven quiet', 'ms'),
      column(
        'uptime_share',
        'number',
        'uptime over the time that a socket was wanted; of a stream: over the whole time; 0 to 1',
      ),
      column('messages_received', 'integer', 'messages of the venue', 'messages'),
      column('messages_sent', 'integer', 'messages of ours', 'messages'),
      column('bytes_received', 'integer', 'payload of the messages', 'bytes'),
      column('messages_per_sec', 'number', 'over the last seconds', 'messages/s'),
      column('bytes_per_sec', 'number', 'over the last seconds', 'bytes/s'),
      column('subscriptions', 'integer', 'streams on the connection'),
      column(
        'queued_messages',
        'integer',
        "waiting for room in the venue's budget; null: nothing is sent in a replay",
      ),
      column('reconnects', 'integer', 'sockets after the first'),
      column('errors', 'integer', 'reported on the connection'),
      column('round_trip_count', 'integer', 'round trips measured'),
      column('round_trip_p50', 'number', 'median', 'ms'),
      column('round_trip_p99', 'number', '99th percentile', 'ms'),
      column('round_trip_max', 'number', 'longest', 'ms'),
      column('round_trip_mean', 'number', 'over the last 100', 'ms'),
      column('clock_offset', 'number', "venue's clock minus ours", 'ms'),
      column('lag_count', 'integer', 'messages with a time of the venue'),
      column(
        'lag_p50',
        'number',
        'receive time minus venue time, corrected by the offset: median',
        'ms',
      ),
      column('lag_p99', 'number', '99th percentile', 'ms'),
      column('lag_max', 'number', 'longest', 'ms'),
      column('gaps_disconnect', 'integer', 'gaps because a socket was lost'),
      column('gaps_sequence', 'integer', 'gaps because numbers were missing'),
      column('gaps_stale', 'integer', 'gaps because nothing came'),
      column('gaps_overflow', 'integer', 'gaps because we held too much'),
      column('gaps_decode', 'integer', 'gaps because messages could not be read'),
      column('gaps_clock', 'integer', 'gaps because a clock jumped or the machine slept'),
      column(
        'gap_time',
        'number',
        'in gaps that were not repaired; of the recording: in time that it does not hold',
        'ms',
      ),
      column('gaps_repaired', 'integer', 'gaps that were filled or proven empty'),
      column('resyncs', 'integer', 'order books taken anew'),
      column('decode_errors', 'integer', 'messages that could not be read'),
      column(
        'lost_inputs',
        'integer',
        'of the recording: what it does not hold; null: nobody knows how many',
      ),
    ],
  },
  trades: {
    description:
      'Every trade of the range in the order in which it was received, late and repaired ones too; then each gap once, as it ended.',
    columns: [
      column('row', 'text', 'trade or gap'),
      column('received_time', 'time', 'our clock when it came; of a gap: its beginning'),
      column('venue_time', 'time', "the venue's time of the trade"),
      market,
      venue,
      column('ordinal', 'integer', 'counts the trades of the session over all markets, from 0'),
      column('trade_id', 'text', "the venue's id"),
      column('side', 'text', 'buy or sell: the side of the taker'),
      column('price', 'decimal', 'price', 'quote'),
      column('size', 'decimal', 'size', 'size_unit'),
      sizeUnit,
      column('late', 'flag', 'it fills a gap: it happened before trades that came earlier'),
      column(
        'outlier',
        'flag',
        "more than 10 % away from its venue's quote and the consolidated price",
      ),
      ...gapColumns,
    ],
  },
  quotes: {
    description:
      "Every change of a venue's best bid and ask, or of its validity, in the order received; then each gap once, as it ended.",
    columns: [
      column('row', 'text', 'quote or gap'),
      column('time', 'time', 'our clock since when the row holds; of a gap: its beginning'),
      column('received_time', 'time', 'our clock when the prices came'),
      column('venue_time', 'time', "the venue's time of the prices; null where it sends none"),
      market,
      venue,
      column('status', 'text', 'of the stream: only live and quiet are valid'),
      column('bid', 'decimal', 'best bid; null: no bids', 'quote'),
      column('bid_size', 'decimal', 'size at the best bid', 'size_unit'),
      column('ask', 'decimal', 'best ask; null: no asks', 'quote'),
      column('ask_size', 'decimal', 'size at the best ask', 'size_unit'),
      sizeUnit,
      ...gapColumns,
    ],
  },
  candles: {
    description:
      "One row per venue, market and interval in which trades were recorded, built from exactly these trades by the venue's time.",
    columns: [
      column('open_time', 'time', "begin of the interval, on the venue's clock"),
      column('close_time', 'time', 'its end'),
      column('interval', 'text', '1s, 1m, 5m, 15m, 1h, 4h or 1d'),
      market,
      venue,
      column(
        'status',
        'text',
        'whole; partial: recorded only in part; gap: trades may be missing; supplement: trades that came hours late, beside the row of the same time',
      ),
      column('open', 'decimal', 'first price', 'quote'),
      column('high', 'decimal', 'highest price', 'quote'),
      column('low', 'decimal', 'lowest price', 'quote'),
      column('close', 'decimal', 'last price', 'quote'),
      column('volume', 'decimal', 'exact sum of sizes', 'size_unit'),
      sizeUnit,
      column(
        'quote_volume',
        'decimal',
        'exact sum of price times size; null where sizes are contracts',
        'quote',
      ),
      column('trades', 'integer', 'trades'),
      column('late_trades', 'integer', 'of them late ones'),
      column('outlier', 'flag', 'an outlier print lies in it'),
      column('first_received_time', 'time', 'our clock at its first trade received'),
      column('last_received_time', 'time', 'our clock at its last trade received'),
    ],
  },
  book: {
    description:
      'Order books at even times: one row per level, and one row without a level for a book that was not valid then.',
    columns: [
      column('time', 'time', 'our clock at the snapshot'),
      column('received_time', 'time', 'our clock at the last update of the book'),
      market,
      venue,
      column('status', 'text', 'of the book: live, empty, buffering, gap or resyncing'),
      column('stream_status', 'text', 'of its stream'),
      column('valid', 'flag', 'whole and current: only then are there levels'),
      column('sequence', 'integer', "the venue's id of the last update"),
      column('side', 'text', 'bid or ask'),
      column('level', 'integer', '1 is the best'),
      column('price', 'decimal', 'price', 'quote'),
      column('size', 'decimal', 'size', 'size_unit'),
      sizeUnit,
      column('note', 'text', 'why it is not valid'),
    ],
  },
  price: {
    description:
      'The consolidated price at even times, and what it rests on: one row of it and one per venue that lists the market.',
    columns: [
      column('row', 'text', 'consolidated or contributor'),
      column('time', 'time', 'our clock'),
      column('received_time', 'time', 'our clock when the newest data that it rests on came'),
      market,
      column('venue', 'text', 'of a contributor'),
      column(
        'status',
        'text',
        'consolidated: live, degraded, single, disputed, stale or none; contributor: of its stream',
      ),
      column(
        'price',
        'number',
        "consolidated price; a venue's last trade clamped into its quote",
        'quote',
      ),
      column('bid', 'number', "the venue's best bid", 'quote'),
      column('ask', 'number', "the venue's best ask", 'quote'),
      column('last_trade', 'number', "the venue's last trade", 'quote'),
      column('weight', 'number', 'share of the consolidated price, 0 to 1; 0 when excluded'),
      column('exclusion', 'text', 'why it does not count; null: it counts'),
      column('equal_weights', 'flag', 'turnover of a fresh venue was unknown, all weigh the same'),
      column(
        'venue_spread',
        'number',
        'highest minus lowest venue price over the middle',
        'basis points',
      ),
    ],
  },
  signals: {
    description:
      'Signals as they were raised. No signal exists yet: the table has columns and no rows.',
    columns: [
      column('time', 'time', 'our clock when it was raised'),
      column('venue_time', 'time', "the venue's time of what raised it"),
      column('signal', 'text', 'name of the signal'),
      market,
      column('venue', 'text', 'null: of the consolidated market'),
      column('direction', 'text', 'up or down'),
      column('value', 'number', 'in the unit of the signal'),
      column('price', 'number', 'consolidated price then', 'quote'),
      column('text', 'text', 'for a person'),
    ],
  },
  marks: {
    description:
      'Places in the session worth going back to: made by the engine, or by a person with a note.',
    columns: [
      column('time', 'time', 'our clock'),
      column('to_time', 'time', 'end; null: a moment, or still going on'),
      column('kind', 'text', 'user, gap, resync, disconnect, largeMove or signal'),
      column('market', 'text', 'null: none in particular'),
      column('venue', 'text', 'null: none in particular'),
      column('text', 'text', 'cause in one line, or the note'),
      column('id', 'text', 'unique in the session'),
    ],
  },
};

function column(
  name: string,
  type: ExportColumnType,
  description: string,
  unit: string | null = null,
): ExportColumn {
  return { name, type, unit, description };
}
