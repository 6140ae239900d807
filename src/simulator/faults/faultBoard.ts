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

/** An answer to the client: the ack or refusal of a request, or the answer to its ping. */
export type ReplyKind = 'ack' | 'pong';

/** Frames other than one text: of the binary kind, a text that is no UTF-8, in many fragments. */
export const wireForms = ['binary', 'invalidUtf8', 'fragments'] as const;
export type WireForm = (typeof wireForms)[number];

/** What leaves for one client in place of a text. */
export interface Outgoing {
  readonly text: string;
  readonly delayMs: number;
  readonly form?: WireForm;
}

/** Called once per client with what faults before it left: nothing, the same twice, something held. */
export type Rewrite = (outgoing: Outgoing, client: object) => readonly Outgoing[];

export interface HandshakeRefusal {
  /** 0: reset without an answer; 'hang': no answer at all. */
  readonly status: number | 'hang';
  readonly retryAfterSec?: number;
}

export interface PassingAnswer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly delayMs: number;
}

/** `absent` leaves the field out, `valid` is the CRC32 of former days. */
export type ChecksumMode = 'zero' | 'absent' | 'valid' | 'wrong';

/** A book as it is now, the same after the venue's service restarted, or an empty update. */
export type PushForm = 'snapshot' | 'restart' | 'keepalive';

/** A running fault of one venue. Every hook is asked in the order in which faults were added. */
export interface ActiveFault {
  readonly type: string;
  readonly until: number;
  /** Asked once for each emission; undefined lets it pass to all clients. */
  onFrame?(frame: OutgoingFrame): Rewrite | undefined;
  onReply?(kind: ReplyKind): Rewrite | undefined;
  onHandshake?(): HandshakeRefusal | undefined;
  /** What becomes of a socket that was just accepted. */
  onAccepted?(): { readonly code: number } | 'reset' | 'freeze' | undefined;
  onRequest?(path: string): HandshakeRefusal | undefined;
  onAnswer?(path: string, answer: PassingAnswer): PassingAnswer | undefined;
  /** Whether the subscription of a stream is refused. */
  onSubscribe?(stream: string): boolean;
  /** Whether data goes on after an acknowledged unsubscription. */
  onUnsubscribe?(stream: string): boolean;
  /** Whether the venue forgets its own ping. */
  onPing?(): boolean;
  checksum?(market: string): ChecksumMode | undefined;
}

export class FaultBoard {
  private faults: ActiveFault[] = [];

  add(fault: ActiveFault): void {
    this.faults.push(fault);
  }

  clear(): void {
    this.faults = [];
  }

  onFrame(now: number, frame: OutgoingFrame): Rewrite | undefined {
    return chain(this.all(now, (fault) => fault.onFrame?.(frame)));
  }

  onReply(now: number, kind: ReplyKind): Rewrite | undefined {
    return chain(this.all(now, (fault) => fault.onReply?.(kind)));
  }

  onHandshake(now: number): HandshakeRefusal | undefined {
    return this.first(now, (fault) => fault.onHandshake?.());
  }

  onAccepted(now: number): { readonly code: number } | 'reset' | 'freeze' | undefined {
    return this.first(now, (fault) => fault.onAccepted?.());
  }

  onRequest(now: number, path: string): HandshakeRefusal | undefined {
    return this.first(now, (fault) => fault.onRequest?.(path));
  }

  onAnswer(now: number, path: string, answer: PassingAnswer): PassingAnswer {
    this.forget(now);
    let passing: PassingAnswer = answer;
    for (const fault of this.faults) passing = fault.onAnswer?.(path, passing) ?? passing;
    return passing;
  }

  refusesSubscription(now: number, stream: string): boolean {
    return this.first(now, (fault) => fault.onSubscribe?.(stream) === true || undefined) === true;
  }

  ignoresUnsubscription(now: number, stream: string): boolean {
    return this.first(now, (fault) => fault.onUnsubscribe?.(stream) === true || undefined) === true;
  }

  forgetsPing(now: number): boolean {
    return this.first(now, (fault) => fault.onPing?.() === true || undefined) === true;
  }

  checksum(now: number, market: string): ChecksumMode {
    return this.first(now, (fault) => fault.checksum?.(market)) ?? 'zero';
  }

  private first<Answer>(
    now: number,
    ask: (fault: ActiveFault) => Answer | undefined,
  ): Answer | undefined {
    if (this.faults.length === 0) return undefined;
    this.forget(now);
    for (const fault of this.faults) {
      const answer = ask(fault);
      if (answer !== undefined) return answer;
    }
    return undefined;
  }

  private all(
    now: number,
    ask: (fault: ActiveFault) => Rewrite | undefined,
  ): readonly Rewrite[] | undefined {
    if (this.faults.length === 0) return undefined;
    this.forget(now);
    return this.faults.flatMap((fault) => ask(fault) ?? []);
  }

  private forget(now: number): void {
    if (this.faults.some((fault) => fault.until <= now)) {
      this.faults = this.faults.filter((fault) => fault.until > now);
    }
  }
}

/** Each fault works on what those before it left. */
function chain(rewrites: readonly Rewrite[] | undefined): Rewrite | undefined {
  const first = rewrites?.[0];
  if (rewrites === undefined || first === undefined) return undefined;
  if (rewrites.length === 1) return first;
  return (outgoing, client) =>
    rewrites.reduce<readonly Outgoing[]>(
      (passing, rewrite) => passing.flatMap((each) => rewrite(each, client)),
      [outgoing],
    );
}
