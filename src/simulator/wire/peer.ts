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
  deliver(text: string): void {
    if (!this.isOpen) return;
    this.context.counters.messages += 1;
    this.lastSent = this.context.now();
    this.link.send(text);
    this.frames += 1;
    if (this.frames % framesPerBufferCheck === 0) this.checkBuffer();
  }

  /** An answer to the client: no market data. */
  reply(text: string): void {
    if (!this.isOpen) return;
    this.lastSent = this.context.now();
    this.link.send(text);
  }

  ping(payload: string): void {
    if (this.isOpen) this.link.ping(payload);
  }

  pong(payload: string): void {
    if (this.isOpen) this.link.pong(payload);
  }

  close(code: number, reason: string): void {
    if (!this.isOpen) return;
    this.context.counters.closes += 1;
    this.gone();
    this.link.close(code, reason);
  }

  terminate(): void {
    if (!this.isOpen) return;
    this.context.counters.closes += 1;
    this.gone();
    this.link.terminate();
  }

  /** The client went away by itself. */
  gone(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.onGone();
  }

  private checkBuffer(): void {
    const buffered = this.link.bufferedBytes?.() ?? 0;
    if (buffered <= maxBufferedBytes) return;
    const { closeCode, reason } = this.slowConsumer;
    if (closeCode === undefined) this.terminate();
    else this.close(closeCode, reason);
  }
}
