import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemFiles } from '../../../../src/main/engine/ports/files.ts';
import type { RecordedSession } from '../../../../src/main/engine/recording/recordingLibrary.ts';
import { RecordingLibrary } from '../../../../src/main/engine/recording/recordingLibrary.ts';
import type { Gateway } from '../../../../src/main/gateway/startGateway.ts';
import { recordEngine } from '../../../support/recordEngine.ts';
import {
  createVenueReplayRun,
  startVenueReplayGateway,
} from '../../../support/venueReplayGateway.ts';

const peers = fileURLToPath(new URL('../../../bench/peers/', import.meta.url));
const hasPeers = existsSync(join(peers, 'node_modules/ccxt/package.json'));

const folder = mkdtempSync(join(tmpdir(), 'truetape-foreign-'));
let session: RecordedSession;
let gateway: Gateway;

beforeAll(async () => {
  const library = new RecordingLibrary(systemFiles, folder);
  session = await recordEngine(library, { checkpointMs: 600_000 }, (engine) => {
    const candles = (['binance', 'bybit', 'okx'] as const).map((venue) => ({
      ...{ market: 'BTC-USDT', venue, interval: '1m' as const },
    }));
    engine.want(['BTC-USDT'], ['BTC-USDT'], candles);
    engine.run(30_000);
  });
  gateway = await startVenueReplayGateway(session, folder);
});
afterAll(async () => {
  await gateway.close();
  rmSync(folder, { recursive: true });
});

interface Seen {
  readonly error?: string;
  readonly books: number;
  readonly trades: number;
  readonly crossed: number;
  readonly messages: number;
  readonly rest: Asked;
}

/** By REST, as the library has read it. */
interface Asked {
  readonly time: number;
  readonly status: string;
  /** Of a ticker by itself, and of the same among others. */
  readonly last: readonly (number | null)[];
  readonly bidAsk: readonly (number | null)[];
  /** Null: the library has no such call for this venue. */
  readonly lastPrice: number | null;
  readonly trades: readonly {
    readonly id: string;
    readonly timestamp: number;
    readonly side: string;
    readonly price: number;
    readonly amount: number;
  }[];
  readonly levels: readonly number[];
  /** Open time, open, high, low, close, volume. */
  readonly bars: readonly (readonly number[])[];
  /** The error that a symbol of no market becomes. */
  readonly unknown: string | null;
}

/** They are packages of their own that are not installed with the program: `npm ci` in tests/bench/peers brings them. */
test.skipIf(!hasPeers)(
  'published clients, unchanged, take a recording for the venues: ccxt at three of them, tardis-dev at one',
  async () => {
    const addresses: Record<string, object> = {};
    for (const venue of ['binance', 'bybit', 'okx', 'tardis-dev']) {
      // Each begins with a run of its own: what one waits for must not pass by meanwhile.
      const run = await createVenueReplayRun(gateway, { session: session.id, speed: 1 });
      const played = venue === 'tardis-dev' ? 'okx' : venue;
      addresses[venue] = run.venues.find((each) => each.venue === played) ?? {};
    }
    const seen = await runClients(JSON.stringify(addresses));
    for (const name of ['ccxt binance', 'ccxt bybit', 'ccxt okx']) {
      expect(seen[name]).toMatchObject({ books: 20, crossed: 0 });
      expect(seen[name]?.trades).toBeGreaterThanOrEqual(5);
      expectAsked(seen[name]?.rest);
    }
    expect(seen['tardis-dev okx']).toMatchObject({ messages: 20 });
  },
);

function expectAsked(asked: Asked | undefined): void {
  if (asked === undefined) throw new Error('the library was answered nothing');
  const { time, last, bidAsk, lastPrice, trades, levels, bars } = asked;
  expect(asked).toMatchObject({ status: 'ok', unknown: 'BadSymbol' });
  expect(time).toBeGreaterThan(session.startTime);
  expect(time).toBeLessThanOrEqual(session.endTime ?? 0);
  const [bid = null, ask = null] = bidAsk;
  expect(Number(bid)).toBeGreaterThan(0);
  expect(Number(ask)).toBeGreaterThan(Number(bid));
  for (const price of [...last, ...(lastPrice === null ? [] : [lastPrice])]) {
    expect(Math.abs(Number(price) / Number(bid) - 1)).toBeLessThan(0.01);
  }
  expect(trades).toHaveLength(20);
  expect(new Set(trades.map(({ id }) => id)).size).toBe(20);
  for (const { timestamp, side, price, amount } of trades) {
    expect(timestamp).toBeLessThanOrEqual(session.endTime ?? 0);
    expect([price > 0, amount > 0, ['buy', 'sell'].includes(side)]).toEqual([true, true, true]);
  }
  expect(levels).toEqual([20, 20]);
  const [openTime = 0, ...figures] = bars[0] ?? [];
  expect(openTime % 60_000).toBe(0);
  expect(figures.map((figure) => figure > 0)).toEqual([true, true, true, true, true]);
}

function runClients(addresses: string): Promise<Readonly<Record<string, Seen>>> {
  return new Promise((resolve, reject) => {
    const args = [join(peers, 'venueClients.mjs'), addresses];
    execFile(process.execPath, args, { cwd: peers, timeout: 100_000 }, (error, stdout, stderr) => {
      if (error !== null) reject(new Error(`${error.message}\n${stderr}`));
      else resolve(JSON.parse(stdout) as Readonly<Record<string, Seen>>);
    });
  });
}
