// @vitest-environment jsdom
import { beforeAll, expect, test } from 'vitest';
import type { ReportMeta } from '../../../../src/main/engine/export/writeReport.ts';
import { writeReport } from '../../../../src/main/engine/export/writeReport.ts';
import { computeSessionMetrics } from '../../../../src/main/engine/health/sessionMetrics.ts';
import type { Mark } from '../../../../src/shared/marks.ts';
import type { TimelineBucket } from '../../../../src/shared/replay.ts';
import type { SessionMetrics } from '../../../../src/shared/sessionMetrics.ts';
import { EngineOnLinks } from '../../../support/engineOnLinks.ts';

const startTime = 1_790_000_000_000;
const endTime = startTime + 3_600_000;
const hostile = `</title><script>alert(1)</script>"' onload='x' \u202egnp.\u0000<!--]]>&amp;`;

const meta: ReportMeta = {
  ...{ id: '2026-09-21t14-13-20-live', name: '', source: 'live', startTime, endTime },
  ...{ appVersion: '0.1.0', madeTime: endTime, isTimelineWhole: true, damages: 0 },
  losses: [],
};

function markOf(changes: Partial<Mark> = {}): Mark {
  return {
    ...{ id: 'm1', kind: 'gap', time: startTime + 60_000, toTime: null },
    ...{ venue: 'okx', market: 'BTC-USDT', text: 'reset by peer' },
    ...changes,
  };
}

function courseOf(buckets: readonly TimelineBucket[]) {
  const gaps = [{ from: startTime + 600_000, to: startTime + 900_000, venue: 'okx' }];
  return { startTime, endTime, buckets, gaps };
}

const wave: readonly TimelineBucket[] = Array.from({ length: 60 }, (_, at) => ({
  time: startTime + at * 60_000,
  messages: at > 9 && at < 15 ? null : 600 + at,
  price: at > 9 && at < 15 ? null : 84_000 + at,
}));

let measured: SessionMetrics;
let empty: SessionMetrics;

beforeAll(() => {
  const engine = new EngineOnLinks({ messagesPerSec: 300 });
  engine.want(['BTC-USDT']);
  engine.run(6_000);
  engine.control({ type: 'refuse', what: 'handshake', venue: 'bybit', durationMs: 60_000 });
  engine.control({ type: 'reset', venue: 'bybit' });
  engine.control({ type: 'reset', venue: 'okx' });
  engine.run(9_000);
  measured = computeSessionMetrics(engine.view, 'replay:x', startTime);
  engine.close();
  const nothing = { count: 0, p50Ms: null, p99Ms: null, maxMs: null };
  empty = {
    ...{ version: 1, source: 'live', startTime, time: startTime },
    ...{ roundTrip: nothing, lag: nothing, venues: [], connections: [], streams: [] },
  };
});

