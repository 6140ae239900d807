import type { BridgeTransport } from '../../shared/bridge.ts';
import { TransportInbox } from '../../shared/transportInbox.ts';
import { LinkTimeoutError } from './bridge.ts';

const openLimitMs = 10_000;

/** One socket to the gateway; rejects when it does not open. Reconnecting is the bridge's. */
export function openWebSocketTransport(address: URL): Promise<BridgeTransport> {
  const socket = new WebSocket(address);
  socket.binaryType = 'arraybuffer';
  const inbox = new TransportInbox();
  socket.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (data instanceof ArrayBuffer && !inbox.isClosed) inbox.push(new Uint8Array(data));
  });
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => {
      reject(new LinkTimeoutError('the socket did not open in time'));
      socket.close();
    }, openLimitMs);
    socket.addEventListener('open', () => {
      clearTimeout(limit);
      resolve(transportOver(socket, inbox));
    });
    socket.addEventListener('close', (event) => {
      clearTimeout(limit);
      inbox.close(event.reason === '' ? 'the connection was lost' : event.reason);
      reject(new Error('the socket did not open'));
    });
  });
}

function transportOver(socket: WebSocket, inbox: TransportInbox): BridgeTransport {
  return {
    send(bytes) {
      if (inbox.isClosed || socket.readyState !== WebSocket.OPEN) return;
      socket.send(new Uint8Array(bytes));
    },
    onMessage: (listener) => inbox.onMessage(listener),
    onClose: (listener) => inbox.onClose(listener),
    bufferedBytes: () => socket.bufferedAmount,
    close() {
      inbox.close('closed by the page');
      socket.close(1000);
    },
  };
}
