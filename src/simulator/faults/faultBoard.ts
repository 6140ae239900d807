import type { SimVenueId } from '../market/venueProfiles.ts';

/** `diff` is a book change that a client must not miss; `state` repeats itself. */
export type FrameKind = 'trade' | 'diff' | 'snapshot' | 'state' | 'candle';

export interface OutgoingFrame {
  readonly venue: SimVenueId;
  readonly market: string;
  /** The venue's own name of the stream or topic. */
  readonly stream: string;
  readonly kind: FrameKind;
}

export interface HandshakeRefusal {
  /** 0: reset without an answer; 'hang': no answer at all. */
  readonly status: number | 'hang';
}

/** A running fault of one venue. Every hook is asked in the order in which faults were added. */
export interface ActiveFault {
  readonly type: string;
  readonly until: number;
  /**
   * Asked once for each emission. Undefined lets it pass; otherwise the function says what to send
   * in place of each text: nothing, the same twice, something else, something held before.
   */
  onFrame?(frame: OutgoingFrame): ((text: string) => readonly string[]) | undefined;
  onHandshake?(): HandshakeRefusal | undefined;
  onRequest?(): HandshakeRefusal | undefined;
}

export class FaultBoard {
  private faults: ActiveFault[] = [];

  add(fault: ActiveFault): void {
    this.faults.push(fault);
  }

  clear(): void {
    this.faults = [];
  }

  onFrame(now: number, frame: OutgoingFrame): ((text: string) => readonly string[]) | undefined {
    if (this.faults.length === 0) return undefined;
    this.forget(now);
    for (const fault of this.faults) {
      const replace = fault.onFrame?.(frame);
      if (replace !== undefined) return replace;
    }
    return undefined;
  }

  onHandshake(now: number): HandshakeRefusal | undefined {
    this.forget(now);
    for (const fault of this.faults) {
      const refusal = fault.onHandshake?.();
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  }

  onRequest(now: number): HandshakeRefusal | undefined {
    this.forget(now);
    for (const fault of this.faults) {
      const refusal = fault.onRequest?.();
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  }

  private forget(now: number): void {
    if (this.faults.some((fault) => fault.until <= now)) {
      this.faults = this.faults.filter((fault) => fault.until > now);
    }
  }
}
