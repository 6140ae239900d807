import type { FeedError } from '../../../shared/feedHealth.ts';
import type { EpochMs } from '../../../shared/market.ts';
import type { RateMeterSaved } from '../health/rateMeter.ts';
import { RateMeter } from '../health/rateMeter.ts';

export interface ConnectionCounters {
  messages: number;
  bytes: number;
  sent: number;
  decodeErrors: number;
  gaps: number;
  resyncs: number;
  reconnects: number;
}

export interface ConnectionMeterSaved {
  readonly counters: ConnectionCounters;
  readonly roundTripMs: number | null;
  readonly lastReceivedTime: EpochMs | null;
  readonly lastError: FeedError | null;
  readonly messageRate: RateMeterSaved;
  readonly byteRate: RateMeterSaved;
}

/** What is counted and measured on one connection, over all its sockets. */
export class ConnectionMeter {
  readonly counters: ConnectionCounters = {
    messages: 0,
    bytes: 0,
    sent: 0,
    decodeErrors: 0,
    gaps: 0,
    resyncs: 0,
    reconnects: 0,
  };
  roundTripMs: number | null = null;
  lastReceivedTime: EpochMs | null = null;
  lastError: FeedError | null = null;
  private readonly messageRate = new RateMeter();
  private readonly byteRate = new RateMeter();

  countFrame(bytes: number, nowMs: number, time: EpochMs): void {
    this.counters.messages += 1;
    this.counters.bytes += bytes;
    this.messageRate.add(nowMs, 1);
    this.byteRate.add(nowMs, bytes);
    this.lastReceivedTime = time;
  }

  rates(nowMs: number): { readonly messagesPerSec: number; readonly bytesPerSec: number } {
    return {
      messagesPerSec: this.messageRate.perSec(nowMs),
      bytesPerSec: this.byteRate.perSec(nowMs),
    };
  }

  save(): ConnectionMeterSaved {
    const { roundTripMs, lastReceivedTime, lastError } = this;
    return {
      counters: { ...this.counters },
      ...{ roundTripMs, lastReceivedTime, lastError },
      messageRate: this.messageRate.save(),
      byteRate: this.byteRate.save(),
    };
  }

  restore(saved: ConnectionMeterSaved): void {
    Object.assign(this.counters, saved.counters);
    this.roundTripMs = saved.roundTripMs;
    this.lastReceivedTime = saved.lastReceivedTime;
    this.lastError = saved.lastError;
    this.messageRate.restore(saved.messageRate);
    this.byteRate.restore(saved.byteRate);
  }
}
