import { expect, test } from 'vitest';
import { WindowTraces } from '../../../../src/main/engine/delivery/windowTraces.ts';
import { LatencyHistogram } from '../../../../src/main/engine/health/latencyHistogram.ts';
import { LatencyMeter } from '../../../../src/main/engine/health/latencyMeter.ts';
import type { PaintedStages } from '../../../../src/main/engine/health/latencyMeter.ts';
import { createLatencyReport } from '../../../../src/main/engine/health/latencyReport.ts';
import { MessageTracer } from '../../../../src/main/engine/health/messageTracer.ts';
import { latencySpans, latencyStages } from '../../../../src/shared/latency.ts';
import type { VenueId } from '../../../../src/shared/venues.ts';
import { seededRandom } from '../../../support/mutateFrame.ts';

const startWallMs = 1_790_000_000_000;

class FakeClock {
  nowMs = 1_000;
  monotonicMs = (): number => this.nowMs;
  wallMs = (): number => startWallMs + this.nowMs;
}

class HeardMeter extends LatencyMeter {
  readonly heard: {
    readonly venue: VenueId;
    readonly stages: PaintedStages;
    readonly times: number;
  }[] = [];

  override add(venue: VenueId, stages: PaintedStages, times: number): void {
    this.heard.push({ venue, stages, times });
    super.add(venue, stages, times);
  }
}

function setUp(random: () => number = () => 0) {
  const clock = new FakeClock();
  const meter = new HeardMeter(clock);
  const tracer = new MessageTracer(meter, clock, random);
  /** One frame through the core: what it changes is noted by the windows given. */
  const frame = (
    windows: readonly WindowTraces[],
    { eventAgeMs = 20, offsetMs = 0, stepMs = () => 0.01 }: FrameOptions = {},
  ): void => {
    const received = { receivedTime: clock.wallMs(), monotonicMs: clock.nowMs };
    tracer.begin('binance', received);
    clock.nowMs += stepMs();
    tracer.reach('decoded');
    const venueTime = eventAgeMs === null ? null : received.receivedTime + offsetMs - eventAgeMs;
    tracer.measure(venueTime, offsetMs);
    for (const window of windows) window.note();
    clock.nowMs += stepMs();
    tracer.reach('applied');
  };
  return { clock, meter, tracer, frame };
}

interface FrameOptions {
  readonly eventAgeMs?: number | null;
  readonly offsetMs?: number;
  readonly stepMs?: () => number;
}

test('the stages of each message add up to its total, to the microsecond', () => {
  const random = seededRandom(11);
  const { clock, meter, tracer, frame } = setUp(random);
  const window = new WindowTraces(tracer, () => 0);
  const step = (): number => random() * 3.7;
  let sequence = 0;
  const sent: { readonly sequence: number; readonly arrivesMs: number }[] = [];
  for (let round = 0; round < 2_000; round += 1) {
    const eventAgeMs = random() < 0.1 ? null : random() * 120 - 20;
    frame([window], { eventAgeMs, offsetMs: random() * 2_000 - 1_000, stepMs: step });
    clock.nowMs += step();
    if (random() < 0.5) {
      sequence += 1;
      window.sent(sequence, clock.nowMs, random() < 0.8);
      sent.push({ sequence, arrivesMs: clock.nowMs + step() });
    }
    const oldest = sent[0];
    if (oldest === undefined || random() < 0.4) continue;
    const acked = random() < 0.3 ? (sent.at(-1) ?? oldest) : oldest;
    clock.nowMs = Math.max(clock.nowMs, acked.arrivesMs) + 5 * random();
    // Now and then a page whose clock cannot be right.
    const pageMs = random() < 0.05 ? 1e6 : clock.nowMs - acked.arrivesMs;
    window.acknowledged(acked.sequence, clock.nowMs + step(), pageMs);
    sent.splice(0, sent.indexOf(acked) + 1);
  }
  expect(meter.heard.length).toBeGreaterThan(1_500);
  for (const { stages } of meter.heard) {
    const ours = latencyStages.filter((stage) => stage !== 'received').map((each) => stages[each]);
    expect(sum(ours)).toBe(stages.receivedToPainted);
    for (const us of ours) {
      expect(Number.isInteger(us)).toBe(true);
      expect(us).toBeGreaterThanOrEqual(0);
    }
    const total = stages.received === null ? null : sum([...ours, stages.received]);
    expect(total).toBe(stages.eventToPainted);
  }
});

