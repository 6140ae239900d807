/**
 * The whole engine on loopback sockets: simulated venues in a process of their own -> frames -> books -> one window's
 * batches. Usage: node tests/bench/pipeline.ts [MESSAGES_PER_SEC] [SECONDS]
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import * as v from 'valibot';
import { WindowSession } from '../../src/main/engine/delivery/session.ts';
import { Histogram } from '../../src/main/engine/health/histogram.ts';
import type { StageProbe } from '../../src/main/engine/health/stageProbe.ts';
import { openMarketEngine } from '../../src/main/engine/hosting/marketEngine.ts';
import { BatchDecoder } from '../../src/shared/batch.ts';
import type { TopicRequest } from '../../src/shared/bridge.ts';
import type { BookRequest } from '../../src/main/engine/coreView.ts';
import type { LatencyReport } from '../../src/shared/latency.ts';
import { bridgeSchemaVersion } from '../../src/shared/bridge.ts';
import { defaultSettings } from '../../src/shared/settings.ts';
import { createMemoryPair } from '../support/memoryTransport.ts';

const rate = Number(process.argv[2] ?? 5_000);
const seconds = Number(process.argv[3] ?? 15);
const markets = ['BTC', 'ETH', 'SOL', 'BNB', 'XRP', 'ADA', 'DOGE', 'LINK', 'DOT', 'AVAX'].map(
  (base) => `${base}-USDT`,
);
const simulatorEntry = fileURLToPath(new URL('../../src/simulator/main.ts', import.meta.url));
const listening = v.object({
  venues: v.record(v.string(), v.object({ ws: v.string(), rest: v.string() })),
});

const child = fork(simulatorEntry, ['--rate', String(rate), '--no-limits'], {
  stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
});
const [output] = (await once(child.stdout ?? child, 'data')) as [Buffer];
const { venues } = v.parse(listening, JSON.parse(String(output).split('\n')[0] ?? ''));

const applied = new Histogram();
let frames = 0;
let began = 0;
const probe: StageProbe = {
  begin: () => {
    began = performance.now();
    frames += 1;
  },
  measure: () => undefined,
  reach: (stage) => {
    if (stage === 'applied') applied.add(performance.now() - began);
  },
};
const engine = openMarketEngine({
  source: 'simulated',
  endpoints: (venue) => venues[venue.id] ?? venue.endpoints,
  log: () => undefined,
  probe,
});
engine.command({ type: 'want', markets, books: markets, candles: [] });

/** Of what is in a batch, the making of the ladder and of the health report, and the rest: the writing. */
const making = { book: new Histogram(), health: new Histogram(), write: new Histogram() };
let bookMs = 0;
let healthMs = 0;
const { bookView, health } = engine.view;
Object.assign(engine.view, {
  bookView: (request: BookRequest) => {
    const started = performance.now();
    const view = bookView(request);
    bookMs += performance.now() - started;
    return view;
  },
  health: () => {
    const started = performance.now();
    const report = health();
    healthMs += performance.now() - started;
    return report;
  },
});
function countBatch(encodeMs: number): void {
  encode.add(encodeMs);
  if (bookMs > 0) making.book.add(bookMs);
  if (healthMs > 0) making.health.add(healthMs);
  making.write.add(Math.max(0, encodeMs - bookMs - healthMs));
  bookMs = 0;
  healthMs = 0;
}

const pair = createMemoryPair({ deliver: (arrive) => setImmediate(arrive) });
const decoder = new BatchDecoder();
const encoder = new TextEncoder();
const encode = new Histogram();
let batches = 0;
let bytes = 0;
const post = (message: unknown): void =>
  pair.page.send(encoder.encode(JSON.stringify(message)).slice());
