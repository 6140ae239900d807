import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { VenueId } from '../../../../src/shared/venues.ts';
import { venueIds } from '../../../../src/shared/venues.ts';
import { systemFiles } from '../../../../src/main/engine/ports/files.ts';
import { exportTardis } from '../../../../src/main/engine/recording/exportTardis.ts';
import { importRecording } from '../../../../src/main/engine/recording/importRecording.ts';
import { RecordingLibrary } from '../../../../src/main/engine/recording/recordingLibrary.ts';
import { openPlayer, expectSameStates } from '../../../support/replayChecks.ts';
import { loadExpected } from '../../../support/expected.ts';

const everything = process.env['TRUETAPE_FIXTURES'];
const isLong = process.env['TRUETAPE_LONG'] === '1';
const own = fileURLToPath(new URL('../../../fixtures', import.meta.url));
/** Of a file that is longer, unless TRUETAPE_LONG is set. */
const sliceLines = 6_000;

const files = [
  'binance-spot/btcusdt-20240808.ndjson.gz',
  'binance-spot/multi-20211012.ndjson.gz',
  'binance-usdm/btcusdt-20230405.ndjson.gz',
  'binance-usdm/btcusdt-20240808.ndjson.gz',
  'binance-usdm/multi-20210722.ndjson.gz',
  'bybit-linear/orderbook1-20250613.ndjson.gz',
  'agpl-3.0/bybit-linear/btcusdt-dogeusdt-20260809.ndjson.gz',
  'agpl-3.0/bybit-spot/btcusdt-20260809.ndjson.gz',
  'okx/books-20220513.ndjson.gz',
  'okx/l2tbt-20210722-conn1.ndjson.gz',
  'okx/l2tbt-20210722-conn2.ndjson.gz',
  'okx/l2tbt-20210722-conn3.ndjson.gz',
] as const;

/** Of a file that is too large for the repository. */
const beginning = 'binance-spot/btcusdt-20240808-first3000.ndjson.gz';

let folder = '';
let library: RecordingLibrary;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'truetape-fixtures-'));
  library = new RecordingLibrary(systemFiles, join(folder, 'recordings'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('recorded frames of this repository', () => {
  const present = [beginning, ...files].filter((file) => existsSync(join(own, file)));
  test.each(present)(
    '[S11] %s: its import, three replays and ten seeks have one state; written again it is the same file',
    (file) => expectWhole(own, file),
  );
});

describe.skipIf(everything === undefined)('all recorded frames (TRUETAPE_FIXTURES)', () => {
  test.each(files)(
    '[S11] %s: its import, three replays and ten seeks have one state; written again it is the same file',
    (file) => expectWhole(everything ?? '', file),
  );
});

async function expectWhole(root: string, file: string): Promise<void> {
  const text = sliceOf(gunzipSync(readFileSync(join(root, file))).toString('utf8'));
  const path = join(folder, `${Math.random().toString(36).slice(2)}-${basename(file, '.gz')}`);
  writeFileSync(path, text);
  const snapshots = snapshotsOf(root, file);
  const session = await importRecording({
    ...{ paths: [path], venue: null, library, files: systemFiles, name: null },
    // Books of one level do not tell the kind of their market.
    marketKind: file.startsWith('bybit-linear/') ? 'linear' : null,
    ...{ appVersion: '1.2.3', snapshots },
  });
  await expectSameStates(session, 10, 20_261_121);
  await expectBooks(session, venueOf(file), snapshots.length);
  const again = path.replace(/\.ndjson$/, '-again.ndjson');
  const selection = { from: null, to: null, venue: null };
  await exportTardis({ session, selection, path: again, files: systemFiles });
  expect(readFileSync(again, 'utf8') === text, 'the frames are the same, to the byte').toBe(true);
}

/** Those that a snapshot was there for are live: nothing was lost on the way in. */
async function expectBooks(
  session: Awaited<ReturnType<typeof importRecording>>,
  venue: VenueId,
  joined: number,
): Promise<void> {
  const player = await openPlayer(session);
  await player.playThrough();
  const { streams } = player.view.health();
  expect(streams.length).toBeGreaterThan(0);
  expect(player.view.health().errors).toEqual([]);
  expect(player.view.health().gapsTotal).toBe(0);
  const live = player.view.markets().filter((market) => {
    const ask = { market, venue, group: '0', rows: 5, muted: [] };
    return player.view.bookView(ask).parts[0]?.status === 'live';
  });
  expect(live.length).toBeGreaterThanOrEqual(joined);
  player.close();
}

function venueOf(file: string): VenueId {
  const venue = venueIds.find((id) => file.includes(`${id}-`) || file.startsWith(`${id}/`));
  if (venue === undefined) throw new Error(`of no venue: ${file}`);
  return venue;
}

function snapshotsOf(root: string, file: string) {
  if (file === beginning) {
    const name = 'btcusdt-20240808.depth-snapshot.json.gz';
    return [{ symbol: 'BTCUSDT', file: join(root, dirname(file), name), atLine: 7 }];
  }
  const { books } = loadExpected(root, file);
  return [...books].flatMap(([symbol, { snapshot }]) => {
    if (snapshot === null) return [];
    const path = join(root, dirname(file), snapshot.file);
    return [
      {
        symbol,
        file: existsSync(path) ? path : path.replace(/\.gz$/, ''),
        atLine: snapshot.atLine - 1,
      },
    ];
  });
}

function sliceOf(text: string): string {
  if (isLong) return text;
  let end = 0;
  for (let lines = 0; lines < sliceLines && end < text.length; lines += 1) {
    end = text.indexOf('\n', end) + 1;
  }
  return text.slice(0, end);
}