test('the way to the page is half of what the round trip left over', () => {
  const { clock, meter, tracer, frame } = setUp();
  const window = new WindowTraces(tracer, () => 0);
  frame([window], { eventAgeMs: 30, offsetMs: -1_270 });
  clock.nowMs = 1_010;
  window.sent(1, clock.nowMs, true);
  window.acknowledged(1, 1_024, 8);
  expect(meter.heard).toEqual([
    {
      venue: 'binance',
      times: 1,
      stages: {
        received: 30_000,
        decoded: 10,
        applied: 10,
        batched: 9_980,
        pageReceived: 3_000,
        painted: 8_000,
        receivedToPainted: 21_000,
        eventToPainted: 51_000,
      },
    },
  ]);
});

test('batches that one frame paints are painted at one moment', () => {
  const { clock, meter, tracer, frame } = setUp();
  const window = new WindowTraces(tracer, () => 0);
  frame([window]);
  window.sent(1, 1_010, true);
  clock.nowMs = 1_012;
  frame([window]);
  window.sent(2, 1_026, true);
  window.acknowledged(2, 1_040, 10);
  const moments = meter.heard.map(
    ({ stages }, index) => (stages.receivedToPainted ?? 0) + (index === 0 ? 1_000_000 : 1_012_000),
  );
  expect(moments).toEqual([1_038_000, 1_038_000]);
});

test('a message is carried by the batch that leaves nothing of it behind', () => {
  const { meter, tracer, frame } = setUp();
  const window = new WindowTraces(tracer, () => 0);
  frame([window]);
  window.sent(1, 1_005, false);
  window.sent(2, 1_020, true);
  window.acknowledged(1, 1_015, 8);
  expect(meter.heard).toHaveLength(0);
  window.acknowledged(2, 1_030, 8);
  expect(meter.heard).toHaveLength(1);
});

test('each window that paints counts, one that hides or loses its market does not', () => {
  const { meter, tracer, frame } = setUp();
  const windows = [
    new WindowTraces(tracer, () => 0),
    new WindowTraces(tracer, () => 0),
    new WindowTraces(tracer, () => 0),
  ];
  frame(windows);
  windows.forEach((window) => window.sent(1, 1_005, true));
  windows[2]?.forget();
  windows.forEach((window) => window.acknowledged(1, 1_020, 8));
  expect(meter.heard).toHaveLength(2);
});

test('what no window notes and what comes on a schedule is never counted', () => {
  const { clock, meter, tracer } = setUp();
  const window = new WindowTraces(tracer, () => 0);
  tracer.begin('okx', { receivedTime: clock.wallMs(), monotonicMs: clock.nowMs });
  tracer.reach('decoded');
  window.note();
  tracer.reach('applied');
  window.note();
  window.sent(1, 1_001, true);
  window.acknowledged(1, 1_020, 8);
  expect(meter.heard).toHaveLength(0);
});

test('a busy feed is sampled so that each message weighs the same, and a page that stands still costs no memory', () => {
  const random = seededRandom(5);
  const { clock, meter, tracer } = setUp(random);
  const window = new WindowTraces(tracer, seededRandom(6));
  const perMs = 40;
  for (let message = 0; message < 10_000 * perMs; message += 1) {
    clock.nowMs = 1_000 + message / perMs;
    tracer.begin('bybit', { receivedTime: clock.wallMs(), monotonicMs: clock.nowMs });
    tracer.reach('decoded');
    tracer.measure(null, null);
    window.note();
    tracer.reach('applied');
  }
  window.sent(1, clock.nowMs, true);
  window.acknowledged(1, clock.nowMs, 0);
  expect(meter.heard.length).toBe(1_024);
  const ages = meter.heard.map(({ stages, times }) => (stages.receivedToPainted ?? 0) * times);
  const meanAge = sum(ages) / sum(meter.heard.map(({ times }) => times)) / 1_000;
  expect(meanAge).toBeGreaterThan(4_500);
  expect(meanAge).toBeLessThan(5_500);
});

test('which messages a page that stands still gives up is drawn from the port alone', () => {
  const { clock, meter, tracer, frame } = setUp();
  const window = new WindowTraces(tracer, () => 0);
  for (let message = 0; message < 1_030; message += 1) {
    clock.nowMs += 50;
    frame([window]);
  }
  window.sent(1, clock.nowMs, true);
  window.acknowledged(1, clock.nowMs, 0);
  const ages = meter.heard.map(({ stages }) => stages.receivedToPainted ?? 0);
  expect(ages).toHaveLength(1_024);
  // The first place of all was drawn each time: the newest stands there, the second message where it was.
  expect([Math.min(...ages), Math.max(...ages)]).toEqual([ages[0], ages[1]]);
});

