import type { BridgeTransport } from '../../../shared/bridge.ts';
import { TransportInbox } from '../../../shared/transportInbox.ts';

export interface BridgePair {
  readonly program: BridgeTransport;
  readonly host: BridgeTransport;
}

/** A pipe inside of this process. Messages come in a turn of their own, so that no side runs inside of the other. */
export function createBridgePair(): BridgePair {
  const ofProgram = new TransportInbox();
  const ofHost = new TransportInbox();
  return { program: end(ofProgram, ofHost), host: end(ofHost, ofProgram) };
}

function end(own: TransportInbox, other: TransportInbox): BridgeTransport {
  return {
    send(bytes) {
      if (own.isClosed) return;
      // What is sent belongs to the receiver alone, and nothing else lies in its buffer.
      const tight = bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice();
      queueMicrotask(() => {
        if (!other.isClosed) other.push(tight);
      });
    },
    onMessage: (listener) => own.onMessage(listener),
    onClose: (listener) => own.onClose(listener),
    bufferedBytes: () => 0,
    close() {
      own.close('closed here');
      queueMicrotask(() => other.close('closed by the other side'));
    },
  };
}
