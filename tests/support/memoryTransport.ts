import type { BridgeTransport } from '../../src/shared/bridge.ts';

export interface MemoryTransport extends BridgeTransport {
  /** Messages sent by this side so far, for tests that count. */
  readonly sent: number;
  /** As if the other process had died: both sides hear of it. */
  fail(reason: string): void;
}

export interface MemoryPair {
  readonly page: MemoryTransport;
  readonly host: MemoryTransport;
}

export interface MemoryPairOptions {
  /** When a message arrives; a microtask by default, in order in any case. */
  readonly deliver?: (arrive: () => void) => void;
  readonly roundTripMs?: () => number | null;
}

/** Two ends of one pipe, with the awkward semantics of a MessagePort: bytes are cloned, nothing arrives after close. */
export function createMemoryPair(options: MemoryPairOptions = {}): MemoryPair {
  const deliver = options.deliver ?? queueMicrotask;
  const page = new End(deliver, () => null);
  const host = new End(deliver, options.roundTripMs ?? (() => null));
  page.other = host;
  host.other = page;
  return { page, host };
}

class End implements MemoryTransport {
  readonly #deliver: (arrive: () => void) => void;
  readonly #roundTripMs: () => number | null;
  #listener: ((bytes: Uint8Array) => void) | null = null;
  #closeListener: ((reason: string) => void) | null = null;
  #waiting: Uint8Array[] = [];
  #closed = false;
  #closeReason: string | null = null;
  other: End | null = null;
  sent = 0;

  constructor(deliver: (arrive: () => void) => void, roundTripMs: () => number | null) {
    this.#deliver = deliver;
    this.#roundTripMs = roundTripMs;
  }

  send(bytes: Uint8Array): void {
    if (this.#closed) return;
    if (bytes.buffer.byteLength !== bytes.byteLength) {
      throw new Error('not a tight array: the whole buffer under it would be cloned');
    }
    this.sent++;
    const clone = bytes.slice();
    this.#deliver(() => this.other?.receive(clone));
  }

  receive(bytes: Uint8Array): void {
    if (this.#closed) return;
    if (this.#listener === null) this.#waiting.push(bytes);
    else this.#listener(bytes);
  }

  onMessage(listener: (bytes: Uint8Array) => void): void {
    this.#listener = listener;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const bytes of waiting) listener(bytes);
  }

  onClose(listener: (reason: string) => void): void {
    this.#closeListener = listener;
    if (this.#closeReason !== null) listener(this.#closeReason);
  }

  bufferedBytes(): number {
    return 0;
  }

  roundTripMs(): number | null {
    return this.#roundTripMs();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const { other } = this;
    this.#deliver(() => other?.fail('closed by the other side'));
  }

  fail(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#closeReason = reason;
    this.#closeListener?.(reason);
    this.other?.fail(reason);
  }
}
