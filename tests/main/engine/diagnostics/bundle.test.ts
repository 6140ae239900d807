import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strFromU8, unzipSync } from 'fflate';
import { afterAll, expect, test } from 'vitest';
import type { BundleParts } from '../../../../src/main/engine/diagnostics/buildBundle.ts';
import {
  buildBundle,
  bundleName,
  mostBundleBytes,
} from '../../../../src/main/engine/diagnostics/buildBundle.ts';
import { redactorHere } from '../../../../src/main/engine/diagnostics/machine.ts';
import { writeBundle } from '../../../../src/main/engine/diagnostics/writeBundle.ts';
import type { FeedError } from '../../../../src/shared/feedHealth.ts';
import { defaultSettings } from '../../../../src/shared/settings.ts';
import { EngineOnLinks } from '../../../support/engineOnLinks.ts';
import { hostStatus } from '../../../support/fakeEngineHost.ts';
import { replayState } from '../../../support/hostViews.ts';

const folder = mkdtempSync(join(tmpdir(), 'truetape-bundle-'));
afterAll(() => rmSync(folder, { recursive: true }));

const redactor = redactorHere({ home: '/home/jordan', user: 'jordan', host: 'jordans-laptop' });
const planted = 'token=Pl4ntedSecret /home/jordan/a.gz 10.1.2.3 proxy.corp.lan cookie: sid=Pl4nted';
const traces = /Pl4nted|jordan|10\.1\.2\.3|corp\.lan/iu;

function partsWith(change: Partial<BundleParts> = {}): BundleParts {
  return {
    ...{ version: '0.1.0', host: 'gateway', source: 'live', startedTime: 1.79e12, time: 1.79e12 },
    ...{ status: null, health: null, incidents: [], gaps: [], errors: [], settings: null },
    ...{ log: [], debugLines: [], findings: [] },
    ...change,
  };
}

function filesOf(zip: Uint8Array): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(unzipSync(zip)).map(([name, bytes]) => [name, strFromU8(bytes)]),
  );
}

test('a bundle holds what is known of the engine, and says what it is', async () => {
  const engine = new EngineOnLinks({ venues: ['binance'], messagesPerSec: 200 });
  engine.want(['BTC-USDT']);
  engine.run(10_000);
  engine.control({ type: 'reset', venue: 'binance' });
  engine.run(10_000);
  const health = engine.view.health();
  const files = filesOf(
    await buildBundle(
      partsWith({
        ...{ health, status: hostStatus({}), settings: defaultSettings() },
        ...{ incidents: engine.view.incidents(), gaps: engine.view.gaps(), errors: health.errors },
        log: [{ level: 'info', scope: 'binance', text: 'binance#1 connecting', time: 1.79e12 }],
        debugLines: ['a line'],
        findings: [{ verdict: 'ok', text: 'Node 24.21.0' }],
      }),
      redactor,
    ),
  );
  expect(Object.keys(files).toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
    ...['debug.txt', 'doctor.json', 'errors.json', 'gaps.json', 'health.json', 'incidents.json'],
    ...['log.txt', 'manifest.json', 'settings.json'],
  ]);
  expect(JSON.parse(files['manifest.json'] ?? '')).toMatchObject({
    ...{ product: 'Truetape', schema: 1, version: '0.1.0', host: 'gateway', source: 'live' },
    createdTime: new Date(1.79e12).toISOString(),
  });
  expect(JSON.parse(files['health.json'] ?? '')).toMatchObject({
    health: JSON.parse(JSON.stringify({ ...health, errors: [] })),
  });
  expect(JSON.parse(files['incidents.json'] ?? '')).toEqual(engine.view.incidents());
  expect(JSON.parse(files['gaps.json'] ?? '')).toEqual(engine.view.gaps());
  expect(JSON.parse(files['errors.json'] ?? '')).toHaveLength(health.errors.length);
  expect(files['log.txt']).toContain('binance#1 connecting');
  engine.close();
});

