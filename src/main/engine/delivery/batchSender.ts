import {
  maxBatchBytes,
  maxHeaderBytes,
  maxParts,
  writeBatchHeader,
} from '../../../shared/batch.ts';
import { ByteWriter } from '../../../shared/bytes.ts';
import type { DeliveryClock } from './deliveryClock.ts';
import type { DeliverySource, HostView } from './deliverySource.ts';
import type { EventQueue } from './eventQueue.ts';
import type { PendingChanges } from './pendingChanges.ts';

import { settleEvent, writeEvent, writePresent, writeReset } from './presentValue.ts';
import type { Subscription } from './subscription.ts';

export interface BatchSent {
  readonly sequence: number;
  readonly bytes: number;
  readonly encodeMs: number;
}

export interface NextBatch {
  readonly bytes: Uint8Array;
  readonly sent: BatchSent;
  /** Changes that found no room. */
  readonly left: Subscription[];
}

interface CutValue {
  readonly body: Uint8Array;
  readonly engineSequence: number;
  readonly parts: number;
  part: number;
}

const partBytes = maxBatchBytes - maxHeaderBytes;

/** Fills batches: events first, up to half of one, then state, then more events; nothing starves. */
export class BatchSender {
  readonly #host: HostView;
  readonly #clock: DeliveryClock;
  readonly #report: (text: string) => void;
  readonly #writer = new ByteWriter(maxBatchBytes + maxHeaderBytes);
  #sequence = 0;
  #cut: CutValue | null = null;
  #bodyAt = 0;
  #takesBack = false;
  failedValues = 0;

  constructor(host: HostView, clock: DeliveryClock, report: (text: string) => void) {
    this.#host = host;
    this.#clock = clock;
    this.#report = report;
  }

  get hasParts(): boolean {
    return this.#cut !== null;
  }

  /** The page drops an unfinished value when the next first part comes. */
  forgetParts(): void {
    this.#cut = null;
  }

  /** What finds no room in the next batch is taken back by it all the same: two moments never stand side by side. */
  takeBack(): void {
    this.#takesBack = true;
  }

  /** Null when there is nothing to say and no heartbeat is due. */
  next(
    source: DeliverySource,
    { events, changed }: Pick<PendingChanges, 'events' | 'changed'>,
    heartbeat: boolean,
  ): NextBatch | null {
    const startedMs = this.#clock.monotonicMs();
    if (this.#cut !== null) return this.#finish(this.#nextPart(source), startedMs, [...changed]);
    this.#begin(source, source.view.sequence, 0, 1);
    if (this.#takesBack) this.#putResets(changed);
    this.#putEvents(events, maxBatchBytes / 2);
    const left = this.#putState(source, changed);
    if (left.length === 0) this.#putEvents(events, maxBatchBytes);
    if (this.#writer.length === this.#bodyAt && !heartbeat) return null;
    if (this.#writer.length <= maxBatchBytes) {
      return this.#finish(this.#writer.copy(), startedMs, left);
    }
    const body = this.#writer.copy(this.#bodyAt);
    const parts = Math.ceil(body.length / partBytes);
    this.#cut = { body, engineSequence: source.view.sequence, parts, part: 0 };
    return this.#finish(this.#nextPart(source), startedMs, left);
  }

  #finish(bytes: Uint8Array, startedMs: number, left: Subscription[]): NextBatch {
    this.#sequence++;
    const encodeMs = this.#clock.monotonicMs() - startedMs;
    return { bytes, left, sent: { sequence: this.#sequence, bytes: bytes.length, encodeMs } };
  }

  #begin(source: DeliverySource, engineSequence: number, part: number, parts: number): void {
    this.#writer.truncate(0);
    writeBatchHeader(this.#writer, {
      sequence: this.#sequence + 1,
      engineSequence,
      source: source.source,
      hostTime: source.now(),
      part,
      parts,
    });
    this.#bodyAt = this.#writer.length;
  }

  #nextPart(source: DeliverySource): Uint8Array {
    const cut = this.#cut;
    if (cut === null) throw new Error('no value was cut');
    this.#begin(source, cut.engineSequence, cut.part, cut.parts);
    this.#writer.raw(cut.body.subarray(cut.part * partBytes, (cut.part + 1) * partBytes));
    cut.part++;
    if (cut.part === cut.parts) this.#cut = null;
    return this.#writer.copy();
  }

  #putResets(changed: readonly Subscription[]): void {
    this.#takesBack = false;
    for (const subscription of changed) {
      if (subscription.active) writeReset(this.#writer, subscription);
    }
  }

  #putEvents(events: EventQueue, limit: number): void {
    for (let event = events.peek(); event !== null; event = events.peek()) {
      const { subscription } = event;
      const queued = event;
      const isWanted = subscription.active && !subscription.fresh;
      if (isWanted) {
        if (!this.#fits(limit, subscription, () => writeEvent(this.#writer, queued))) return;
        settleEvent(queued);
      }
      events.shift();
    }
  }

  #putState(source: DeliverySource, changed: readonly Subscription[]): Subscription[] {
    for (let index = 0; index < changed.length; index++) {
      const subscription = changed[index];
      if (subscription === undefined) continue;
      if (subscription.active) {
        const write = () => writePresent(this.#writer, subscription, source.view, this.#host);
        if (!this.#fits(maxBatchBytes, subscription, write)) return changed.slice(index);
        subscription.settle();
      }
      subscription.listed = false;
    }
    return [];
  }

  /** False when it was taken back for want of room; alone in a batch, a value of any size has room. */
  #fits(limit: number, subscription: Subscription, write: () => void): boolean {
    const before = this.#writer.length;
    if (before > limit) return false;
    try {
      write();
    } catch (error) {
      this.#fail(subscription, before, String(error));
    }
    if (this.#writer.length <= limit) return true;
    if (before > this.#bodyAt) {
      this.#writer.truncate(before);
      return false;
    }
    if (this.#writer.length - this.#bodyAt > partBytes * maxParts) {
      this.#fail(subscription, before, 'too large');
    }
    return true;
  }

  /** A value that cannot be written must not leave an older one standing on the screen. */
  #fail(subscription: Subscription, before: number, reason: string): void {
    this.failedValues++;
    this.#report(`${subscription.key} could not be sent: ${reason}`);
    this.#writer.truncate(before);
    writeReset(this.#writer, subscription);
  }
}
