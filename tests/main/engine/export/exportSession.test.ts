import {
  cpSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { readParquet, writeParquet } from 'parquet-wasm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decimalText, timeText } from '../../../../src/main/engine/export/cells.ts';
import type { Cell, Row } from '../../../../src/main/engine/export/cells.ts';
import { metricsRows } from '../../../../src/main/engine/export/tables/metricsTable.ts';
import { computeSessionMetrics } from '../../../../src/main/engine/health/sessionMetrics.ts';
import { exportSession } from '../../../../src/main/engine/export/exportSession.ts';
import type { ExportOptions } from '../../../../src/main/engine/export/exportOptions.ts';
import { systemFiles } from '../../../../src/main/engine/ports/files.ts';
import type { RecordedSession } from '../../../../src/main/engine/recording/recordingLibrary.ts';
import { RecordingLibrary } from '../../../../src/main/engine/recording/recordingLibrary.ts';
import { exportSchema } from '../../../../src/shared/exportSchema.ts';
import type { ExportTable, TableFormat } from '../../../../src/shared/exports.ts';
import { exportTables, tableFormats } from '../../../../src/shared/exports.ts';
import type { TradeValue } from '../../../../src/shared/values.ts';
import { DuckReader } from '../../../support/duckReader.ts';
import { exportOptions } from '../../../support/exportOptions.ts';
import { recordEngine } from '../../../support/recordEngine.ts';
import { recordWithLoss } from '../../../support/recordWithLoss.ts';

let folder = '';
let session: RecordedSession;
let duck: DuckReader;
const trades: TradeValue[] = [];
/** Of the live engine at its end. */
const figures: Row[] = [];
const markets = ['BTC-USDT', 'ETH-USDT'];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'truetape-export-'));
  duck = await DuckReader.open();
  const library = new RecordingLibrary(systemFiles, join(folder, 'recordings'));
  session = await recordEngine(library, { checkpointMs: 3_000, segmentMs: 8_000 }, (engine) => {
    const began = engine.links.clockPort.wallMs();
    engine.view.listen({
      onTrade: (_market, trade) => trades.push(trade),
      onClosedCandle: () => undefined,
      onGap: () => undefined,
      onIncident: () => undefined,
      onDirty: () => undefined,
    });
    engine.want(markets);
    engine.run(6_000);
    engine.control({ type: 'dropDiff', venue: 'okx', market: 'BTC-USDT', count: 2 });
    engine.control({
      type: 'dropFrame',
      venue: 'okx',
      market: 'BTC-USDT',
      kind: 'trade',
      count: 3,
    });
    engine.control({ type: 'refuse', venue: 'binance', durationMs: 2_500 });
    engine.control({ type: 'close', venue: 'binance', code: 1006 });
    engine.run(12_000);
    figures.push(
      ...metricsRows(computeSessionMetrics(engine.view, 'simulated', began), { markets: [] }),
    );
  });
});
afterAll(() => {
  duck.close();
  rmSync(folder, { recursive: true });
});

async function write(
  table: ExportTable,
  format: TableFormat,
  changes: Partial<ExportOptions['request']> = {},
  name: string = table,
): Promise<string> {
  const fileName = `${name}.${format}`;
  const content = { type: 'table', table, format } as const;
  await exportSession(exportOptions(session, folder, fileName, { content, ...changes }));
  return join(folder, fileName);
}

test.each(exportTables)(
  'the three formats of the table %s hold the same rows, read by a foreign database',
  async (table) => {
    for (const format of tableFormats) {
      await duck.load(`${table}.${format}`, table, format, await write(table, format));
    }
    const count = await duck.count(`${table}.csv`);
    expect(count > 0).toBe(table !== 'signals');
    for (const format of ['json', 'parquet']) {
      expect(await duck.count(`${table}.${format}`)).toBe(count);
      expect(await duck.difference(`${table}.csv`, `${table}.${format}`)).toBe(0);
    }
  },
);

