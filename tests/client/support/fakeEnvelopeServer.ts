import type { SocketConstructor, SocketLike } from '../../../src/client/clientContract.ts';

type Listener = (event: never) => void;

/** A WebSocket server of anybody's that speaks envelopes, in memory. */
export class FakeEnvelopeServer {
  readonly received: string[] = [];
  isRefusing = false;
  readonly WebSocket: SocketConstructor;
  private readonly opened = new Set<EnvelopeEnd>();

  constructor() {
    const server = {
      accept: (end: EnvelopeEnd): boolean => {
        if (this.isRefusing) return false;
        this.opened.add(end);
        return true;
      },
      leave: (end: EnvelopeEnd): void => void this.opened.delete(end),
      take: (text: string): void => void this.received.push(text),
    };
    this.WebSocket = class extends EnvelopeEnd {
      constructor() {
        super(server);
      }
    };
  }

  get openCount(): number {
    return this.opened.size;
  }

  say(message: unknown): void {
    for (const end of this.opened) end.emit('message', { data: JSON.stringify(message) });
  }

  drop(): void {
    for (const end of [...this.opened]) end.end(1006, '', false);
  }
}

interface ServerSide {
  readonly accept: (end: EnvelopeEnd) => boolean;
  readonly leave: (end: EnvelopeEnd) => void;
  readonly take: (text: string) => void;
}

class EnvelopeEnd implements SocketLike {
  binaryType = 'blob';
  readonly protocol = '';
  readyState = 0;
  private readonly server: ServerSide;
  private readonly listeners = new Map<string, Listener[]>();

  constructor(server: ServerSide) {
    this.server = server;
    void Promise.resolve().then(() => {
      if (this.readyState !== 0) return;
      if (!server.accept(this)) {
        this.end(1006, '', false);
        return;
      }
      this.readyState = 1;
      this.emit('open', {});
    });
  }

  send(payload: string | Uint8Array<ArrayBuffer>): void {
    this.server.take(String(payload));
  }

  close(code = 1005, reason = ''): void {
    this.end(code, reason, true);
  }

  addEventListener(type: string, listener: Listener): void {
    this.listeners.set(type, [...(this.listeners.get(type) ?? []), listener]);
  }

  end(code: number, reason: string, wasClean: boolean): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.server.leave(this);
    void Promise.resolve().then(() => this.emit('close', { code, reason, wasClean }));
  }

  emit(type: string, event: object): void {
    for (const listener of this.listeners.get(type) ?? []) {
      Reflect.apply(listener, undefined, [event]);
    }
  }
}
