import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { ApiWatch } from '../../src/main/engine/feed/apiWatch.ts';
import { apiNotices } from '../../src/main/engine/hosting/apiNotices.ts';
import { createVenue } from '../../src/main/engine/venues/registry.ts';
import type { Venue } from '../../src/main/engine/venues/venue.ts';
import { venueIds } from '../../src/shared/venues.ts';
import { EngineOnLinks } from '../support/engineOnLinks.ts';

const market = 'BTC-USDT';
const root = process.env['TRUETAPE_FIXTURES'] ?? new URL('../fixtures', import.meta.url).pathname;
const folders = venueIds.flatMap((venue) =>
  ['', 'agpl-3.0/', 'mpl-2.0/'].flatMap((kind) =>
    [venue, `${venue}-spot`, `${venue}-linear`, `${venue}-usdm`].map((name) => ({
      venue,
      folder: `${root}/${kind}${name}`,
    })),
  ),
);
const files = folders
  .filter(({ folder }) => existsSync(folder))
  .flatMap(({ venue, folder }) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.ndjson.gz') && !name.includes('.sent.'))
      .map((name) => ({ venue, file: `${folder}/${name}` })),
  );

const samples = venueIds.flatMap((venue) =>
  [`${venue}-ws`, `${venue}-2026-ws`]
    .map((name) => ({ venue, file: `${root}/samples/${name}.ndjson` }))
    .filter(({ file }) => existsSync(file)),
);

/** Every frame is another kind to the watch, so that every one is compared. */
function watchAll(venue: Venue, frames: readonly string[]): ApiWatch {
  const watch = new ApiWatch(venue, () => undefined);
  for (const [index, text] of frames.entries()) watch.sample(String(index), text, index);
  return watch;
}

test.each(files)('no recorded message of $venue has a field that we do not know: $file', (each) => {
  const text = gunzipSync(readFileSync(each.file)).toString('utf8');
  const frames = text
    .trim()
    .split('\n')
    .slice(0, 3_000)
    .map((line) => line.slice(28));
  expect(watchAll(createVenue(each.venue), frames).list()).toEqual([]);
});

test.each(samples)('no sample of $venue has a field that we do not know: $file', (each) => {
  const lines = readFileSync(each.file, 'utf8').trim().split('\n');
  const frames = lines.map((line) => line.slice(28));
  expect(watchAll(createVenue(each.venue), frames).list()).toEqual([]);
});

test('there are recordings of each venue to compare with', () => {
  expect(new Set(files.map(({ venue }) => venue)).size).toBe(3);
});

test('a healthy market tells of no changes', () => {
  const engine = new EngineOnLinks({ messagesPerSec: 200 });
  engine.want([market], [market], [{ market, venue: 'bybit', interval: '1m' }]);
  engine.run(10_000);
  expect(engine.view.health().apiChanges).toEqual([]);
  engine.close();
});

test.each([
  ['binance', 'depthUpdate', '"u":', '"uu":'],
  ['bybit', 'orderbook.data', '"seq":', '"cross":'],
  ['okx', 'books.data', '"seqId":', '"sequence":'],
] as const)(
  '%s renames a field of %s: both names are told, and for how long',
  (id, message, from, to) => {
    let isChanged = false;
    const adapt = (venue: Venue): Venue => ({
      ...venue,
      shapesIn: (frame) => {
        if (!isChanged) return venue.shapesIn(frame);
        const renamed: unknown = JSON.parse(JSON.stringify(frame).replace(from, to));
        return venue.shapesIn({ ...Object(renamed) });
      },
    });
    const engine = new EngineOnLinks({ venues: [id], messagesPerSec: 120, adapt });
    engine.want([market]);
    engine.run(3_000);
    isChanged = true;
    engine.run(20_000);
    const changes = engine.view.health().apiChanges.filter((each) => each.message === message);
    expect(changes.some(({ change, field }) => change === 'unknown' && `"${field}":` === to)).toBe(
      true,
    );
    expect(apiNotices(changes)).toEqual([]);
    engine.run(60_000, undefined, 10);
    const lasting = engine.view.health().apiChanges;
    expect(apiNotices(lasting).map((notice) => notice.id)).toEqual([`api-${id}`]);
    expect(engine.view.incidents().map(({ kind }) => kind)).toContain('apiChange');
    engine.close();
  },
);

test('names of fields are bounded, inert and never more than a page of them', () => {
  const venue = createVenue('binance');
  const hostile = (index: number): string =>
    JSON.stringify({
      ...{ e: 'trade', E: 1, s: 'BTCUSDT', t: 1, p: '1', q: '1', T: 1, m: true },
      [`__proto__\u202e\u0000<img>${index}${'x'.repeat(1_000)}`]: 1,
      [`field${index}`]: 1,
    });
  const watch = watchAll(
    venue,
    Array.from({ length: 200 }, (_, index) => hostile(index)),
  );
  expect(watch.list()).toHaveLength(50);
  for (const { field } of watch.list()) {
    expect(field.length).toBeLessThanOrEqual(60);
    expect(field).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  }
});

test('a change ends when its field has been right for ten minutes, and only messages of its kind show that', () => {
  const minuteMs = 60_000;
  const lasting: string[] = [];
  const watch = new ApiWatch(createVenue('binance'), (cause) => lasting.push(cause));
  const lacking = { e: 'trade', E: 1, s: 'BTCUSDT', p: '1', q: '1', T: 1, m: true, M: true };
  const trade = { ...lacking, t: 1 };
  let frames = 0;
  const hear = (fields: object, minute: number): void => {
    frames += 1;
    watch.sample(String(frames), JSON.stringify(fields), minute * minuteMs);
  };
  const told = (): readonly string[] => watch.list().map(({ field }) => field);
  for (let minute = 0; minute <= 5; minute += 1) hear({ ...lacking, tid: 1 }, minute);
  expect([told(), apiNotices(watch.list()).length, lasting.length]).toEqual([['t', 'tid'], 1, 2]);
  // The old name is back, and the new one stays for a while beside it.
  for (let minute = 6; minute < 15; minute += 1) hear({ ...trade, tid: 1 }, minute);
  expect(told()).toEqual(['t', 'tid']);
  hear({ ...trade, tid: 1 }, 15);
  expect(told()).toEqual(['tid']);
  for (let minute = 16; minute < 25; minute += 1) hear(trade, minute);
  expect(told()).toEqual(['tid']);
  hear({ e: 'depthUpdate', E: 1, s: 'BTCUSDT', U: 1, u: 1, b: [], a: [] }, 60);
  expect(told()).toEqual(['tid']);
  hear(trade, 61);
  expect([told(), apiNotices(watch.list())]).toEqual([[], []]);
  for (let minute = 62; minute <= 65; minute += 1) hear({ ...trade, tid: 1 }, minute);
  expect([told(), lasting.length]).toEqual([['tid'], 3]);
});