test('trades are those that the live engine told, to the last digit, with exact sums', async () => {
  const path = await write('trades', 'csv');
  const rows: Record<string, string>[] = parse(readFileSync(path), { columns: true });
  const exported = rows.filter(({ row }) => row === 'trade');
  expect(trades.length).toBeGreaterThan(200);
  expect(
    exported.map((row) => [
      row['ordinal'],
      row['trade_id'],
      row['price'],
      row['size'],
      row['received_time'],
    ]),
  ).toEqual(
    trades.map((trade) => [
      String(trade.ordinal),
      trade.id,
      decimalText({ units: trade.priceUnits, decimals: trade.priceDecimals }),
      decimalText({ units: trade.sizeUnits, decimals: trade.sizeDecimals }),
      timeText(trade.receivedTime),
    ]),
  );
  expect(trades.some(({ late }) => late)).toBe(true);
  expect(rows.some(({ row }) => row === 'gap')).toBe(true);
  expect(new Set(rows.map((row) => `${row['source']} ${row['session']}`))).toEqual(
    new Set([`simulated ${session.id}`]),
  );
  const sums = await duck.rows(
    `SELECT venue, market, sum(size)::VARCHAR AS size, sum(price)::VARCHAR AS price FROM "trades.parquet" WHERE row = 'trade' GROUP BY ALL ORDER BY ALL`,
  );
  expect(sums).toEqual(exactSums());
});

function exactSums(): Record<string, unknown>[] {
  const sums = new Map<string, { size: bigint; price: bigint }>();
  for (const trade of trades) {
    const sum = sums.get(trade.instrument) ?? { size: 0n, price: 0n };
    sum.size += BigInt(trade.sizeUnits) * 10n ** BigInt(18 - trade.sizeDecimals);
    sum.price += BigInt(trade.priceUnits) * 10n ** BigInt(18 - trade.priceDecimals);
    sums.set(trade.instrument, sum);
  }
  const fixed = (units: bigint): string =>
    String(units)
      .padStart(19, '0')
      .replace(/(\d{18})$/, '.$1');
  return [...sums]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([instrument, { size, price }]) => {
      const [venue = '', market = ''] = instrument.split(':');
      return { venue, market, size: fixed(size), price: fixed(price) };
    });
}

test('Parquet is read by two more readers as it was written, and says where it came from', async () => {
  const path = await write('trades', 'parquet');
  const bytes = new Uint8Array(readFileSync(path));
  const metadata = parquetMetadata(bytes.buffer);
  const said = new Map(metadata.key_value_metadata?.map(({ key, value }) => [key, value]));
  expect(said.get('truetape.source')).toBe('simulated');
  expect(said.get('truetape.session')).toBe(session.id);
  expect(said.get('truetape.schema_version')).toBe('1');
  const rows = await parquetReadObjects({
    file: bytes.buffer,
    compressors: { ZSTD: (input) => new Uint8Array(zstdDecompressSync(input)) },
  });
  const sold = rows.filter(({ row }) => row === 'trade');
  expect(sold.map((row) => [row['trade_id'], Math.fround(Number(row['price']))])).toEqual(
    trades.map(({ id, priceUnits, priceDecimals }) => [
      id,
      Math.fround(priceUnits / 10 ** priceDecimals),
    ]),
  );
  const again = join(folder, 'again.parquet');
  writeFileSync(again, writeParquet(readParquet(bytes)));
  await duck.load('again', 'trades', 'parquet', again);
  await duck.load('before', 'trades', 'parquet', path);
  expect(await duck.count('again')).toBe(rows.length);
  expect(await duck.difference('again', 'before')).toBe(0);
});

