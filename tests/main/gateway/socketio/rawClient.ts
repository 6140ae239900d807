import { WebSocket } from 'ws';

/** A client without the library, on the wire format alone: for many at once, and for those that misbehave. */
export interface RawClient {
  readonly socket: WebSocket;
  readonly extensions: string;
  /** Events heard, by name. */
  readonly counts: Map<string, number>;
  emit(event: string, payload: unknown): void;
  /** Bytes that came over the network. */
  bytesRead(): number;
  /** Reads no more: what comes stays in the buffers of both machines. */
  stall(): void;
  goOn(): void;
}

export interface RawOptions {
  readonly port: number;
  readonly token: string;
  readonly compress?: boolean;
  /** Answers the heartbeat; false: as a process that is frozen. */
  readonly isAlive?: boolean;
}

export async function openRawClient(options: RawOptions): Promise<RawClient> {
  const { port, token, compress = false, isAlive = true } = options;
  const url = `ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`;
  const socket = new WebSocket(url, { perMessageDeflate: compress });
  const counts = new Map<string, number>();
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('closed')));
    socket.on('message', (bytes: Buffer) => {
      const text = bytes.toString('utf8');
      if (text.startsWith('0')) socket.send(`40${JSON.stringify({ token, protocol: 1 })}`);
      else if (text === '2' && isAlive) socket.send('3');
      else if (text.startsWith('40')) resolve();
      else if (text.startsWith('42["')) {
        const event = text.slice(4, text.indexOf('"', 4));
        counts.set(event, (counts.get(event) ?? 0) + 1);
      }
    });
  });
  const stream = streamOf(socket);
  return {
    ...{ socket, counts, extensions: socket.extensions },
    emit: (event, payload) => socket.send(`42${JSON.stringify([event, payload])}`),
    bytesRead: () => stream.bytesRead,
    stall: () => stream.pause(),
    goOn: () => stream.resume(),
  };
}

interface NetworkStream {
  readonly bytesRead: number;
  pause(): void;
  resume(): void;
}

function streamOf(socket: WebSocket): NetworkStream {
  const stream: unknown = Reflect.get(socket, '_socket');
  return stream as NetworkStream;
}
