import { once } from 'node:events';
import { Agent, get } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createEngineHost } from '../../../../src/main/engine/host.ts';
import type { EngineHost } from '../../../../src/main/engine/host.ts';
import { startGateway } from '../../../../src/main/gateway/startGateway.ts';
import type { Gateway } from '../../../../src/main/gateway/startGateway.ts';
import { startSimulatorServers } from '../../../../src/simulator/server.ts';
import type { RunningSimulator } from '../../../../src/simulator/server.ts';
import { eventually } from '../../../support/eventually.ts';

let simulator: RunningSimulator;
let host: EngineHost;
let gateway: Gateway;
let folder: string;
const lines: string[] = [];
const agent = new Agent({ keepAlive: false, maxSockets: Infinity });

/** A gateway on an engine on three simulated venues, as the command starts them. */
async function openGateway(): Promise<void> {
  const log = ({ scope, text }: { readonly scope: string; readonly text: string }): void => {
    lines.push(`${scope}: ${text}`);
  };
  host = await createEngineHost({
    ...{ profile: null, hostKind: 'gateway', appVersion: '1.2.3', market: 'live', replay: null },
    ...{ endpoints: simulator.venues, startSimulatedMarket: null, log },
  });
  gateway = await startGateway({
    ...{ host, rendererFolder: join(folder, 'renderer'), hostname: '127.0.0.1', port: 0 },
    ...{ appVersion: '1.2.3', log, connectBucket: { size: 2_000, perSec: 100 } },
  });
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'truetape-simulated-'));
  mkdirSync(join(folder, 'renderer'));
  writeFileSync(join(folder, 'renderer', 'index.html'), '<!doctype html>');
  simulator = await startSimulatorServers();
});
afterAll(async () => {
  await Promise.all([host.close(), gateway.close()]);
  await simulator.close();
  rmSync(folder, { recursive: true });
});

function authorization(): { readonly authorization: string } {
  return { authorization: `Bearer ${new URL(gateway.address).hash.slice('#key='.length)}` };
}

/** An event stream; `onPrice` hears each live price. */
async function openStream(path: string, onPrice: () => void): Promise<() => void> {
  const { port } = gateway;
  const sent = get({ host: '127.0.0.1', port, path, agent, headers: authorization() });
  sent.on('error', () => undefined);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  expect(response.statusCode).toBe(200);
  response.on('error', () => undefined);
  response.setEncoding('utf8').on('data', (text: string) => {
    if (/"price":[1-9][\d.]*,/.test(text)) onPrice();
  });
  return () => sent.destroy();
}

test('a started gateway listens, logs connections, and streams first data at once [S1-18]', async () => {
  const started = performance.now();
  await openGateway();
  let firstMs = 0;
  const close = await openStream('/api/realtime/BTC-USDT?rate=1', () => {
    firstMs ||= performance.now() - started;
  });
  await eventually(() => expect(firstMs).toBeGreaterThan(0));
  close();
  process.stdout.write(`first price ${Math.round(firstMs)} ms after the start of the gateway\n`);
  const placeOf = (line: RegExp): number => lines.findIndex((text) => line.test(text));
  await eventually(() => expect(placeOf(/ stream btcusdt@trade connected$/)).toBeGreaterThan(0));
  const places = [
    placeOf(/^gateway: listening on 127\.0\.0\.1:\d+$/),
    placeOf(/^binance: binance#1 connecting$/),
    placeOf(/^binance: binance#1 connected$/),
    placeOf(/^binance: binance#1 stream btcusdt@trade connected$/),
  ];
  expect(placeOf(/^clients: \S+ connected by sse from 127\.0\.0\.1$/)).toBeGreaterThan(0);
  await eventually(() => expect(placeOf(/^clients: \S+ disconnected$/)).toBeGreaterThan(0));
  expect(places).not.toContain(-1);
  expect(places).toEqual([...places].sort((left, right) => left - right));
});

test('500 event streams cause no further connection to a venue [S2-11]', async () => {
  const counters = () =>
    Object.values(simulator.simulator.oracle.counters()).map(({ connects, openConnections }) => ({
      connects,
      openConnections,
    }));
  const one = await openStream('/api/realtime/BTC-USDT', () => undefined);
  await eventually(() => {
    for (const { openConnections } of counters()) expect(openConnections).toBeGreaterThan(0);
  });
  await new Promise((resolve) => setTimeout(resolve, 500));
  const before = counters();
  let heard = 0;
  const closes: (() => void)[] = [];
  for (let opened = 0; opened < 500; opened += 100) {
    const group = Array.from({ length: 100 }, () => {
      let isHeard = false;
      return openStream('/api/realtime/BTC-USDT?rate=1', () => {
        if (!isHeard) heard += 1;
        isHeard = true;
      });
    });
    closes.push(...(await Promise.all(group)));
  }
  await eventually(() => expect(heard).toBe(500));
  expect(counters()).toEqual(before);
  expect(before).toHaveLength(3);
  for (const close of [one, ...closes]) close();
});