test('[S4-21] figures over a window: without a value they are null and never NaN', () => {
  const clock = new FakeClock();
  const meter = new LatencyMeter(clock);
  for (const span of latencySpans) {
    const text = JSON.stringify(createLatencyReport(meter, span, clock.wallMs(), []));
    expect(text).not.toMatch(/NaN|Infinity/);
    const [all] = createLatencyReport(meter, span, clock.wallMs(), []).venues;
    expect(all?.receivedToPainted).toEqual({
      count: 0,
      meanMs: null,
      p50Ms: null,
      p99Ms: null,
      maxMs: null,
      shape: [],
    });
  }
  const empty = new LatencyHistogram();
  expect([empty.quantile(0.5), empty.figures().meanMs]).toEqual([null, null]);
});

test('[S4-21] a minute, a quarter and a session forget in their own time', () => {
  const clock = new FakeClock();
  const meter = new LatencyMeter(clock);
  const paint = (ms: number): void =>
    meter.add(
      'okx',
      {
        received: null,
        decoded: 0,
        applied: 0,
        batched: 0,
        pageReceived: 0,
        painted: ms * 1_000,
        receivedToPainted: ms * 1_000,
        eventToPainted: null,
      },
      1,
    );
  const maxima = (): (number | null)[] =>
    latencySpans.map((span) => meter.figures('okx', span).receivedToPainted.maxMs);
  paint(500);
  clock.nowMs += 59_000;
  paint(20);
  paint(30);
  expect(maxima()).toEqual([500, 500, 500]);
  expect(meter.figures(null, 'minute').receivedToPainted).toMatchObject({
    count: 3,
    meanMs: 183.333,
  });
  clock.nowMs += 30_000;
  expect(maxima()).toEqual([30, 500, 500]);
  clock.nowMs += 17 * 60_000;
  expect(maxima()).toEqual([null, null, 500]);
  clock.nowMs += 3_600_000;
  paint(1);
  expect(maxima()).toEqual([1, 1, 500]);
});

test('quantiles stay within three percent of the exact ones, the maximum is exact', () => {
  const random = seededRandom(3);
  const values = Array.from({ length: 20_000 }, () => 10 ** (random() * 6 - 3));
  const histogram = new LatencyHistogram();
  for (const value of values) histogram.add(value);
  const sorted = values.toSorted((a, b) => a - b);
  for (const q of [0.01, 0.5, 0.95, 0.99]) {
    const exact = sorted[Math.ceil(q * sorted.length) - 1] ?? Number.NaN;
    expect(Math.abs((histogram.quantile(q) ?? Number.NaN) / exact - 1)).toBeLessThan(0.035);
  }
  const figures = histogram.figures();
  expect(figures.maxMs).toBeCloseTo(sorted.at(-1) ?? 0, 3);
  expect(figures.shape).toHaveLength(16);
  expect(sum(figures.shape)).toBeCloseTo(0.99, 1);
});

test('what takes seconds or minutes is not cut short', () => {
  for (const valueMs of [4_500, 12_800, 600_000]) {
    const histogram = new LatencyHistogram();
    for (let index = 0; index < 100; index += 1) histogram.add(valueMs + index);
    histogram.add(3_600_000);
    expect(Math.abs((histogram.quantile(0.5) ?? 0) / valueMs - 1)).toBeLessThan(0.035);
  }
});

test('the trend has a point per five seconds, and none where nothing was painted', () => {
  const { clock, meter, tracer, frame } = setUp();
  const window = new WindowTraces(tracer, () => 0);
  for (let sequence = 1; sequence <= 3; sequence += 1) {
    frame([window]);
    window.sent(sequence, clock.nowMs, true);
    window.acknowledged(sequence, clock.nowMs + 12, 12);
    clock.nowMs += sequence === 2 ? 15_000 : 5_000;
  }
  const points = meter.points();
  expect(points.map(({ p50Ms }) => p50Ms !== null)).toEqual([true, true, false, false, true]);
  expect(points.map(({ time }) => time - startWallMs)).toEqual([
    5_000, 10_000, 15_000, 20_000, 25_000,
  ]);
  clock.nowMs += 3_600_000;
  expect(meter.points()).toHaveLength(180);
});

function sum(values: readonly (number | null)[]): number {
  return values.reduce<number>((total, value) => total + (value ?? Number.NaN), 0);
}
