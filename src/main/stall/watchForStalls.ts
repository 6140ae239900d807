import { url as debuggerUrl } from 'node:inspector';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Log } from '../log.ts';
import type { StallOrders } from './stallOrders.ts';

const beatMs = 1_000;
/** 20 s, then once a minute. */
const usual = { lookMs: 5_000, looks: 4, pauseLooks: 12 };
/** It does next to nothing. */
const heap = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 };

export interface StallWatchOptions {
  /** Entry of the thread that watches. */
  readonly thread: URL | string;
  /** Keeps the newest report; null: it goes to standard error alone. */
  readonly profile: string | null;
  readonly log: Log;
  readonly times?: Pick<StallOrders, 'lookMs' | 'looks' | 'pauseLooks'>;
}

/** Where a program's loop no longer turns, nothing in it can say why: another thread does, with the calls it stands in. */
export function watchForStalls({ thread, profile, log, times = usual }: StallWatchOptions): void {
  // Whoever stops it to look at it knows.
  if (debuggerUrl() !== undefined) return;
  const beats = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const counted = new Int32Array(beats);
  setInterval(() => Atomics.add(counted, 0, 1), Math.min(beatMs, times.lookMs / 2)).unref();
  const file = profile === null ? null : join(profile, 'debug', 'stall.txt');
  const orders: StallOrders = { beats, file, ...times };
  const worker = new Worker(thread, { workerData: orders, execArgv: [], resourceLimits: heap });
  worker.on('error', (error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    const text = `nobody watches whether the main thread stands still: ${reason}`;
    log({ level: 'warning', scope: 'host', text });
  });
  worker.unref();
}
