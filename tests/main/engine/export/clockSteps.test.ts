import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { timeText } from '../../../../src/main/engine/export/cells.ts';
import type { ExportOptions } from '../../../../src/main/engine/export/exportOptions.ts';
import { exportSession } from '../../../../src/main/engine/export/exportSession.ts';
import { Sampler } from '../../../../src/main/engine/export/tables/sampler.ts';
import { systemFiles } from '../../../../src/main/engine/ports/files.ts';
import type { RecordedSession } from '../../../../src/main/engine/recording/recordingLibrary.ts';
import { RecordingLibrary } from '../../../../src/main/engine/recording/recordingLibrary.ts';
import type { ExportTable } from '../../../../src/shared/exports.ts';
import type { TradeValue } from '../../../../src/shared/values.ts';
import { exportOptions } from '../../../support/exportOptions.ts';
import { recordEngine } from '../../../support/recordEngine.ts';

const hour = 3_600_000;
const trades: TradeValue[] = [];
let folder = '';
let session: RecordedSession;
let start = 0;

// Six seconds; four of an hour before; three that are a minute late; five more as at first.
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'truetape-clock-'));
  const library = new RecordingLibrary(systemFiles, join(folder, 'recordings'));
  session = await recordEngine(library, { checkpointMs: 2_000, segmentMs: 5_000 }, (engine) => {
    const { clockPort } = engine.links;
    start = clockPort.wallMs();
    engine.view.listen({
      onTrade: (_market, trade) => trades.push(trade),
      ...{ onClosedCandle: () => undefined, onGap: () => undefined },
      ...{ onIncident: () => undefined, onDirty: () => undefined },
    });
    engine.want(['BTC-USDT', 'ETH-USDT']);
    engine.run(6_000);
    clockPort.stepWall(-hour);
    engine.run(4_000);
    clockPort.stepWall(hour + 60_000);
    engine.run(3_000);
    clockPort.stepWall(-60_000);
    engine.run(5_000);
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

async function rowsOf(
  table: ExportTable,
  changes: Partial<ExportOptions['request']>,
): Promise<readonly Record<string, string>[]> {
  const content = { type: 'table', table, format: 'csv' } as const;
  await exportSession(exportOptions(session, folder, `${table}.csv`, { content, ...changes }));
  return parse(readFileSync(join(folder, `${table}.csv`)), { columns: true });
}

test.each([
  ['of the whole session', -Infinity, Infinity],
  ['before and behind the steps', 0, 18_000],
  ['behind the steps alone', 13_500, 16_000],
  ['of the hour before', 6_000 - hour, 9_000 - hour],
  ['up to a moment that a late stamp has passed before', 2_000, 14_500],
  ['of the minute that came too early', 70_000, 72_000],
])('[T01] trades %s are all exported, however the wall clock came there', async (_, from, to) => {
  const range = { from: start + from, to: start + to };
  const rows = await rowsOf('trades', {
    from: Number.isFinite(from) ? range.from : null,
    to: Number.isFinite(to) ? range.to : null,
  });
  const inside = trades.filter(
    ({ receivedTime }) => receivedTime >= range.from && receivedTime <= range.to,
  );
  expect(inside.length).toBeGreaterThan(10);
  expect(rows.flatMap((row) => (row['row'] === 'trade' ? [row['ordinal']] : []))).toEqual(
    inside.map(({ ordinal }) => String(ordinal)),
  );
});

test('[T01] books are sampled in every passage of the wall clock, and where it jumps nothing is made up', async () => {
  const rows = await rowsOf('book', { everyMs: 500, markets: ['BTC-USDT'], levels: 1 });
  const times = [...new Set(rows.map((row) => row['time'] ?? row['sample_time'] ?? ''))];
  const within = (from: number, to: number): number =>
    times.filter((time) => time >= timeText(start + from) && time <= timeText(start + to)).length;
  expect(within(1_000, 6_000)).toBeGreaterThanOrEqual(9);
  expect(within(6_000 - hour, 10_000 - hour)).toBeGreaterThanOrEqual(7);
  expect(within(70_000, 73_000)).toBeGreaterThanOrEqual(5);
  expect(within(13_000, 18_000)).toBeGreaterThanOrEqual(9);
  expect(within(18_100, 69_900)).toBe(0);
});

test('figures at the end of a range are those of its last input, not of a clock that stood elsewhere', async () => {
  const [rows, whole] = [
    await rowsOf('metrics', { to: start + 14_500 }),
    await rowsOf('metrics', {}),
  ];
  const messages = (all: readonly Record<string, string>[]): number =>
    all.reduce((sum, row) => sum + Number(row['messages_received'] ?? 0), 0);
  expect(messages(rows)).toBeGreaterThan(0.6 * messages(whole));
  expect(messages(rows)).toBeLessThan(messages(whole));
});

test('a sampler tells a time once while the clock only trembles', () => {
  const told: number[] = [];
  const sampler = new Sampler(100, (time) => told.push(time));
  for (const time of [40, 90, 101, 99, 102, 198, 201, 199, 305]) sampler.before(time);
  expect(told).toEqual([100, 200, 300]);
});

test('an export comes to its end where a recording tells times beyond all clocks, which are damage', async () => {
  const library = new RecordingLibrary(systemFiles, join(folder, 'beyond'));
  const beyond = await recordEngine(library, {}, (engine) => {
    engine.want(['BTC-USDT']);
    engine.run(3_000);
    engine.links.clockPort.stepWall(1e19);
    engine.run(3_000);
    // Further than it can count in steps of a sample.
    engine.links.clockPort.stepWall(2_048);
    engine.run(3_000);
  });
  const write = async (table: ExportTable): Promise<readonly Record<string, string>[]> => {
    const content = { type: 'table', table, format: 'csv' } as const;
    const changes = { content, everyMs: 500, markets: ['BTC-USDT'] };
    await exportSession(exportOptions(beyond, folder, 'beyond.csv', changes));
    return parse(readFileSync(join(folder, 'beyond.csv')), { columns: true });
  };
  const prices = await write('price');
  expect(prices.length).toBeGreaterThan(10);
  expect(prices.filter((row) => (row['time'] ?? '') > timeText(start + hour))).toEqual([]);
  expect((await write('trades')).at(-1)).toMatchObject({ row: 'gap', gap_cause: 'recording' });
});
