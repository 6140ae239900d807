import type { ConnectionStatus, FeedError } from '../../../shared/feedHealth.ts';
import type { EpochMs } from '../../../shared/market.ts';
import type { RateMeterSaved } from '../health/rateMeter.ts';
import { RateMeter } from '../health/rateMeter.ts';
import type { RoundTripSaved } from '../health/roundTripMeter.ts';
import { RoundTripMeter } from '../health/roundTripMeter.ts';
import type { UptimeSaved } from '../health/uptimeMeter.ts';
import { UptimeMeter } from '../health/uptimeMeter.ts';

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
  readonly roundTrips: RoundTripSaved;
  readonly lastReceivedTime: EpochMs | null;
  readonly lastError: FeedError | null;
  readonly errors: number;
  readonly uptime: UptimeSaved;
  readonly wanted: UptimeSaved;
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
  readonly roundTrips = new RoundTripMeter();
  lastReceivedTime: EpochMs | null = null;
  lastError: FeedError | null = null;
  errors = 0;
  /** With an open socket. */
  readonly uptime = new UptimeMeter();
  /** Not paused, and with something to carry. */
  readonly wanted = new UptimeMeter();
  private readonly messageRate = new RateMeter();
  private readonly byteRate = new RateMeter();

  countFrame(bytes: number, nowMs: number, time: EpochMs): void {
    this.counters.messages += 1;
    this.counters.bytes += bytes;
    this.messageRate.add(nowMs, 1);
    this.byteRate.add(nowMs, bytes);
    this.lastReceivedTime = time;
  }

  noteError(error: FeedError): void {
    this.lastError = error;
    this.errors += 1;
  }

  noteStatus(status: ConnectionStatus, nowMs: number): void {
    this.uptime.mark(status === 'subscribing' || status === 'live', nowMs);
    this.wanted.mark(status !== 'closed', nowMs);
  }

  rates(nowMs: number): { readonly messagesPerSec: number; readonly bytesPerSec: number } {
    return {
      messagesPerSec: this.messageRate.perSec(nowMs),
      bytesPerSec: this.byteRate.perSec(nowMs),
    };
  }

  save(): ConnectionMeterSaved {
    const { lastReceivedTime, lastError, errors } = this;
    return {
      counters: { ...this.counters },
      roundTrips: this.roundTrips.save(),
      ...{ lastReceivedTime, lastError, errors },
      uptime: this.uptime.save(),
      wanted: this.wanted.save(),
      messageRate: this.messageRate.save(),
      byteRate: this.byteRate.save(),
    };
  }

  restore(saved: ConnectionMeterSaved): void {
    Object.assign(this.counters, saved.counters);
    this.roundTrips.restore(saved.roundTrips);
    this.lastReceivedTime = saved.lastReceivedTime;
    this.lastError = saved.lastError;
    this.errors = saved.errors;
    this.uptime.restore(saved.uptime);
    this.wanted.restore(saved.wanted);
    this.messageRate.restore(saved.messageRate);
    this.byteRate.restore(saved.byteRate);
  }
}