pair.page.onMessage((message) => {
  if (message[0] === 0x7b) return;
  const batch = decoder.decode(message);
  batches += 1;
  bytes += message.length;
  setTimeout(() => post({ type: 'ack', sequence: batch.sequence, appliedMs: 1, paintedMs: 8 }), 8);
});
const session = new WindowSession({
  transport: pair.host,
  source: engine,
  host: {
    status: () => {
      throw new Error('not asked for');
    },
    links: () => [],
    latency: () => {
      throw new Error('not asked for');
    },
  },
  hello: {
    type: 'hello',
    schemaVersion: bridgeSchemaVersion,
    appVersion: 'bench',
    host: 'gateway',
    window: 'bench',
    source: 'simulated',
    platform: process.platform,
    settings: defaultSettings(),
  },
  clock: {
    monotonicMs: () => performance.now(),
    after: (delayMs, run) => {
      const timer = setTimeout(run, delayMs);
      return () => clearTimeout(timer);
    },
  },
  runCommand: () => Promise.resolve({ ok: true, value: null }),
  onRequests: () => undefined,
  onClosed: () => undefined,
  report: (text) => process.stderr.write(`${text}\n`),
  probe: { sent: (sample) => countBatch(sample.encodeMs), painted: () => undefined },
});
const requests: TopicRequest[] = [
  ...markets.map((market) => ({ topic: 'price' as const, market })),
  { topic: 'trades', market: 'BTC-USDT' },
  { topic: 'book', market: 'BTC-USDT', venue: null, group: '1', rows: 40, muted: [] },
  { topic: 'candle', market: 'BTC-USDT', venue: null, interval: '1m' },
  { topic: 'gaps' },
  { topic: 'health' },
];
post({ type: 'subscribe', topics: requests.map((request, id) => ({ id, request })) });

await new Promise((resolve) => setTimeout(resolve, 4_000));
const delay = monitorEventLoopDelay({ resolution: 2 });
delay.enable();
frames = 0;
batches = 0;
bytes = 0;
applied.clear();
for (const histogram of [encode, ...Object.values(making)]) histogram.clear();
const cpuBefore = process.cpuUsage();
const start = performance.now();
await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
const elapsedMs = performance.now() - start;
delay.disable();
const cpu = process.cpuUsage(cpuBefore);
const live = engine.view.health().streams.filter(({ status }) => status === 'live').length;
function stageLines(report: LatencyReport): readonly string[] {
  const [all] = report.venues;
  if (all === undefined) return [];
  const stages = [...all.stages, { stage: 'received to painted', ...all.receivedToPainted }];
  return stages.map(
    ({ stage, p50Ms, p99Ms, maxMs, count }) =>
      `  ${stage.padEnd(19)} p50 ${text(p50Ms, 3)}  p99 ${text(p99Ms, 3)}  max ${text(maxMs, 3)} ms, ${count} messages`,
  );
}

const text = (value: number | null, digits = 2): string => (value ?? Number.NaN).toFixed(digits);
process.stdout.write(
  [
    `loopback sockets -> books -> batches, ${seconds} s, ${rate} msg/s asked for`,
    `handled             ${Math.round((frames / elapsedMs) * 1_000)} msg/s, ${live} live streams`,
    `received -> applied p50 ${text((applied.quantile(0.5) ?? 0) * 1_000, 0)} us, p99 ${text(applied.quantile(0.99))} ms`,
    `loop delay          p99 ${text(delay.percentile(99) / 1e6 - 2)} ms, max ${text(delay.max / 1e6 - 2)} ms`,
    `batches             ${text((batches / elapsedMs) * 1_000, 1)}/s, ${Math.round(bytes / Math.max(1, batches))} bytes each`,
    `encode              p50 ${text(encode.quantile(0.5))} ms, p99 ${text(encode.quantile(0.99))} ms (target 0.5)`,
    ...Object.entries(making).map(([name, each]) => {
      const figures = `p50 ${text(each.quantile(0.5))} ms, p99 ${text(each.quantile(0.99))} ms`;
      return `  of it ${name.padEnd(13)} ${figures}, in ${each.count} batches`;
    }),
    ...stageLines(engine.latency('minute')),
    `engine              ${text(((cpu.user + cpu.system) / 1_000 / elapsedMs) * 100, 0)} % of a core`,
    '',
  ].join('\n'),
);
session.close('done');
engine.close();
child.kill();
