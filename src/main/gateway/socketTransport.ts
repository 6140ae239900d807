import type { RawData, WebSocket } from 'ws';
import type { BridgeTransport } from '../../shared/bridge.ts';
import { TransportInbox } from '../../shared/transportInbox.ts';

/** Beyond this a page does not read at all: credit alone would have stopped batches long before. */
export const evictionBytes = 8 * 1_048_576;
/** A close frame waits behind what the page does not read: then the socket is cut. */
const closeGraceMs = 2_000;
const pingIntervalMs = 15_000;

const closeCodes = { normal: 1000, textRefused: 1003, tooSlow: 1013 } as const;

/** A bridge transport over one WebSocket; binary messages only. */
export function createSocketTransport(socket: WebSocket): BridgeTransport {
  const inbox = new TransportInbox();
  const roundTrips = new RoundTrips();
  const close = (code: number, reason: string): void => {
    inbox.close(reason);
    if (socket.readyState === socket.CLOSED) return;
    socket.close(code, reason);
    setTimeout(() => {
      socket.terminate();
    }, closeGraceMs).unref();
  };

  listen(socket, inbox, roundTrips, close);
  return {
    send(bytes) {
      if (inbox.isClosed || socket.readyState !== socket.OPEN) return;
      if (socket.bufferedAmount + bytes.byteLength > evictionBytes) {
        close(closeCodes.tooSlow, 'too slow: the page stopped reading');
        return;
      }
      socket.send(bytes, { binary: true, compress: false });
    },
    onMessage(listener) {
      inbox.onMessage(listener);
    },
    onClose(listener) {
      inbox.onClose(listener);
    },
    bufferedBytes: () => socket.bufferedAmount,
    roundTripMs: () => roundTrips.shortestMs,
    close() {
      close(closeCodes.normal, 'closed by the host');
    },
  };
}

function listen(
  socket: WebSocket,
  inbox: TransportInbox,
  roundTrips: RoundTrips,
  close: (code: number, reason: string) => void,
): void {
  let alive = true;
  // A page whose machine went to sleep leaves a half-open socket: nothing else would ever notice.
  const pinging = setInterval(() => {
    if (!alive) {
      inbox.close('no answer to pings');
      socket.terminate();
      return;
    }
    alive = false;
    roundTrips.begin();
    socket.ping();
  }, pingIntervalMs);
  pinging.unref();
  roundTrips.begin();
  socket.ping();

  socket.on('pong', () => {
    alive = true;
    roundTrips.end();
  });
  socket.on('message', (message, isBinary) => {
    alive = true;
    if (inbox.isClosed) return;
    if (isBinary) inbox.push(bytesOf(message));
    else close(closeCodes.textRefused, 'only binary messages are understood');
  });
  socket.on('error', () => {
    // `ws` always follows an error with `close`, which tells its reason below.
  });
  socket.on('close', (code, reason) => {
    clearInterval(pinging);
    inbox.close(reason.length > 0 ? reason.toString('utf8') : `closed with code ${code}`);
  });
}

const keptRoundTrips = 4;

/** The shortest of the last few: a busy loop here makes a ping look longer, never shorter. */
class RoundTrips {
  private startedMs: number | null = null;
  private lastMs: number[] = [];

  get shortestMs(): number | null {
    return this.lastMs.length === 0 ? null : Math.min(...this.lastMs);
  }

  begin(): void {
    this.startedMs = performance.now();
  }

  end(): void {
    if (this.startedMs === null) return;
    this.lastMs = [...this.lastMs, performance.now() - this.startedMs].slice(-keptRoundTrips);
    this.startedMs = null;
  }
}

/** Never a `Buffer`: its `slice` shares memory where that of an array copies. */
function bytesOf(message: RawData): Uint8Array {
  if (message instanceof ArrayBuffer) return new Uint8Array(message);
  const whole = Array.isArray(message) ? Buffer.concat(message) : message;
  return new Uint8Array(whole.buffer, whole.byteOffset, whole.byteLength);
}