test('the figures of a session are those that the live engine ended with', async () => {
  const path = await write('metrics', 'json');
  const document: unknown = JSON.parse(readFileSync(path, 'utf8'));
  const names = exportSchema.metrics.columns.map(({ name }) => name);
  const live = figures.map((row) =>
    Object.fromEntries(names.map((name, index) => [name, asJson(name, row[index] ?? null)])),
  );
  expect(live.length).toBeGreaterThan(10);
  expect(document).toMatchObject({ rows: live });
});

function asJson(name: string, cell: Cell): Cell {
  return typeof cell === 'number' &&
    name.endsWith('time') &&
    name !== 'uptime' &&
    name !== 'gap_time'
    ? timeText(cell)
    : cell;
}

test('JSON is one document with a head that names the columns', async () => {
  const document: unknown = JSON.parse(readFileSync(await write('quotes', 'json'), 'utf8'));
  expect(document).toMatchObject({
    ...{ format: 'truetape export', schemaVersion: 1, table: 'quotes', source: 'simulated' },
    ...{ session: session.id, appVersion: '1.2.3', columns: exportSchema.quotes.columns },
  });
});

test('a range and a market leave the rows inside of them, and no others', async () => {
  const from = session.startTime + 5_000;
  const to = session.startTime + 9_000;
  const changes = { from, to, markets: ['ETH-USDT'] };
  const rows: Record<string, string>[] = parse(
    readFileSync(await write('trades', 'csv', changes, 'range')),
    { columns: true },
  );
  const inside = trades.filter(
    ({ receivedTime, instrument }) =>
      receivedTime >= from && receivedTime <= to && instrument.endsWith('ETH-USDT'),
  );
  expect(inside.length).toBeGreaterThan(10);
  expect(rows.flatMap((row) => (row['row'] === 'trade' ? [row['ordinal']] : []))).toEqual(
    inside.map(({ ordinal }) => String(ordinal)),
  );
});

test('candles add up to the trades, and those with a hole say so', async () => {
  await duck.load('candles', 'candles', 'parquet', await write('candles', 'parquet'));
  const [sums] = await duck.rows(
    `SELECT (SELECT sum(volume) FROM candles) = (SELECT sum(size) FROM "trades.parquet") AS volume,
      (SELECT sum(trades) FROM candles) = (SELECT count(*) FROM "trades.parquet" WHERE row = 'trade') AS trades,
      (SELECT count(DISTINCT status) FROM candles) AS statuses`,
  );
  expect(sums).toMatchObject({ volume: true, trades: true });
  const wrong = await duck.rows(
    `SELECT * FROM candles WHERE high < low OR open > high OR close < low OR open_time >= close_time`,
  );
  expect(wrong).toEqual([]);
});

test('a book that was not valid at a snapshot is told without levels', async () => {
  await duck.load('book', 'book', 'parquet', await write('book', 'parquet', { everyMs: 250 }));
  const [counts] = await duck.rows(
    `SELECT count(*) FILTER (valid) AS valid, count(*) FILTER (NOT valid) AS invalid,
      count(*) FILTER (NOT valid AND (price IS NOT NULL OR note IS NULL)) AS wrong,
      count(*) FILTER (valid AND side = 'bid' AND level > 20) AS deep FROM book`,
  );
  expect(Number(counts?.['valid'])).toBeGreaterThan(1000);
  expect(Number(counts?.['invalid'])).toBeGreaterThan(0);
  expect(counts).toMatchObject({ wrong: '0', deep: '0' });
});

