import type { MessagePortMain } from 'electron';
import type { BridgeTransport } from '../../shared/bridge.ts';
import { TransportInbox } from '../../shared/transportInbox.ts';

export interface PortTransport {
  readonly transport: BridgeTransport;
  /** Messages of the page that were no bytes: dropped and counted. */
  refusedCount(): number;
}

/** A bridge transport over the main process's end of a channel whose other end is the page's. */
export function createPortTransport(port: MessagePortMain): PortTransport {
  const inbox = new TransportInbox();
  let refused = 0;

  const close = (reason: string): void => {
    if (inbox.isClosed) return;
    inbox.close(reason);
    port.close();
  };

  port.on('message', (event) => {
    const message: unknown = event.data;
    if (message instanceof Uint8Array) inbox.push(message);
    else refused += 1;
  });
  port.on('close', () => {
    close('the page closed its port');
  });

  return {
    transport: {
      send(bytes) {
        if (inbox.isClosed) return;
        try {
          // Never in a transfer list: buffers do not survive one between processes, the message is lost.
          port.postMessage(tight(bytes));
        } catch {
          close('the port failed');
        }
      },
      onMessage(listener) {
        inbox.onMessage(listener);
        port.start();
      },
      onClose(listener) {
        inbox.onClose(listener);
      },
      // A port does not tell what it holds; the credit of the session bounds it.
      bufferedBytes: () => 0,
      close() {
        close('closed by the host');
      },
    },
    refusedCount: () => refused,
  };
}

/** A view is cloned with its whole buffer: for a pooled one, 64 KiB of someone else's memory. */
function tight(bytes: Uint8Array): Uint8Array {
  const isTight = bytes.byteLength === bytes.buffer.byteLength;
  return isTight ? bytes : new Uint8Array(bytes);
}
