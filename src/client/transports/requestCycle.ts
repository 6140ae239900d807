import type { ClientClock } from '../clientClock.ts';
import { endOfFailure } from './httpRequests.ts';
import type { TransportEnd } from './transport.ts';

/** Changes within this become one new request. */
const changeMs = 20;

export interface RequestCycleOptions {
  readonly clock: ClientClock;
  /** One stream or session, until it ends; null or what comes after an abort is not heard. */
  readonly run: (signal: AbortSignal) => Promise<TransportEnd | null>;
  /** It is left for another one, or for good. */
  readonly onLeft?: () => void;
  readonly onEnd: (end: TransportEnd) => void;
}

/** The life of a transport over HTTP: opened, opened anew for other channels, and ended once. */
export class RequestCycle {
  isOver = false;
  private readonly options: RequestCycleOptions;
  private abort = new AbortController();
  private cancelChange: (() => void) | null = null;
  private wasOpened = false;

  constructor(options: RequestCycleOptions) {
    this.options = options;
  }

  /** True for the first time only. */
  noteOpened(): boolean {
    const isFirst = !this.wasOpened;
    this.wasOpened = true;
    return isFirst;
  }

  open(): void {
    const abort = new AbortController();
    this.abort = abort;
    const end = (told: TransportEnd | null): void => {
      if (told !== null && !abort.signal.aborted) this.end(told);
    };
    this.options.run(abort.signal).then(end, (cause: unknown) => {
      end(endOfFailure(cause, this.wasOpened));
    });
  }

  reopenSoon(): void {
    if (this.isOver || this.cancelChange !== null) return;
    this.cancelChange = this.options.clock.after(changeMs, () => {
      this.cancelChange = null;
      this.leave();
      this.open();
    });
  }

  end(end: TransportEnd): void {
    if (this.isOver) return;
    this.close();
    this.options.onEnd(end);
  }

  /** Safe to call twice. */
  close(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.cancelChange?.();
    this.leave();
  }

  private leave(): void {
    this.abort.abort();
    this.options.onLeft?.();
  }
}