test('[S11] what a damaged recording does not hold is told as a gap, and what follows is exported', async () => {
  const broken = new RecordingLibrary(systemFiles, join(folder, 'broken'));
  cpSync(join(folder, 'recordings'), broken.folder, { recursive: true });
  const copy = await broken.open(session.id);
  const [first] = copy?.segments ?? [];
  if (copy === null || first === undefined) throw new Error('the copy cannot be read');
  truncateSync(first.path, Math.floor(first.bytes * 0.6));
  await exportSession(exportOptions(copy, folder, 'broken.csv', {}));
  const rows: Record<string, string>[] = parse(readFileSync(join(folder, 'broken.csv')), {
    columns: true,
  });
  const holes = rows.filter(({ gap_cause: cause }) => cause === 'recording');
  expect(holes).toHaveLength(1);
  const [from = '', to = ''] = [holes[0]?.['received_time'], holes[0]?.['gap_to']];
  expect(from < to).toBe(true);
  const kept = rows.filter(({ row }) => row === 'trade').map(({ ordinal }) => Number(ordinal));
  const isKept = ({ receivedTime }: TradeValue): boolean =>
    timeText(receivedTime) <= from || timeText(receivedTime) >= to;
  expect(kept.length).toBeLessThan(trades.length);
  expect(kept).toEqual(trades.filter(isKept).map(({ ordinal }) => ordinal));
});

test('[S11] a last segment that breaks off ends in a gap', async () => {
  const broken = new RecordingLibrary(systemFiles, join(folder, 'cut-short'));
  cpSync(join(folder, 'recordings'), broken.folder, { recursive: true });
  const copy = await broken.open(session.id);
  const last = copy?.segments.at(-1);
  if (copy === null || last === undefined) throw new Error('the copy cannot be read');
  const bytes = readFileSync(last.path);
  const at = Math.floor(bytes.length * 0.5);
  bytes[at] = (bytes[at] ?? 0) ^ 0x55;
  writeFileSync(last.path, bytes);
  await exportSession(exportOptions(copy, folder, 'cut-short.csv', {}));
  const rows: Record<string, string>[] = parse(readFileSync(join(folder, 'cut-short.csv')), {
    columns: true,
  });
  expect(rows.at(-1)?.['gap_cause']).toBe('recording');
  const kept = rows.filter(({ row }) => row === 'trade');
  expect(kept.length).toBeLessThan(trades.length);
});

test('marks of a session without a timeline are made of its records, and nothing is written beside it', async () => {
  const path = await write('marks', 'csv');
  const rows: Record<string, string>[] = parse(readFileSync(path), { columns: true });
  expect(rows.map(({ kind, venue }) => `${kind} ${venue}`)).toContain('disconnect binance');
  expect(readdirSync(session.folder)).not.toContain('timeline.ndjson');
});

test('what the recorder lost is a mark, and a report does not call the session whole', async () => {
  const library = new RecordingLibrary(systemFiles, join(folder, 'lossy'));
  const { session: lossy, lostInputs } = await recordWithLoss(library, 'until the end');
  const content = { type: 'table', table: 'marks', format: 'csv' } as const;
  await exportSession(exportOptions(lossy, folder, 'lost.csv', { content }));
  const rows: Record<string, string>[] = parse(readFileSync(join(folder, 'lost.csv')), {
    columns: true,
  });
  expect(rows.map(({ text }) => text)).toContain(`${lostInputs} inputs lost: the disk was full`);
  const metrics = { type: 'table', table: 'metrics', format: 'csv' } as const;
  await exportSession(exportOptions(lossy, folder, 'lost-metrics.csv', { content: metrics }));
  const figuresOf: Record<string, string>[] = parse(
    readFileSync(join(folder, 'lost-metrics.csv')),
    { columns: true },
  );
  expect(figuresOf.filter(({ scope }) => scope === 'recording')).toMatchObject([
    { status: 'missing', lost_inputs: String(lostInputs) },
  ]);
  const report = { content: { type: 'report' } } as const;
  await exportSession(exportOptions(lossy, folder, 'lost.html', report));
  const page = readFileSync(join(folder, 'lost.html'), 'utf8');
  expect(page).not.toContain('The session is whole');
  expect(page).toContain(
    `Missing in the recording: ${lostInputs} inputs, in one place (the disk was full).`,
  );
});

test('nothing but the files asked for is left in the folder', () => {
  expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
});
