import type { GatewayClock } from '../gatewayClock.ts';
import type { HubCounts, TransportName } from './clientContract.ts';

const slotMs = 5_000;
const slots = 12;
/** Steps of 12 %: from 0.05 ms to about ten minutes. */
const smallestMs = 0.05;
const step = Math.log(1.12);
const buckets = 144;

/** Upper ends of the steps in which deliveries are counted for good. */
const totalBoundsMs = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 5_000];

type Delivery = HubCounts['deliveryMs'];

/** Milliseconds from publication to the sink over the last minute, in slots of five seconds. */
export class DeliveryTimes {
  private readonly clock: GatewayClock;
  private readonly counts = Array.from({ length: slots }, () => new Uint32Array(buckets));
  private readonly largest = new Float64Array(slots);
  private readonly slotOf = new Float64Array(slots).fill(-1);
  private readonly totals = new Float64Array(totalBoundsMs.length + 1);
  private totalMs = 0;

  constructor(clock: GatewayClock) {
    this.clock = clock;
  }

  add(tookMs: number, nowMs: number): void {
    const slot = Math.floor(nowMs / slotMs);
    const at = slot % slots;
    const counts = this.counts[at];
    if (counts === undefined) return;
    if (this.slotOf[at] !== slot) {
      counts.fill(0);
      this.largest[at] = 0;
      this.slotOf[at] = slot;
    }
    const bucket = bucketOf(tookMs);
    counts[bucket] = (counts[bucket] ?? 0) + 1;
    if (tookMs > (this.largest[at] ?? 0)) this.largest[at] = tookMs;
    const bound = totalBoundsMs.findIndex((boundMs) => tookMs <= boundMs);
    const total = bound < 0 ? totalBoundsMs.length : bound;
    this.totals[total] = (this.totals[total] ?? 0) + 1;
    this.totalMs += tookMs;
  }

  readTotals(): HubCounts['deliveryTotals'] {
    let count = 0;
    const counts = [...this.totals].map((own) => (count += own));
    return { boundsMs: totalBoundsMs, counts: counts.slice(0, -1), count, sumMs: this.totalMs };
  }

  read(): Delivery {
    const now = Math.floor(this.clock.monotonicMs() / slotMs);
    const joined = new Float64Array(buckets);
    let largest = 0;
    for (const [at, counts] of this.counts.entries()) {
      if ((this.slotOf[at] ?? -1) <= now - slots) continue;
      for (let bucket = 0; bucket < buckets; bucket += 1) {
        joined[bucket] = (joined[bucket] ?? 0) + (counts[bucket] ?? 0);
      }
      largest = Math.max(largest, this.largest[at] ?? 0);
    }
    const total = joined.reduce((sum, count) => sum + count, 0);
    if (total === 0) return { p50: null, p99: null, max: null };
    const { min } = Math;
    return {
      p50: min(largest, quantile(joined, total * 0.5)),
      p99: min(largest, quantile(joined, total * 0.99)),
      max: largest,
    };
  }
}

function bucketOf(tookMs: number): number {
  if (tookMs <= smallestMs) return 0;
  return Math.min(buckets - 1, Math.ceil(Math.log(tookMs / smallestMs) / step));
}

/** The upper end of the bucket that holds it: never less than it was. */
function quantile(counts: Float64Array, rank: number): number {
  let seen = 0;
  for (let bucket = 0; bucket < buckets; bucket += 1) {
    seen += counts[bucket] ?? 0;
    if (seen >= rank) return smallestMs * Math.exp(bucket * step);
  }
  return smallestMs * Math.exp(buckets * step);
}

/** What the hub and its clients count as they go. */
export class HubTally {
  readonly delivery: DeliveryTimes;
  readonly clients: Record<TransportName, number> = { websocket: 0, socketio: 0, sse: 0, poll: 0 };
  publications = 0;
  recordsSent = 0;
  bytesSent = 0;
  conflated = 0;
  resyncs = 0;
  resumed = 0;
  evicted = 0;
  private ended = 0;
  private endedSec = 0;

  constructor(clock: GatewayClock) {
    this.delivery = new DeliveryTimes(clock);
  }

  clientEnded(transport: TransportName, durationMs: number): void {
    this.clients[transport] -= 1;
    this.ended += 1;
    this.endedSec += durationMs / 1_000;
  }

  read(channels: number, eventsHeld: number): HubCounts {
    const { publications, recordsSent, bytesSent, conflated, resyncs, resumed, evicted } = this;
    return {
      clients: { ...this.clients },
      ...{ channels, publications, eventsHeld, recordsSent, bytesSent, conflated },
      ...{ resyncs, resumed, evicted },
      deliveryMs: this.delivery.read(),
      deliveryTotals: this.delivery.readTotals(),
      durationsSec: { count: this.ended, sum: this.endedSec },
    };
  }
}
