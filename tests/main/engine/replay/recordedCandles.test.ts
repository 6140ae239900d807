import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { unbrokenBars } from '../../../../src/main/engine/replay/recordedCandles.ts';
import { VenueRecording } from '../../../../src/main/engine/replay/venueRecording.ts';
import type { CandlePage, CandleValue } from '../../../../src/shared/values.ts';
import { RecordedRun } from '../../../support/recordedRun.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';
import { createClockPort } from '../../../support/virtualClockPort.ts';

let run: RecordedRun;
let start = 0;
const minute = 60_000;
const askedAfterMs = 9_000;
/** Into the session: the newest whole bar of the page ends. */
const overMs = 5_000;

beforeAll(async () => {
  run = new RecordedRun({ segmentMs: 8_000 });
  run.engine.want(
    ['BTC-USDT'],
    ['BTC-USDT'],
    [{ market: 'BTC-USDT', venue: null, interval: '1s' }],
  );
  run.engine.run(askedAfterMs);
  const { clockPort } = run.engine.links;
  const time = { receivedTime: clockPort.wallMs(), monotonicMs: clockPort.monotonicMs() };
  const open = (run.times[0] ?? 0) + overMs;
  for (const interval of ['1m', '5m']) {
    const path = `/api/v3/klines?symbol=BTCUSDT&interval=${interval}&limit=500`;
    const body = JSON.stringify(
      [-2, -1, 0].map((index) => bar(open + index * minute, 100 + index)),
    );
    run.recorder.tapHistory({ venue: 'binance', path, status: 200, body }, time);
  }
  run.engine.run(9_000);
  await run.end();
  start = run.times[0] ?? 0;
});
afterAll(() => rmSync(run.folder, { recursive: true }));

function bar(openTime: number, price: number) {
  const text = price.toFixed(2);
  return [openTime, text, text, text, text, '1', openTime + minute - 1, text, 3, '1', text, '0'];
}

async function candlesAt(ms: number, interval: '1s' | '1m' | '15m'): Promise<CandlePage> {
  const player = await run.player(createClockPort(new VirtualClock()));
  await player.seek(start + ms);
  const venue = 'binance' as const;
  const page = await player.loadCandles({
    ...{ market: 'BTC-USDT', venue, interval, before: null, limit: 500 },
  });
  player.close();
  return page;
}

test('after a seek the bars of before are there, none of them of later', async () => {
  const { candles, problem } = await candlesAt(15_000, '1s');
  expect(problem).toBeNull();
  expect(candles.length).toBeGreaterThan(8);
  expect(candles.at(-1)?.openTime).toBeLessThanOrEqual(start + 15_000);
  const earlier = await candlesAt(7_000, '1s');
  expect(earlier.candles.at(-1)?.openTime).toBeLessThanOrEqual(start + 7_000);
  expect(earlier.candles.length).toBeLessThan(candles.length);
});

test('pages that a live window had are used, whole bars alone', async () => {
  const later = await candlesAt(askedAfterMs + 2_000, '1m');
  expect(later.problem).toBeNull();
  expect(later.candles.map(({ close }) => close)).toEqual([98, 99]);
});

test('at the start of the session the bars of before are there, none of the future', async () => {
  const closes = async (ms: number): Promise<readonly number[]> =>
    (await candlesAt(ms, '1m')).candles.map(({ close }) => close);
  expect(await candlesAt(1_000, '1m')).toMatchObject({ problem: null, complete: true });
  expect(await closes(1_000)).toEqual([98]);
  expect(await closes(overMs - 100)).toEqual([98]);
  expect(await closes(overMs + 100)).toEqual([98, 99]);
  expect(await closes(askedAfterMs - 100)).toEqual([98, 99]);
});

test('bars of another interval do not stand in for those that were not recorded', async () => {
  expect((await candlesAt(askedAfterMs + 2_000, '15m')).candles).toEqual([]);
});

test('what a page says of a bar beside its prices is told with it, up to the moment', async () => {
  const segments = run.segments.map((path, number) => ({
    ...{ path, number, bytes: 0, isPacked: path.endsWith('.zst') },
  }));
  const recording = await VenueRecording.open({
    session: {
      ...{ version: 1, id: 'run', name: '', source: 'simulated', startTime: start, endTime: null },
      ...{ pinned: false, problem: null, folder: run.folder, segments, bytes: 0 },
    },
    ...{ from: start + overMs + 100, speed: 1, clock: createClockPort(new VirtualClock()) },
  });
  const request = { before: null, withOwnFigures: true };
  const bars = await recording.candles('binance:BTC-USDT', '1m', request);
  expect(bars.map(({ close, ownFigures }) => [close, ownFigures])).toEqual([
    [98, ['1', '98.00']],
    [99, ['1', '99.00']],
  ]);
  recording.close();
});

test('of bars that a program asks for none is from behind a hole, and none of later', () => {
  const bars = [0, 1, 3, 4, 5].map((at): CandleValue => ({
    ...{ openTime: at * minute, open: at, high: at, low: at, close: at, volume: 1 },
    ...{ quoteVolume: 1, trades: 1, closed: true, origin: 'venue' },
  }));
  const opens = (nowMinutes: number, before: number | null): readonly number[] =>
    unbrokenBars(bars, {
      lengthMs: minute,
      before: before === null ? null : before * minute,
      now: nowMinutes * minute,
    }).map(({ openTime }) => openTime / minute);
  expect(opens(5.5, null)).toEqual([3, 4, 5]);
  expect(opens(4.2, null)).toEqual([3, 4]);
  // The bar of the present has not been heard of yet, or the newest that is over is missing.
  expect(opens(6.5, null)).toEqual([3, 4, 5]);
  expect(opens(7, null)).toEqual([]);
  expect(opens(9, 5)).toEqual([3, 4]);
  expect(opens(9, 2)).toEqual([0, 1]);
  expect(opens(9, 3)).toEqual([]);
  expect(opens(2.5, 9)).toEqual([0, 1]);
});
