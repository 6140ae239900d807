import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strFromU8, unzipSync } from 'fflate';
import * as v from 'valibot';
import { expect, onTestFinished, test } from 'vitest';
import { readDebugLines } from '../../../../src/main/engine/diagnostics/debugLog.ts';
import { createEngineHost } from '../../../../src/main/engine/host.ts';
import type { Command } from '../../../../src/shared/bridge.ts';
import { eventually } from '../../../support/eventually.ts';
import { createMemoryPair } from '../../../support/memoryTransport.ts';

const answerSchema = v.object({
  type: v.literal('answer'),
  id: v.number(),
  result: v.object({ ok: v.literal(true), value: v.unknown() }),
});
const bundleSchema = v.object({ fileName: v.string(), base64: v.string() });

test('one command answers a zip of the running engine, and the debug log follows its setting', async () => {
  const profile = mkdtempSync(join(tmpdir(), 'truetape-host-'));
  const nowhere = { ws: 'ws://127.0.0.1:1', rest: 'http://127.0.0.1:1' };
  let checks = 0;
  const host = await createEngineHost({
    ...{ profile, hostKind: 'gateway', appVersion: '1.2.3', market: 'live', replay: null },
    endpoints: { binance: nowhere, bybit: nowhere, okx: nowhere },
    startSimulatedMarket: null,
    log: () => undefined,
    checkMachine: () => {
      checks += 1;
      return Promise.resolve([{ verdict: 'ok', text: `profile ${profile} is writable` }]);
    },
  });
  onTestFinished(async () => {
    await host.close();
    rmSync(profile, { recursive: true });
  });
  const pair = createMemoryPair();
  const answers = new Map<number, unknown>();
  pair.page.onMessage((bytes) => {
    if (bytes[0] !== 0x7b) return;
    const parsed = v.safeParse(answerSchema, JSON.parse(strFromU8(bytes)));
    if (parsed.success) answers.set(parsed.output.id, parsed.output.result.value);
  });
  host.attach(pair.host, {
    window: 'main',
    platform: 'linux',
    openWindow: () => Promise.reject(new Error('not here')),
    openExternal: () => undefined,
    windowControl: () => undefined,
  });
  let id = 0;
  const run = async (command: Command): Promise<unknown> => {
    id += 1;
    const asked = id;
    pair.page.send(new TextEncoder().encode(JSON.stringify({ type: 'command', id, command })));
    await eventually(() => expect(answers.has(asked)).toBe(true));
    return answers.get(asked);
  };
  expect(existsSync(join(profile, 'debug'))).toBe(false);
  await run({ type: 'changeSettings', changes: { debugLog: true } });
  await eventually(() => {
    const lines = readDebugLines(profile).join('\n');
    for (const venue of ['binance', 'bybit', 'okx']) {
      expect(lines).toMatch(new RegExp(` error .*${venue}`));
    }
  });
  // Who asks again meanwhile gets the same one.
  const asked = await Promise.all([1, 2, 3].map(() => run({ type: 'createDiagnostics' })));
  const bundles = asked.map((each) => v.parse(bundleSchema, each));
  const { fileName = '', base64 = '' } = bundles[0] ?? {};
  expect([checks, bundles]).toEqual([1, [1, 2, 3].map(() => ({ fileName, base64 }))]);
  expect(fileName).toMatch(/^truetape-diagnostics-\d{8}-\d{6}\.zip$/);
  const zip = unzipSync(Buffer.from(base64, 'base64'));
  const read = (name: string): string => strFromU8(zip[name] ?? new Uint8Array());
  expect(JSON.parse(read('manifest.json'))).toMatchObject({ version: '1.2.3', host: 'gateway' });
  expect(JSON.parse(read('health.json'))).toMatchObject({ status: { source: 'live' } });
  expect(JSON.parse(read('doctor.json'))).toEqual([
    { verdict: 'ok', text: 'profile [path] is writable' },
  ]);
  expect(read('log.txt')).toMatch(/ info binance: /);
  expect(JSON.parse(read('incidents.json'))).toMatchObject([
    { kind: 'unreachable' },
    { kind: 'unreachable' },
    { kind: 'unreachable' },
  ]);
});