test('what is planted in any input comes out of none', async () => {
  const engine = new EngineOnLinks({ venues: ['binance'] });
  engine.want(['BTC-USDT']);
  engine.run(3_000);
  const health = engine.view.health();
  const [connection] = health.connections;
  const [stream] = health.streams;
  if (connection === undefined || stream === undefined) throw new Error('nothing is connected');
  const error: FeedError = {
    ...{ time: 1, type: 'server', venue: 'binance', code: planted, detail: planted },
    message: planted,
  };
  const files = filesOf(
    await buildBundle(
      partsWith({
        source: `replay:${planted}`,
        status: hostStatus({
          notices: [{ id: 'storage-0', text: planted }],
          replay: replayState({ session: '/home/jordan/a.gz', problem: planted }),
        }),
        health: {
          ...health,
          connections: [{ ...connection, connection: planted, lastError: error }],
          streams: [{ ...stream, topic: planted, note: planted }],
          apiChanges: [
            {
              ...{ venue: 'okx', message: planted, field: planted, change: 'unknown', count: 1 },
              ...{ firstTime: 1, lastTime: 1 },
            },
          ],
        },
        incidents: [
          {
            ...{ id: 1, venue: 'okx', kind: 'gap', instrument: null, channel: null, from: 1 },
            ...{ connection: planted, to: null, durationMs: null, cause: planted, attempts: 0 },
            cost: { streams: 0, missingTrades: 0, repairedTrades: 0, outOfPriceMs: 0 },
            outcome: 'running',
          },
        ],
        gaps: [
          {
            ...{
              id: 1,
              venue: 'okx',
              instrument: `okx:${planted}`,
              channel: 'trade',
              cause: 'decode',
            },
            ...{ from: 1, to: null, firstId: planted, lastId: planted, missing: null },
            repairedBy: null,
          },
        ],
        errors: [error],
        settings: { ...defaultSettings(), watchlist: [planted] },
        log: [{ level: 'info', scope: planted, text: planted, time: 1 }],
        debugLines: [planted],
        findings: [{ verdict: 'ok', text: planted }],
      }),
      redactor,
    ),
  );
  expect(traces.exec(planted)).not.toBeNull();
  for (const [name, text] of Object.entries(files)) {
    expect([name, traces.exec(text)?.[0]]).toEqual([name, undefined]);
  }
  engine.close();
});

test('a bundle stays within 2 MiB whatever it is given, the newest lines kept', async () => {
  let seed = 7;
  const noise = (): string =>
    Array.from({ length: 60 }, () => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed.toString(36).slice(0, 5);
    }).join(' ');
  const debugLines = Array.from({ length: 20_000 }, (_, index) => `${index} ${noise()}`);
  const zip = await buildBundle(partsWith({ debugLines }), redactor);
  expect(zip.length).toBeLessThanOrEqual(mostBundleBytes);
  const kept = filesOf(zip)['debug.txt']?.trimEnd().split('\n') ?? [];
  expect(kept.length).toBeGreaterThan(1_000);
  expect(kept.at(-1)?.startsWith('19999 ')).toBe(true);
});

test('a bundle is written whole, for its owner alone, and leaves nothing beside it', async () => {
  const file = join(folder, bundleName(1.79e12));
  expect(file).toMatch(/truetape-diagnostics-20260921-\d{6}\.zip$/);
  writeFileSync(file, 'older', { mode: 0o644 });
  writeBundle(file, await buildBundle(partsWith(), redactor));
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(Object.keys(unzipSync(readFileSync(file)))).toContain('manifest.json');
  expect(() => writeBundle(join(folder, 'none', 'a.zip'), new Uint8Array(1))).toThrow(/ENOENT/);
  expect(() => writeBundle(folder, new Uint8Array(1))).toThrow();
  expect(readdirSync(folder)).toEqual([bundleName(1.79e12)]);
  expect(readdirSync(join(folder, '..')).filter((name) => name.endsWith('.part'))).toEqual([]);
});
