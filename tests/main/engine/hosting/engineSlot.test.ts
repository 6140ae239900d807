import { afterEach, expect, test } from 'vitest';
import { EngineSlot } from '../../../../src/main/engine/hosting/engineSlot.ts';
import type { SimulatedMarket } from '../../../../src/main/engine/hosting/hostContract.ts';
import { openStorage } from '../../../../src/main/engine/storage/storage.ts';

const nobody = { ws: 'ws://127.0.0.1:9', rest: 'http://127.0.0.1:9' };
const endpoints = { binance: nobody, bybit: nobody, okx: nobody };
let slot: EngineSlot | null = null;
afterEach(async () => {
  await slot?.close();
  slot = null;
});

async function open(startSimulatedMarket: () => Promise<SimulatedMarket>): Promise<EngineSlot> {
  const storage = openStorage(null);
  slot = new EngineSlot(
    {
      profile: null,
      hostKind: 'gateway',
      appVersion: '1',
      market: null,
      endpoints,
      startSimulatedMarket,
      replay: null,
      log: () => undefined,
    },
    storage,
  );
  await slot.open();
  return slot;
}

test('a switch that was overtaken is never shown', async () => {
  let started: (market: SimulatedMarket) => void = () => undefined;
  const opened = await open(() => new Promise((resolve) => (started = resolve)));
  const sources: string[] = [];
  opened.onReplaced = (engine) => sources.push(engine.source);
  const simulated = opened.choose('simulated');
  const live = opened.choose('live');
  await Promise.resolve();
  started({ endpoints, close: () => Promise.resolve() });
  await Promise.all([simulated, live]);
  expect([opened.engine.source, sources]).toEqual(['live', []]);
});

test('a market that cannot be opened is told, and the present one stays', async () => {
  const opened = await open(() => Promise.reject(new Error('no simulator here')));
  await expect(opened.choose('simulated')).rejects.toThrow('no simulator here');
  expect(opened.engine.source).toBe('live');
  await expect(opened.choose('simulated')).rejects.toThrow('no simulator here');
});

test('a switch begins anew with an engine of its own', async () => {
  let closed = 0;
  const close = (): Promise<void> => {
    closed += 1;
    return Promise.resolve();
  };
  const opened = await open(() => Promise.resolve({ endpoints, close }));
  const first = opened.engine;
  await opened.choose('simulated');
  expect(opened.engine.source).toBe('simulated');
  expect(opened.status().sourceReason).toBe('chosen');
  await opened.choose('live');
  expect([opened.engine.source, opened.engine === first, closed]).toEqual(['live', false, 1]);
});
