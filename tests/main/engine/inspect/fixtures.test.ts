import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { inspectRecordings } from '../../../../src/main/engine/inspect/inspectRecordings.ts';
import type {
  InspectReport,
  InspectedInstrument,
} from '../../../../src/main/engine/inspect/inspectReport.ts';
import type { VenueId } from '../../../../src/shared/venues.ts';
import type { ExpectedFile } from '../../../support/expected.ts';
import { loadExpected } from '../../../support/expected.ts';

const everything = process.env['TRUETAPE_FIXTURES'];
const own = fileURLToPath(new URL('../../../fixtures', import.meta.url));

interface Recording {
  readonly file: string;
  readonly venue: VenueId;
  readonly marketKind: 'spot' | 'linear';
}

const recordings: readonly Recording[] = [
  { file: 'binance-spot/btcusdt-20240808.ndjson.gz', venue: 'binance', marketKind: 'spot' },
  { file: 'binance-spot/multi-20211012.ndjson.gz', venue: 'binance', marketKind: 'spot' },
  { file: 'binance-usdm/btcusdt-20230405.ndjson.gz', venue: 'binance', marketKind: 'linear' },
  { file: 'binance-usdm/btcusdt-20240808.ndjson.gz', venue: 'binance', marketKind: 'linear' },
  { file: 'binance-usdm/multi-20210722.ndjson.gz', venue: 'binance', marketKind: 'linear' },
  { file: 'bybit-linear/orderbook1-20250613.ndjson.gz', venue: 'bybit', marketKind: 'linear' },
  {
    file: 'agpl-3.0/bybit-linear/btcusdt-dogeusdt-20260809.ndjson.gz',
    venue: 'bybit',
    marketKind: 'linear',
  },
  { file: 'agpl-3.0/bybit-spot/btcusdt-20260809.ndjson.gz', venue: 'bybit', marketKind: 'spot' },
  { file: 'okx/books-20220513.ndjson.gz', venue: 'okx', marketKind: 'spot' },
  { file: 'okx/l2tbt-20210722-conn1.ndjson.gz', venue: 'okx', marketKind: 'spot' },
  { file: 'okx/l2tbt-20210722-conn2.ndjson.gz', venue: 'okx', marketKind: 'spot' },
  { file: 'okx/l2tbt-20210722-conn3.ndjson.gz', venue: 'okx', marketKind: 'spot' },
];

describe('recorded frames of this repository', () => {
  const present = recordings.filter(({ file }) => existsSync(join(own, file)));
  test.each(present)('$file comes out as two other programs computed it', (recording) =>
    expectAsComputed(own, recording),
  );
});

describe.skipIf(everything === undefined)('all recorded frames (TRUETAPE_FIXTURES)', () => {
  test.each(recordings)('$file comes out as two other programs computed it', (recording) =>
    expectAsComputed(everything ?? '', recording),
  );
});

async function expectAsComputed(folder: string, recording: Recording): Promise<void> {
  const expected = loadExpected(folder, recording.file);
  const report = await inspect(folder, recording, expected);
  expect({
    frames: report.frames,
    control: report.files[0]?.control,
    decodeErrors: report.decodeErrors,
  }).toEqual({
    frames: expected.frames,
    control: expected.control,
    decodeErrors: { count: 0, first: null },
  });
  expect(countedMessages(report, expected)).toEqual(Object.fromEntries(expected.messages));
  for (const [symbol, trades] of expected.trades) {
    expect(tradesOf(instrument(report, symbol), trades)).toEqual(trades);
  }
  for (const [symbol, book] of expected.books) {
    const actual = bookOf(instrument(report, symbol), book.checkpoints);
    expect({ symbol, ...actual }).toEqual({
      symbol,
      status: book.final === null ? 'buffering' : 'live',
      applied: book.applied ?? 0,
      gaps: 0,
      resyncs: 0,
      crossed: 0,
      final: book.final ?? { bid: null, ask: null, bidLevels: 0, askLevels: 0, sha256: null },
      checkpoints: book.checkpoints,
    });
  }
  expect(expected.books.size + expected.trades.size).toBeGreaterThan(0);
}

function inspect(
  root: string,
  recording: Recording,
  expected: ExpectedFile,
): Promise<InspectReport> {
  const file = join(root, recording.file);
  const books = [...expected.books];
  return inspectRecordings({
    files: [file],
    venue: recording.venue,
    marketKind: recording.marketKind,
    snapshots: books.flatMap(([symbol, { snapshot }]) =>
      snapshot === null
        ? []
        : [{ symbol, file: join(file, '..', snapshot.file), atLine: snapshot.atLine }],
    ),
    checkpointLines: books.flatMap(([, book]) => book.checkpoints.map((point) => point.afterLine)),
    json: true,
  });
}

function instrument(report: InspectReport, symbol: string): InspectedInstrument {
  const found = report.instruments.find((one) => one.venueSymbol === symbol);
  if (found === undefined) throw new Error(`no ${symbol} in the report`);
  return found;
}

/** Per symbol, or summed over all where the expectation is of the whole file. */
function countedMessages(report: InspectReport, expected: ExpectedFile) {
  if (!expected.messages.has('')) {
    return Object.fromEntries(
      report.instruments.map(({ venueSymbol, messages }) => [venueSymbol, messages]),
    );
  }
  const total: Record<string, number> = {};
  for (const { messages } of report.instruments) {
    for (const [channel, count] of Object.entries(messages)) {
      total[channel] = (total[channel] ?? 0) + count;
    }
  }
  return { '': total };
}

/** What the expectation leaves open (null) is not compared. */
function tradesOf(
  actual: InspectedInstrument,
  expected: { firstId: string | null; vwap: string | null; candles1m: unknown },
) {
  const { trades, candles1m } = actual;
  return {
    ...trades,
    firstId: expected.firstId === null ? null : trades.firstId,
    lastId: expected.firstId === null ? null : trades.lastId,
    vwap: expected.vwap === null ? null : trades.vwap,
    candles1m: expected.candles1m === null ? null : candles1m,
  };
}

function bookOf(actual: InspectedInstrument, points: readonly { readonly afterLine: number }[]) {
  const { status, applied, gaps, resyncs, crossed, checkpoints, ...rest } = actual.book;
  const { bid, ask, bidLevels, askLevels, sha256 } = rest;
  return {
    status,
    applied,
    gaps,
    resyncs,
    crossed,
    final: { bid, ask, bidLevels, askLevels, sha256 },
    checkpoints: points.map((point) =>
      checkpoints.find((checkpoint) => checkpoint.afterLine === point.afterLine),
    ),
  };
}