/** Well-formed, without anything that runs or is fetched, and without a figure that is none. */
function read(html: string): Document {
  const page = new DOMParser().parseFromString(html, 'application/xhtml+xml');
  expect(page.querySelector('parsererror')?.textContent).toBeUndefined();
  expect(html).not.toMatch(/NaN|undefined|Infinity|\[object/);
  expect(
    page.querySelectorAll('script,link,img,iframe,object,embed,form,a,image,use'),
  ).toHaveLength(0);
  for (const element of page.querySelectorAll('*')) {
    for (const { name, value } of element.attributes) {
      expect([name, name.startsWith('on') || name === 'href' || name === 'src']).toEqual([
        name,
        false,
      ]);
      if (value.includes('url(')) expect(value).toMatch(/^url\(#hatch-[a-z0-9-]+\)$/);
      const id = /^url\(#(.+)\)$/.exec(value)?.[1];
      if (id !== undefined) expect(page.getElementById(id)).not.toBeNull();
    }
  }
  expect(page.querySelector('style')?.textContent).not.toMatch(/url\(|@import/);
  return page;
}

function rowsOf(page: Document, title: string): string[][] {
  const section = [...page.querySelectorAll('section')].find(
    (each) => each.querySelector('h2')?.firstChild?.textContent?.trim() === title,
  );
  return [...(section?.querySelectorAll('tbody tr') ?? [])].map((row) =>
    [...row.querySelectorAll('td')].map((cell) => cell.textContent?.trim() ?? ''),
  );
}

test('the page tells source, times in UTC, what is missing and every connection', () => {
  const page = read(
    writeReport(measured, [{ market: 'BTC-USDT', timeline: courseOf(wave) }], [markOf()], meta),
  );
  expect(page.querySelector('.badge')?.textContent).toBe('LIVE');
  expect([...page.querySelectorAll('header time')].map(({ textContent }) => textContent)).toEqual([
    '2026-09-21 14:13:20',
    '2026-09-21 15:13:20',
  ]);
  expect(page.querySelector('.verdict.missing')?.textContent).toMatch(/^Data is missing: \d+ s/);
  const connections = rowsOf(page, 'Connections');
  expect(connections.map(([name]) => name)).toEqual(['BNBinance', 'BYBybit', 'OKOKX']);
  const [binance] = measured.connections;
  expect(connections[0]?.[3]).toBe(
    String(binance?.messagesReceived).replace(/(\d)(\d{3})$/, '$1,$2'),
  );
  const gaps = rowsOf(page, 'Gaps by cause');
  expect(gaps.map(([venue, disconnected, ...rest]) => [venue, disconnected, rest[6]])).toEqual([
    ['BNBinance', '0', '0'],
    ['BYBybit', '2', '0'],
    ['OKOKX', '2', '2'],
  ]);
  expect(rowsOf(page, 'Streams')).toHaveLength(12);
  expect(rowsOf(page, 'Marks')[0]).toEqual([
    '1',
    '14:14:20',
    'gap',
    'OKBTC-USDT',
    '',
    'reset by peer',
  ]);
  expect(page.querySelector('footer')?.textContent).toContain('Truetape 0.1.0');
});

test('a gap is hatched and no line is drawn across it', () => {
  const page = read(
    writeReport(measured, [{ market: 'BTC-USDT', timeline: courseOf(wave) }], [], meta),
  );
  const [messages, price] = page.querySelectorAll('figure');
  expect(messages?.querySelectorAll('.gap')).toHaveLength(1);
  expect(messages?.querySelectorAll('.bar')).toHaveLength(55);
  expect(messages?.querySelectorAll('.unknown')).toHaveLength(5);
  expect(price?.querySelectorAll('polyline')).toHaveLength(2);
});

test('a session whose recorder lost inputs is not called whole', () => {
  const whole = read(writeReport(empty, [], [], meta));
  expect(whole.querySelector('.verdict')?.textContent).toContain('The session is whole');
  const losses = [
    { from: startTime + 1_000, to: startTime + 2_000, count: 1_200, reason: 'overflow' },
    { from: startTime + 5_000, to: endTime, count: null, reason: 'disk-full' },
  ] as const;
  const page = read(writeReport(empty, [], [], { ...meta, losses }));
  expect(page.body.textContent).not.toContain('is whole');
  expect(page.querySelector('.verdict.missing')?.textContent).toBe(
    'Missing in the recording: 1,200 inputs and more, in 2 places (the disk was too slow; the disk was full).',
  );
});

test('hostile text is shown as text, wherever it comes from', () => {
  const connections = measured.connections.map((each) => ({ ...each, connection: hostile }));
  const streams = measured.streams.map((each) => ({
    ...each,
    instrument: `okx:${hostile}` as const,
  }));
  const html = writeReport(
    { ...measured, connections, streams },
    [{ market: hostile, timeline: courseOf(wave) }],
    [markOf({ text: hostile, market: hostile, kind: 'user' })],
    { ...meta, name: hostile, id: hostile, appVersion: hostile },
  );
  const page = read(html);
  expect(html).not.toContain('<script');
  expect(html).not.toContain('\u202e');
  expect(page.querySelector('h1')?.textContent).toContain('<script>alert(1)</script>"\' onload=');
  expect(rowsOf(page, 'Marks')[0]?.at(-1)).toContain('<!--]]>&amp;');
});

test('a session without anything reads as nothing known, never as zero or as no number', () => {
  const bare = read(writeReport(empty, [], [], meta));
  expect(bare.querySelector('.verdict')?.textContent).toContain('no gap in any stream');
  const nothing = courseOf(wave.map((bucket) => ({ ...bucket, messages: null, price: null })));
  const page = read(writeReport(empty, [{ market: 'BTC-USDT', timeline: nothing }], [], meta));
  expect(page.body.textContent).toContain('No valid price in this time.');
  expect(page.querySelectorAll('.cards dd b')[3]?.textContent).toBe('–');
  const odd = courseOf([{ time: startTime, messages: 0, price: 0.00012 }]);
  read(writeReport(empty, [{ market: 'X-Y', timeline: odd }], [markOf({ toTime: endTime })], meta));
  const still = courseOf(wave.map((bucket) => ({ ...bucket, messages: 0, price: 1 })));
  read(
    writeReport(measured, [{ market: 'X-Y', timeline: still }], [], {
      ...meta,
      endTime: startTime,
    }),
  );
  const timeless = { ...meta, startTime: Number.NaN, endTime: 1e300, madeTime: -1e300 };
  read(writeReport(empty, [{ market: 'X-Y', timeline: { ...still, buckets: [] } }], [], timeless));
});

test('what is not whole says why, and marks are bounded with a person\u2019s own first', () => {
  const many = Array.from({ length: 40 }, (_, at) =>
    markOf({
      id: `m${at}`,
      time: startTime + at * 1_000,
      toTime: startTime + at * 1_000 + at,
      kind: at % 20 === 3 ? 'user' : 'gap',
      text: `mark ${at}`,
    }),
  );
  const damaged = { ...meta, source: 'simulated' as const, damages: 2, isTimelineWhole: false };
  const page = read(
    writeReport(measured, [{ market: 'BTC-USDT', timeline: courseOf(wave) }], many, damaged),
  );
  expect(page.querySelector('.badge')?.textContent).toBe('SIMULATED');
  expect(page.querySelector('.verdict.missing')?.textContent).toMatch(
    /2 segments of the recording cannot be read.*not written to its end/,
  );
  const marks = rowsOf(page, 'Marks');
  expect(marks).toHaveLength(16);
  expect(marks.map((row) => row[2]).filter((kind) => kind === 'own mark')).toHaveLength(2);
  expect(marks.map(([number]) => number)).toEqual(marks.map((_, at) => String(at + 1)));
  expect(page.body.textContent).toContain('And 24 more: the table of marks has them all.');
  const imported = read(writeReport(empty, [], [], { ...meta, source: 'imported' }));
  expect(imported.querySelector('.badge')?.textContent).toBe('IMPORTED');
});
