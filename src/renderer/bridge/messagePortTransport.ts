import type { BridgeTransport } from '../../shared/bridge.ts';
import { channels } from '../../shared/channels.ts';
import { TransportInbox } from '../../shared/transportInbox.ts';
import { LinkTimeoutError } from './bridge.ts';

const askAfterMs = 1000;
const giveUpAfterMs = 5000;

/**
 * Takes the ports that the preload posts to its own page (`channels.pageHello`). The first comes by itself when the
 * document is read; for another one the page posts `channels.requestPort` to itself, which the preload hears.
 */
export class PortSource {
  readonly #window: Window;
  /** Came when nobody waited for it; only the newest still leads to the host. */
  #kept: MessagePort | null = null;
  #taker: ((port: MessagePort) => void) | null = null;
  #first = true;

  constructor(window: Window) {
    this.#window = window;
    window.addEventListener('message', (event) => this.#onMessage(event));
  }

  open(): Promise<BridgeTransport> {
    const kept = this.#kept;
    const isFirst = this.#first;
    this.#kept = null;
    this.#first = false;
    if (kept !== null) return Promise.resolve(createPortTransport(kept));
    if (!isFirst) this.#ask();
    return new Promise((resolve, reject) => {
      const asking = setTimeout(() => this.#ask(), askAfterMs);
      const giving = setTimeout(() => {
        this.#taker = null;
        reject(new LinkTimeoutError('the desktop gave no port'));
      }, giveUpAfterMs);
      this.#taker = (port) => {
        this.#taker = null;
        clearTimeout(asking);
        clearTimeout(giving);
        resolve(createPortTransport(port));
      };
    });
  }

  #ask(): void {
    this.#window.postMessage({ type: channels.requestPort }, this.#window.location.origin);
  }

  #onMessage(event: MessageEvent<unknown>): void {
    // Only the preload of this very window may hand a port over.
    if (event.source !== this.#window || event.origin !== this.#window.location.origin) return;
    if (!isHello(event.data)) return;
    const [port] = event.ports;
    if (port === undefined) return;
    if (this.#taker === null) {
      this.#kept?.close();
      this.#kept = port;
    } else {
      this.#taker(port);
    }
  }
}

function isHello(message: unknown): boolean {
  return (
    typeof message === 'object' &&
    message !== null &&
    'type' in message &&
    message.type === channels.pageHello
  );
}

export function createPortTransport(port: MessagePort): BridgeTransport {
  const inbox = new TransportInbox();
  const close = (reason: string): void => {
    if (inbox.isClosed) return;
    inbox.close(reason);
    port.close();
  };
  port.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (ArrayBuffer.isView(data)) {
      inbox.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    }
  });
  port.addEventListener('messageerror', () => close('a message could not be read'));
  port.addEventListener('close', () => close('the host closed the port'));
  return {
    send(bytes) {
      if (inbox.isClosed) return;
      // Never in a transfer list: between processes the buffer would be lost with the message.
      port.postMessage(bytes);
    },
    onMessage(listener) {
      inbox.onMessage(listener);
      port.start();
    },
    onClose: (listener) => inbox.onClose(listener),
    bufferedBytes: () => 0,
    close: () => close('closed by the page'),
  };
}
