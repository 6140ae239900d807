import { parseArgs } from 'node:util';
import { WindowSession } from '../../src/main/engine/delivery/session.ts';
import { BatchDecoder } from '../../src/shared/batch.ts';
import type { TopicRequest } from '../../src/shared/bridge.ts';
import { bridgeSchemaVersion } from '../../src/shared/bridge.ts';
import { defaultMarkets } from '../../src/shared/market.ts';
import { defaultSettings } from '../../src/shared/settings.ts';
import { FakeCore } from '../support/fakeCore.ts';
import { hostStatus } from '../support/fakeEngineHost.ts';
import { createMemoryPair } from '../support/memoryTransport.ts';
import { VirtualClock } from '../support/virtualClock.ts';

// What one window of six panels costs: `node tests/bench/delivery.ts [--rate 5000] [--seconds 60]`. Changes come on a
// virtual clock, the durations are real ones.

const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '5000' },
    seconds: { type: 'string', default: '60' },
  },
});
const rate = Number(values.rate);
const seconds = Number(values.seconds);

const market = 'BTC-USDT';
const requests: TopicRequest[] = [
  ...defaultMarkets.flatMap((symbol): TopicRequest[] => [
    { topic: 'price', market: symbol },
    { topic: 'ticker', market: symbol },
  ]),
  { topic: 'quote', market },
  { topic: 'book', market, venue: null, group: '0', rows: 40, muted: [] },
  { topic: 'trades', market },
  { topic: 'candle', market, venue: 'binance', interval: '1m' },
  { topic: 'gaps' },
  { topic: 'health' },
  { topic: 'status' },
  { topic: 'links' },
];

const referenceText = JSON.stringify(Array.from({ length: 300 }, (_, index) => ({ index })));
const clock = new VirtualClock();
const core = new FakeCore(() => 1_700_000_000_000 + clock.monotonicMs());
const pair = createMemoryPair({ deliver: (arrive) => arrive() });
const decoder = new BatchDecoder();
const encodeMs: number[] = [];
const decodeMs: number[] = [];
const referenceMs: number[] = [];
let largest = 0;
const sizes: number[] = [];
let viewMs = 0;

const bookView = core.bookView.bind(core);
const health = core.health.bind(core);
core.bookView = (request) => excluded(() => bookView(request));
core.health = () => excluded(() => health());

/** The fake core makes its values anew each time, which a real one does not: their making is not delivery's. */
function excluded<Value>(make: () => Value): Value {
  const started = performance.now();
  const value = make();
  viewMs += performance.now() - started;
  return value;
}

const session = new WindowSession({
  transport: pair.host,
  source: { source: 'simulated', view: core, now: () => core.time },
  host: { status: () => hostStatus({}), links: () => [] },
  hello: {
    type: 'hello',
    schemaVersion: bridgeSchemaVersion,
    appVersion: '0.0.0',
    host: 'gateway',
    window: 'main',
    source: 'simulated',
    platform: 'bench',
    settings: defaultSettings(),
  },
  clock: {
    monotonicMs: () => clock.monotonicMs(),
    after: (delayMs, run) =>
      clock.after(delayMs, () => {
        const batches = session.counters.batches;
        viewMs = 0;
        const started = performance.now();
        run();
        const tookMs = performance.now() - started - viewMs - receiveMs;
        receiveMs = 0;
        if (session.counters.batches === batches) return;
        encodeMs.push(tookMs);
        referenceMs.push(fixedWork());
      }),
  },
  runCommand: () => Promise.resolve({ ok: true, value: null }),
  onRequests: () => undefined,
  onClosed: () => undefined,
  report: (text) => process.stderr.write(`${text}\n`),
});

/** The same small work each time: its p99 is what the machine's other programs cost at this moment. */
function fixedWork(): number {
  const started = performance.now();
  JSON.parse(referenceText);
  return performance.now() - started;
}

let receiveMs = 0;
pair.page.onMessage((message) => {
  if (message[0] === 0x7b) return;
  const started = performance.now();
  const { sequence } = decoder.decode(message);
  decodeMs.push(performance.now() - started);
  largest = Math.max(largest, message.length);
  sizes.push(message.length);
  clock.after(8, () => send({ type: 'ack', sequence, appliedMs: 1, paintedMs: 8 }));
  receiveMs += performance.now() - started;
});

function send(message: object): void {
  pair.page.send(new TextEncoder().encode(JSON.stringify(message)));
}

send({ type: 'subscribe', topics: requests.map((request, id) => ({ id, request })) });
const noteMs: number[] = [];
const warmUpMs = 3000;
let owed = 0;
for (let ms = -warmUpMs; ms < seconds * 1000; ms++) {
  if (ms === 0) for (const samples of [encodeMs, decodeMs, referenceMs, noteMs]) samples.length = 0;
  owed += rate / 1000;
  const started = performance.now();
  let steps = 0;
  for (; owed >= 1; owed--) {
    core.step();
    steps++;
  }
  if (steps > 0) noteMs.push((performance.now() - started) / steps);
  clock.advance(1);
}

function line(name: string, samples: number[]): string {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (share: number): string =>
    (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(3);
  return `${name.padEnd(30)} p50 ${at(0.5)}  p95 ${at(0.95)}  p99 ${at(0.99)}  max ${at(1)} ms`;
}

process.stdout.write(
  [
    `one window, ${requests.length} topics, ${rate} changes/s for ${seconds} virtual seconds`,
    line('encode and send, per batch', encodeMs),
    line('decode in the page, per batch', decodeMs),
    line('JSON.parse of 3.5 KB beside it', referenceMs),
    line('change noted (with the fake)', noteMs),
    `batches ${(encodeMs.length / seconds).toFixed(1)}/s, ${(sizes.reduce((sum, size) => sum + size, 0) / sizes.length / 1024).toFixed(1)} KiB each, largest ${(largest / 1024).toFixed(1)} KiB`,
    '',
  ].join('\n'),
);
session.close('done');
