import type { ReplyKind, WireForm } from '../faults/faultBoard.ts';
import type { SimLink } from './dialect.ts';
import type { VenueContext } from './venueContext.ts';

const maxBufferedBytes = 16 * 1024 * 1024;
const framesPerBufferCheck = 128;

export interface SlowConsumerPolicy {
  /** No code: the socket is cut without a close frame. */
  readonly closeCode?: number;
  readonly reason: string;
}

/** The sending half of a connection: counts, and goes silent once closed. */
export class Peer {
  isOpen = true;
  /** Half open: nothing passes in either direction, and the other side is told nothing. */
  isFrozen = false;
  lastSent: number;
  private readonly context: VenueContext;
  private readonly link: SimLink;
  private readonly slowConsumer: SlowConsumerPolicy;
  private readonly onGone: () => void;
  private frames = 0;

  constructor(
    context: VenueContext,
    link: SimLink,
    slowConsumer: SlowConsumerPolicy,
    onGone: () => void,
  ) {
    this.context = context;
    this.link = link;
    this.slowConsumer = slowConsumer;
    this.onGone = onGone;
    this.lastSent = context.now();
  }

  /** A data frame. */
  deliver(text: string, form?: WireForm): void {
    if (!this.isOpen || this.isFrozen) return;
    this.context.counters.messages += 1;
    this.lastSent = this.context.now();
    if (form !== undefined && this.link.sendAs !== undefined) this.link.sendAs(form, text);
    else this.link.send(text);
    this.frames += 1;
    if (this.frames % framesPerBufferCheck === 0) this.checkBuffer();
  }

  /** An answer to the client: no market data. */
  reply(text: string, kind: ReplyKind = 'ack'): void {
    this.answer(text, kind, (each) => {
      this.lastSent = this.context.now();
      this.link.send(each);
    });
  }

  /** Something that the venue says by itself to this client. */
  notify(text: string): void {
    if (this.isOpen && !this.isFrozen) this.link.send(text);
  }

  /** False if a fault kept it back. */
  ping(payload: string): boolean {
    if (!this.isOpen || this.isFrozen) return false;
    if (this.context.faults.forgetsPing(this.context.now())) return false;
    this.link.ping(payload);
    return true;
  }

  pong(payload: string): void {
    this.answer(payload, 'pong', (each) => this.link.pong(each));
  }

  freeze(): void {
    this.isFrozen = true;
  }

  close(code: number, reason: string): void {
    if (!this.isOpen) return;
    this.context.counters.closes += 1;
    this.gone();
    if (!this.isFrozen) this.link.close(code, reason);
  }

  terminate(): void {
    if (!this.isOpen) return;
    this.context.counters.closes += 1;
    this.gone();
    if (!this.isFrozen) this.link.terminate();
  }

  /** The client went away by itself. */
  gone(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.onGone();
  }

  private answer(text: string, kind: ReplyKind, send: (text: string) => void): void {
    if (!this.isOpen || this.isFrozen) return;
    const { context } = this;
    const rewrite = context.faults.onReply(context.now(), kind);
    const outgoing =
      rewrite === undefined ? [{ text, delayMs: 0 }] : rewrite({ text, delayMs: 0 }, this);
    for (const each of outgoing) {
      if (each.delayMs <= 0) send(each.text);
      else {
        context.schedule(context.now() + each.delayMs, () => {
          if (this.isOpen && !this.isFrozen) send(each.text);
        });
      }
    }
  }

  private checkBuffer(): void {
    const buffered = this.link.bufferedBytes?.() ?? 0;
    if (buffered <= maxBufferedBytes) return;
    const { closeCode, reason } = this.slowConsumer;
    if (closeCode === undefined) this.terminate();
    else this.close(closeCode, reason);
  }
}
